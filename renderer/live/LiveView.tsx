import { Alert, Badge, Button, Card, Group, Loader, Select, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { BoardSummary, LiveInfo, LiveResult, LiveStatus, RunSummary } from '../../main/contract/index.ts';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { PathField } from '../components/PathField.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { stageWord } from '../i18n/stages.ts';
import { useNavigation } from '../state/navigation.ts';
import { hardwareOf, useStudio } from '../state/studio.ts';
import { LiveAnswer } from './LiveAnswer.tsx';
import { CameraSource, DatasetSource, FileSource, MicrophoneSource } from './sources.tsx';
import { noAnswers, withAnswer, type Tally } from './tally.ts';
import { useLive, type Live } from './useLive.ts';

type SourceName = 'camera' | 'microphone' | 'file' | 'dataset';

/** What can be shown to a network: what it was trained on decides. */
function sourcesFor({ kind, dataset }: LiveInfo): SourceName[] {
  const device = kind === 'images' ? 'camera' : kind === 'audio' ? 'microphone' : null;
  const offered: SourceName[] = device === null ? [] : [device, 'file'];
  return dataset === null ? offered : [...offered, 'dataset'];
}

/** A board at work: shows it pictures, sounds or samples, and tells what it says and how long it takes. */
export function LiveView({ board }: { readonly board: BoardSummary }): ReactNode {
  const { t } = useTranslation();
  const version = useStudio((state) => state.runsVersion);
  const go = useNavigation((state) => state.go);
  const [loaded, again] = useCall(
    (client, signal) =>
      client.call('runs.list', { states: ['done'], boardId: board.id, sortBy: 'createdAt', limit: 100 }, { signal }),
    [board.id],
    version,
  );
  if (loaded.state === 'loading') return <Text role="status">{t('loading')}</Text>;
  if (loaded.state === 'failed')
    return <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />;
  const { runs } = loaded.value;
  return (
    <Card withBorder component="section" aria-label={t('live.title')}>
      <Title order={3} size="h5" mb="xs">
        {t('live.title')}
      </Title>
      {runs.length === 0 ? (
        <Stack gap="xs" align="start">
          <Text size="sm">{t('live.no-run', { board: board.name })}</Text>
          <Group gap="xs">
            <Button onClick={() => go('home')}>{t('live.to-demo')}</Button>
            <Button variant="default" onClick={() => go('build')}>
              {t('live.to-build')}
            </Button>
          </Group>
        </Stack>
      ) : (
        <LiveOn board={board} runs={runs} />
      )}
    </Card>
  );
}

function LiveOn({ board, runs }: { readonly board: BoardSummary; readonly runs: readonly RunSummary[] }): ReactNode {
  const { t, time } = useTranslation();
  const session = useLive();
  const hardware = useStudio((state) => state.hardware);
  const [dataset, setDataset] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const run = runs.find(({ id }) => id === chosen) ?? runs[0];
  const runId = run.id;
  const { live, stop } = session;
  const start = (): void =>
    session.start({
      runId,
      ...(run.dataset === null && dataset !== '' ? { dataset } : {}),
      ...hardwareOf({ hardware }, board.id),
    });
  const busy = live.state === 'running' || live.state === 'starting';
  return (
    <Stack gap="sm">
      <Group align="end" gap="sm">
        <Select
          label={t('live.run')}
          data={runs.map(({ id, title, createdAt }) => ({ value: id, label: `${title} · ${time(createdAt)}` }))}
          value={runId}
          onChange={setChosen}
          disabled={busy}
          allowDeselect={false}
          w={420}
        />
        {run.dataset === null && !busy && (
          <PathField
            label={t('live.classes')}
            description={t('live.classes.help')}
            value={dataset}
            onChange={setDataset}
            pattern={/\.(zip|csv|bin|gz)$/i}
            folders
            extensions={['zip', 'csv']}
          />
        )}
        {live.state === 'idle' || live.state === 'failed' ? (
          <Button onClick={start}>{t('live.start')}</Button>
        ) : (
          <Button variant="default" onClick={stop}>
            {t('live.stop')}
          </Button>
        )}
        {live.state === 'starting' && (
          <Group gap={6} role="status">
            <Loader size="xs" aria-hidden="true" />
            <Text size="sm">{live.stage === '' ? t('live.starting') : stageWord(live.stage, t)}</Text>
          </Group>
        )}
      </Group>
      {live.state === 'failed' && <ErrorCard error={live.error} action={{ label: t('try.again'), run: start }} />}
      {live.state === 'running' && (
        <Running key={live.info.liveId} info={live.info} status={live.status} infer={session.infer} />
      )}
    </Stack>
  );
}

interface RunningProps {
  readonly info: LiveInfo;
  readonly status: LiveStatus;
  readonly infer: Live['infer'];
}

/** What one source has come to. Begun anew with each source: their answers are not of one kind. */
interface Shown {
  readonly last: LiveResult | null;
  readonly tally: Tally;
}

function Running({ info, status, infer }: RunningProps): ReactNode {
  const { t } = useTranslation();
  const fail = useStudio((state) => state.fail);
  const offered = sourcesFor(info);
  const [source, setSource] = useState<SourceName | null>(null);
  const [shown, setShown] = useState<Shown>({ last: null, tally: noAnswers(info.classes.length) });
  const choose = (name: SourceName): void => {
    setSource(name === source ? null : name);
    setShown({ last: null, tally: noAnswers(info.classes.length) });
  };
  const onResult = (last: LiveResult): void => setShown(({ tally }) => ({ last, tally: withAnswer(tally, last) }));
  const props = { info, infer, onResult, onError: fail, away: status.state !== 'ready' };
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Badge variant="light" tt="none" color="gray" styles={{ label: { color: 'var(--mantine-color-text)' } }}>
          {t('live.firmware', { build: info.buildId })}
        </Badge>
        {info.virtual && (
          <Badge variant="light" tt="none" color="blue" styles={{ label: { color: 'var(--mantine-color-text)' } }}>
            {t('live.estimate')}
          </Badge>
        )}
      </Group>
      {status.error !== null && (
        <Alert color="red" variant="light" role="alert" title={t('live.lost')}>
          <ErrorCard error={status.error} />
        </Alert>
      )}
      <Group gap="xs" role="group" aria-label={t('live.sources')}>
        {offered.map((name) => (
          <Button
            key={name}
            variant={source === name ? 'filled' : 'default'}
            aria-pressed={source === name}
            onClick={() => choose(name)}
          >
            {t(`live.source.${name}`)}
          </Button>
        ))}
      </Group>
      <Text size="xs" c="dimmed">
        {info.preprocessing}
      </Text>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <div>
          {source === null && <Text size="sm">{t('live.choose')}</Text>}
          {source === 'camera' && <CameraSource {...props} />}
          {source === 'microphone' && <MicrophoneSource {...props} />}
          {source === 'file' && <FileSource {...props} />}
          {source === 'dataset' && info.dataset !== null && <DatasetSource {...props} spec={info.dataset} />}
        </div>
        <LiveAnswer info={info} last={shown.last} tally={shown.tally} />
      </SimpleGrid>
    </Stack>
  );
}
