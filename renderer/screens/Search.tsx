import { Button, Card, Group, NumberInput, Select, SimpleGrid, Slider, Stack, Text, Title } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { BoardSummary } from '../../main/contract/index.ts';
import { PathField } from '../components/PathField.tsx';
import { RunHead } from '../components/RunHead.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { currentJob, hardwareOf, liveJob, useStudio } from '../state/studio.ts';
import { LiveSearch, SearchResult } from './SearchResult.tsx';

/** Searching: which data, board, time and limits; then the networks as they are found. */
export default function Search(): ReactNode {
  const { t } = useTranslation();
  const subject = useNavigation((state) => state.subject);
  const job = useStudio((state) => currentJob(state.jobs));
  const { boards, boardId } = useStudio();
  const board = boards.find(({ id }) => id === boardId);
  const runId = subject ?? (job?.kind === 'search' ? job.runId : null);
  return (
    <Stack gap="lg">
      <Card withBorder component="section" aria-label={t('search.title')}>
        <Title order={2} size="h4" mb="sm">
          {t('search.title')}
        </Title>
        {board && <SearchForm key={board.id} board={board} />}
      </Card>
      {runId !== null && <SearchRun runId={runId} />}
    </Stack>
  );
}

/** Latency that nobody asked to be shorter: the slider's right end. */
const longestMs = 2000;

/** The form for one board; its limits start at what the board has. */
function SearchForm({ board }: { readonly board: BoardSummary }): ReactNode {
  const { t, bytes, milliseconds } = useTranslation();
  const { client, boards, chooseBoard, dataset, chooseDataset, ports, fail } = useStudio();
  const go = useNavigation((state) => state.go);
  const [minutes, setMinutes] = useState<number | string>(10);
  const [sramBytes, setSram] = useState(board.sramBytes);
  const [flashBytes, setFlash] = useState(board.flashBytes);
  const [latencyMs, setLatency] = useState(longestMs);
  const start = async (): Promise<void> => {
    const params = {
      kind: 'search' as const,
      dataset,
      boardId: board.id,
      minutes: Number(minutes),
      // A slider at its end says nothing: then the board's own limits hold.
      ...(sramBytes < board.sramBytes ? { sramBytes } : {}),
      ...(flashBytes < board.flashBytes ? { flashBytes } : {}),
      ...(latencyMs < longestMs ? { latencyMs } : {}),
      ...hardwareOf({ ports }, board.id),
    };
    const started = await client?.call('jobs.start', { params });
    if (started) go('search', started.runId);
  };
  return (
    <Stack gap="md">
      <Group align="end" gap="sm">
        <PathField
          label={t('train.dataset')}
          description={t('train.dataset.help')}
          value={dataset}
          onChange={chooseDataset}
          pattern={/\.(zip|csv|bin|gz)$/i}
          folders
          extensions={['zip']}
        />
        <Select
          label={t('board.chip')}
          data={boards.map(({ id, name }) => ({ value: id, label: name }))}
          value={board.id}
          onChange={(value) => value !== null && chooseBoard(value)}
          searchable
          allowDeselect={false}
          w={240}
        />
        <NumberInput label={t('train.minutes')} value={minutes} onChange={setMinutes} min={0.1} max={10_000} w={110} />
        <Button onClick={() => void start().catch(fail)} disabled={dataset === '' || !(Number(minutes) > 0)}>
          {t('search.start')}
        </Button>
      </Group>
      <SimpleGrid cols={{ base: 1, md: 3 }} spacing="xl">
        <Limit label="SRAM" value={sramBytes} most={board.sramBytes} onChange={setSram} format={bytes} />
        <Limit label="Flash" value={flashBytes} most={board.flashBytes} onChange={setFlash} format={bytes} />
        <Limit
          label={t('pareto.latency')}
          value={latencyMs}
          most={longestMs}
          onChange={setLatency}
          format={(ms) => (ms < longestMs ? milliseconds(ms) : t('search.unlimited'))}
        />
      </SimpleGrid>
    </Stack>
  );
}

interface LimitProps {
  readonly label: string;
  readonly value: number;
  readonly most: number;
  readonly onChange: (value: number) => void;
  readonly format: (value: number) => string;
}

/** A limit to make narrower than the board's: a hundredth of it a step. */
function Limit({ label, value, most, onChange, format }: LimitProps): ReactNode {
  const { t } = useTranslation();
  const step = most / 100;
  const name = t('search.limit', { what: label });
  return (
    <Stack gap={4}>
      <Group justify="space-between">
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <Text size="sm" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {format(value)}
        </Text>
      </Group>
      <Slider
        min={1}
        max={100}
        value={Math.round(value / step)}
        onChange={(part) => onChange(part === 100 ? most : Math.round(part * step))}
        label={null}
        thumbLabel={name}
        thumbProps={{ 'aria-valuetext': format(value) }}
      />
    </Stack>
  );
}

/** One search: what it found, or what it has judged so far. */
function SearchRun({ runId }: { readonly runId: string }): ReactNode {
  const version = useStudio((state) => state.runsVersion);
  const live = useStudio((state) => liveJob(state, runId));
  const [run] = useCall((client, signal) => client.call('runs.get', { id: runId }, { signal }), [runId, version]);
  const done = run.state === 'ready' && run.value.id === runId && run.value.state === 'done';
  return (
    <Stack gap="md">
      <RunHead runId={runId} />
      {done ? <SearchResult runId={runId} /> : <LiveSearch runId={runId} live={live} />}
    </Stack>
  );
}
