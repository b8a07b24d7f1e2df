import { Button, Group, MultiSelect, NumberInput, Select, SimpleGrid, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import type { BoardSummary } from '../../main/contract/index.ts';
import { HardwareFields } from '../components/HardwareFields.tsx';
import { MoreOptions } from '../components/MoreOptions.tsx';
import { given } from '../components/OptionalNumber.tsx';
import { PathField } from '../components/PathField.tsx';
import { useTranslation } from '../i18n/index.ts';
import { titled } from '../i18n/jobTitles.ts';
import { keptDraft } from '../state/draft.ts';
import { useNavigation } from '../state/navigation.ts';
import { hardwareOf, useStudio } from '../state/studio.ts';
import { Limit } from './Limit.tsx';
import { RareOptions, usualOptions, type Options } from './RareOptions.tsx';

/** Latency that nobody asked to be shorter: the slider's right end. */
const longestMs = 2000;

interface BoardLimits {
  readonly sramBytes: number;
  readonly flashBytes: number;
}

interface SearchDraft {
  readonly minutes: number | string;
  /** What was made narrower than a board has it, by board. */
  readonly limits: Readonly<Record<string, BoardLimits>>;
  readonly latencyMs: number;
  readonly moreBoards: readonly string[];
  readonly options: Options;
}

const useSearchDraft = keptDraft<SearchDraft>({
  minutes: 10,
  limits: {},
  latencyMs: longestMs,
  moreBoards: [],
  options: usualOptions,
});

/** The form for one board; its limits start at what the board has. */
export function SearchForm({ board }: { readonly board: BoardSummary }): ReactNode {
  const { t, bytes, milliseconds, language } = useTranslation();
  const { client, boards, chooseBoard, dataset, chooseDataset, hardware, fail } = useStudio();
  const go = useNavigation((state) => state.go);
  const [{ minutes, latencyMs, options, ...draft }, change] = useSearchDraft();
  const { sramBytes, flashBytes } = draft.limits[board.id] ?? board;
  const moreBoards = draft.moreBoards.filter((id) => id !== board.id);
  const limit = (part: Partial<BoardLimits>): void =>
    change({ limits: { ...draft.limits, [board.id]: { sramBytes, flashBytes, ...part } } });
  const start = async (): Promise<void> => {
    const { space, repeat, energyMicrojoules, rows, proxy, calibrate, seed, workers, evaluateLimit } = options;
    const params = {
      kind: 'search' as const,
      dataset,
      boardId: board.id,
      minutes: Number(minutes),
      ...(moreBoards.length === 0 ? {} : { moreBoards }),
      // A slider at its end says nothing: then the board's own limits hold.
      ...(sramBytes < board.sramBytes ? { sramBytes } : {}),
      ...(flashBytes < board.flashBytes ? { flashBytes } : {}),
      ...(latencyMs < longestMs ? { latencyMs } : {}),
      ...given('energyMicrojoules', board.powerKnown ? energyMicrojoules : null),
      ...given('space', space),
      ...given('repeat', repeat),
      ...(rows ? { rows } : {}),
      ...(proxy === '' ? {} : { proxy }),
      ...(calibrate ? {} : { calibrate }),
      ...given('seed', seed),
      ...given('workers', workers),
      ...given('evaluateLimit', evaluateLimit),
      ...hardwareOf({ hardware }, board.id),
    };
    const started = await client?.call('jobs.start', { params, ...titled(params, language) });
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
          extensions={['zip', 'csv']}
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
        <NumberInput
          label={t('train.minutes')}
          value={minutes}
          onChange={(minutes) => change({ minutes })}
          min={0.1}
          max={10_000}
          w={110}
        />
        <Button onClick={() => void start().catch(fail)} disabled={dataset === '' || !(Number(minutes) > 0)}>
          {t('search.start')}
        </Button>
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="xl">
        <Limit
          label="SRAM"
          value={sramBytes}
          most={board.sramBytes}
          onChange={(sramBytes) => limit({ sramBytes })}
          format={bytes}
          unit={1024}
        />
        <Limit
          label="Flash"
          value={flashBytes}
          most={board.flashBytes}
          onChange={(flashBytes) => limit({ flashBytes })}
          format={bytes}
          unit={1024}
        />
        <Limit
          label={t('pareto.latency')}
          value={latencyMs}
          most={longestMs}
          onChange={(latencyMs) => change({ latencyMs })}
          format={(ms) => (ms < longestMs ? milliseconds(ms) : t('search.unlimited'))}
          unit={1}
          unlimited={t('search.unlimited')}
        />
      </SimpleGrid>
      <MoreOptions>
        <Stack gap="sm">
          <MultiSelect
            label={t('options.boards')}
            description={t('options.boards.help')}
            data={boards.filter(({ id }) => id !== board.id).map(({ id, name }) => ({ value: id, label: name }))}
            value={moreBoards}
            onChange={(moreBoards) => change({ moreBoards })}
            maxValues={15}
            searchable
            maw={720}
          />
          <RareOptions
            board={board}
            options={options}
            onChange={(part) => change({ options: { ...options, ...part } })}
          />
          <HardwareFields boardId={board.id} />
        </Stack>
      </MoreOptions>
    </Stack>
  );
}
