import { Button, Card, Group, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { BoardSummary, CalibrationSummary, FlashedImage, Smoke } from '../../main/contract/index.ts';
import { HardwareFields } from '../components/HardwareFields.tsx';
import { PathField } from '../components/PathField.tsx';
import { TaskView } from '../components/TaskView.tsx';
import { useCall } from '../components/useCall.ts';
import { useTask } from '../components/useTask.ts';
import { useTranslation } from '../i18n/index.ts';
import { hardwareOf, useStudio } from '../state/studio.ts';

interface BoardProps {
  readonly board: BoardSummary;
}

/** What a board can be asked to do by itself: say hello, be measured, be written to, be unlocked. */
export function TryBoard({ board }: BoardProps): ReactNode {
  return (
    <Stack gap="md">
      <HardwareFields boardId={board.id} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <FirstTry board={board} />
        <Kernels board={board} />
        <WriteImage board={board} />
        {!board.virtual && <Unlock board={board} />}
      </SimpleGrid>
    </Stack>
  );
}

interface PartProps {
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}

const Part = ({ title, text, children }: PartProps): ReactNode => (
  <Card withBorder component="section" aria-label={title}>
    <Stack gap="xs">
      <Title order={3} size="h5">
        {title}
      </Title>
      <Text size="sm">{text}</Text>
      {children}
    </Stack>
  </Card>
);

/** Which board a call is about, and through what. */
const useTarget = (board: BoardSummary): { boardId: string; probe?: string; port?: string } => {
  const hardware = useStudio((state) => state.hardware);
  return { boardId: board.id, ...hardwareOf({ hardware }, board.id) };
};

const megahertz = (hertz: number): string => (hertz / 1e6).toFixed(1);

function FirstTry({ board }: BoardProps): ReactNode {
  const { t } = useTranslation();
  const target = useTarget(board);
  const trying = useTask<Smoke>();
  const start = (): void => trying.start((client, call) => client.call('boards.smoke', target, call));
  return (
    <Part title={t('smoke.title')} text={t('smoke.text')}>
      <Group>
        <Button disabled={trying.task.state === 'running'} onClick={start}>
          {t('smoke.start')}
        </Button>
      </Group>
      <TaskView
        of={trying}
        again={start}
        done={({ clockHz, clockSource, counter, blinks, measuredClockHz }) =>
          t('smoke.hello', {
            clock: megahertz(clockHz),
            source: clockSource,
            counter,
            blinks,
            measured: measuredClockHz === null ? t('smoke.virtual') : `${megahertz(measuredClockHz)} MHz`,
          })
        }
      />
    </Part>
  );
}

function Kernels({ board }: BoardProps): ReactNode {
  const { t } = useTranslation();
  const target = useTarget(board);
  const measuring = useTask<CalibrationSummary>();
  const [stored] = useCall(
    (client, signal) => client.call('boards.calibration', { boardId: board.id }, { signal }),
    [board.id],
  );
  const start = (): void => measuring.start((client, call) => client.call('boards.calibrate', target, call));
  const known = stored.state === 'ready' ? stored.value : null;
  return (
    <Part title={t('calibrate.title')} text={t('calibrate.text')}>
      {measuring.task.state === 'idle' && stored.state === 'ready' && (
        <Text size="sm" c="dimmed">
          {known === null ? t('calibrate.never') : <Calibrated summary={known} />}
        </Text>
      )}
      <Group>
        <Button variant="default" disabled={measuring.task.state === 'running'} onClick={start}>
          {t('calibrate.start')}
        </Button>
      </Group>
      <TaskView of={measuring} again={start} done={(summary) => <Calibrated summary={summary} />} />
    </Part>
  );
}

function Calibrated({ summary }: { readonly summary: CalibrationSummary }): ReactNode {
  const { t, count, percent, time } = useTranslation();
  const { kernels, images, seconds, measuredAt, estimated, worstError } = summary;
  return (
    <>
      {t('calibrate.done', {
        kernels: count(kernels),
        images: count(images),
        seconds: count(seconds),
        time: time(measuredAt),
        how: t(estimated ? 'calibrate.estimated' : 'calibrate.measured'),
      })}
      {worstError === null ? '' : ` ${t('calibrate.error', { error: percent(worstError) })}`}
    </>
  );
}

function WriteImage({ board }: BoardProps): ReactNode {
  const { t, bytes } = useTranslation();
  const target = useTarget(board);
  const [image, setImage] = useState('');
  const writing = useTask<FlashedImage>();
  const start = (): void => writing.start((client, call) => client.call('boards.flash', { ...target, image }, call));
  return (
    <Part title={t('flash.title')} text={t('flash.text')}>
      <Group align="end" gap="sm">
        <PathField
          label={t('flash.image')}
          value={image}
          onChange={setImage}
          pattern={/\.(elf|bin|hex)$/i}
          extensions={['elf', 'bin', 'hex']}
        />
        <Button variant="default" disabled={image === '' || writing.task.state === 'running'} onClick={start}>
          {t('flash.start')}
        </Button>
      </Group>
      <TaskView
        of={writing}
        again={start}
        done={({ bytes: written, chip, selector, serialPath }) =>
          [
            t('flash.done', { bytes: bytes(written), chip, selector }),
            ...(serialPath === null ? [] : [t('flash.answers', { port: serialPath })]),
          ].join(' ')
        }
      />
    </Part>
  );
}

function Unlock({ board }: BoardProps): ReactNode {
  const { t } = useTranslation();
  const target = useTarget(board);
  const words = `erase ${board.id}`;
  const [typed, setTyped] = useState('');
  const erasing = useTask<object>();
  const start = (): void =>
    erasing.start((client, call) => client.call('boards.unlock', { ...target, confirmation: typed }, call));
  return (
    <Part title={t('unlock.title')} text={t('unlock.text', { board: board.name, words })}>
      <Group align="end" gap="sm">
        <TextInput
          label={t('unlock.confirm')}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          w={260}
        />
        <Button
          color="red"
          variant="outline"
          disabled={typed.trim() !== words || erasing.task.state === 'running'}
          onClick={start}
        >
          {t('unlock.start')}
        </Button>
      </Group>
      <TaskView of={erasing} again={start} done={() => t('unlock.done')} />
    </Part>
  );
}
