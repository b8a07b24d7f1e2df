import { Alert, Card, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Candidate, Report, SearchSummary, SpaceSummary } from '../../main/contract/index.ts';
import { ParetoChart, type ParetoPoint } from '../charts/ParetoChart.tsx';
import { SpacesChart } from '../charts/SpacesChart.tsx';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { Figure, known } from '../components/Figure.tsx';
import { RunReport } from '../components/RunPart.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { judgedSaid, latencySaid, reasonSaid } from '../search/reasons.ts';
import type { LiveJob } from '../state/studio.ts';

type Limits = SearchSummary['limits'];

const within = (value: number, limit: number | null | undefined): boolean =>
  limit === null || limit === undefined || value <= limit;

/** `limits` are the search's, but for latency, which the chart draws; absent while they are not known. */
const pointsOf = (candidates: readonly Candidate[], limits?: Limits): ParetoPoint[] =>
  candidates.map((candidate, i) => ({
    id: candidate.key,
    label: `#${i + 1}`,
    latencyMs: candidate.latencyMs,
    accuracy: candidate.accuracy,
    fits: within(candidate.sramBytes, limits?.sramBytes) && within(candidate.flashBytes, limits?.flashBytes),
    onFront: candidate.onFront,
  }));

interface CandidatesProps {
  readonly candidates: readonly Candidate[];
  readonly limits?: Limits;
  readonly recommended?: string;
}

/** Networks with a latency limit to try out, and what the one that is pointed at would cost. */
function Candidates({ candidates, limits, recommended }: CandidatesProps): ReactNode {
  const translation = useTranslation();
  const { t, bytes, percent, milliseconds } = translation;
  const [selected, setSelected] = useState<string | null>(recommended ?? null);
  const [limitMs, setLimitMs] = useState<number | null>(limits?.latencyMs ?? null);
  const slowest = Math.max(0, ...candidates.map(({ latencyMs }) => latencyMs));
  const shown = candidates.find(({ key }) => key === selected);
  return (
    <Stack gap="sm">
      <ParetoChart
        points={pointsOf(candidates, limits)}
        recommended={recommended ?? null}
        selected={selected}
        onSelect={setSelected}
        limitMs={limitMs ?? slowest}
        onLimit={setLimitMs}
      />
      {shown && (
        <SimpleGrid cols={{ base: 2, md: 4 }}>
          <Figure label={t('pareto.accuracy')} value={percent(shown.accuracy)} note={judgedSaid(shown, translation)} />
          <Figure label={t('figure.latency.estimated')} value={milliseconds(shown.latencyMs)} />
          <Figure label="SRAM" value={bytes(shown.sramBytes)} />
          <Figure label="Flash" value={bytes(shown.flashBytes)} />
        </SimpleGrid>
      )}
    </Stack>
  );
}

interface LiveSearchProps {
  readonly runId: string;
  readonly live: LiveJob;
}

/** What a search has measured and judged so far. */
export function LiveSearch({ runId, live }: LiveSearchProps): ReactNode {
  const { t } = useTranslation();
  const { candidates, limits, steps } = live;
  return (
    <Stack gap="lg">
      {candidates.length === 0 && <Text size="sm">{t('search.none-yet')}</Text>}
      {candidates.length > 0 && <Candidates candidates={candidates} {...(limits === null ? {} : { limits })} />}
      <LiveSpaces runId={runId} version={steps.filter(({ state }) => state === 'done').length} />
    </Stack>
  );
}

/** Stage 1, from the file that it leaves as soon as it is through; nothing before. */
function LiveSpaces({ runId, version }: { readonly runId: string; readonly version: number }): ReactNode {
  const [spaces] = useCall(
    async (client, signal) => {
      const { artefacts } = await client.call('runs.get', { id: runId }, { signal });
      if (!artefacts.some(({ name }) => name === 'spaces.json')) return [];
      const { bytes } = await client.call('runs.artefact', { id: runId, name: 'spaces.json' }, { signal });
      return spacesOf(JSON.parse(new TextDecoder().decode(bytes)) as MeasuredSpace[]);
    },
    [runId],
    version,
  );
  if (spaces.state === 'failed') return <ErrorCard error={spaces.error} />;
  if (spaces.state !== 'ready' || spaces.value.length === 0) return null;
  return <SpacesChart spaces={spaces.value} chosen={null} />;
}

/** A space as stage 1 writes it down: the MACs of every sampled network that fits, in ascending order. */
interface MeasuredSpace {
  readonly space: { readonly name: string };
  readonly sampled: number;
  readonly fitting: number;
  readonly meanFlops: number;
  readonly macs: readonly number[];
}

const spacesOf = (measured: readonly MeasuredSpace[]): SpaceSummary[] =>
  measured.map(({ space, sampled, fitting, meanFlops, macs }) => ({
    name: space.name,
    sampled,
    fitting,
    meanFlops,
    macsDeciles: Array.from({ length: 9 }, (_, i) => macs[Math.floor(((i + 1) * macs.length) / 10)] ?? 0),
  }));

/** What a finished search found, and what became of it on the board. */
export function SearchResult({ runId }: { readonly runId: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <RunReport runId={runId}>
      {(report) =>
        report.search === null ? <Text>{t('search.no-search')}</Text> : <Found report={report} search={report.search} />
      }
    </RunReport>
  );
}

function Found({ report, search }: { readonly report: Report; readonly search: SearchSummary }): ReactNode {
  const translation = useTranslation();
  const { t } = translation;
  const latency = latencySaid(search.latency, translation);
  return (
    <Stack gap="lg">
      <Card withBorder component="section" aria-label={t('search.recommended')}>
        <Title order={3} size="h5">
          {t('search.recommended')}
        </Title>
        <Text size="sm">{reasonSaid(search.recommended, translation)}</Text>
        {latency !== '' && (
          <Text size="sm" c="dimmed">
            {latency}
          </Text>
        )}
      </Card>
      <Candidates candidates={search.front} limits={search.limits} recommended={search.recommended.key} />
      <Promises report={report} search={search} />
      {search.boards.length > 0 && <Boards search={search} />}
      <Spaces search={search} />
    </Stack>
  );
}

/** What the search promised of the network beside what was measured of it. */
function Promises({ report, search }: { readonly report: Report; readonly search: SearchSummary }): ReactNode {
  const { t, bytes, percent, milliseconds } = useTranslation();
  const { promised, limits } = search;
  const flash = report.linked.regions
    .filter(({ kind }) => kind === 'flash')
    .reduce((sum, region) => sum + region.usedBytes, 0);
  const { profile, evaluation, planned } = report;
  const rows = [
    [t('pareto.accuracy'), percent(promised.accuracy), known(evaluation?.accuracy, percent), null],
    [
      t(profile?.estimated === false ? 'pareto.latency' : 'figure.latency.estimated'),
      milliseconds(promised.latencyMs),
      known(profile?.latencyMs, milliseconds),
      known(limits.latencyMs, milliseconds),
    ],
    ['SRAM', bytes(promised.sramBytes), bytes(planned.sramBytes), known(limits.sramBytes, bytes)],
    ['Flash', bytes(promised.flashBytes), bytes(flash), known(limits.flashBytes, bytes)],
  ] as const;
  return (
    <Card withBorder component="section" aria-label={t('search.promises')}>
      <Title order={3} size="h5" mb="xs">
        {t('search.promises')}
      </Title>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('search.figure')}</Table.Th>
            <Table.Th ta="right">{t('search.promised')}</Table.Th>
            <Table.Th ta="right">{t('search.measured')}</Table.Th>
            <Table.Th ta="right">{t('search.most')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([name, before, after, most]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row">{name}</Table.Th>
              <Table.Td ta="right">{before}</Table.Td>
              <Table.Td ta="right">{after ?? '–'}</Table.Td>
              <Table.Td ta="right">{most ?? '–'}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {search.beyond !== undefined && (
        <Alert color="yellow" variant="light" mt="sm" role="note">
          {t('search.beyond')}
        </Alert>
      )}
    </Card>
  );
}

/** One supernet, specialised for each board: a line for each of them, and which have the network of another. */
function Boards({ search }: { readonly search: SearchSummary }): ReactNode {
  const translation = useTranslation();
  const { t, bytes, count, percent, milliseconds } = translation;
  const shared = search.boards.filter(({ why }) => why?.code === 'of-another-board');
  return (
    <Card withBorder component="section" aria-label={t('search.boards')}>
      <Title order={3} size="h5" mb="xs">
        {t('search.boards')}
      </Title>
      <Table.ScrollContainer minWidth={640} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('search.boards.board')}</Table.Th>
              <Table.Th ta="right">{t('search.boards.int8')}</Table.Th>
              <Table.Th ta="right">SRAM</Table.Th>
              <Table.Th ta="right">Flash</Table.Th>
              <Table.Th ta="right">{t('figure.latency.estimated')}</Table.Th>
              <Table.Th ta="right">{t('search.boards.measured')}</Table.Th>
              <Table.Th ta="right">MACs</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {search.boards.map((board) => (
              <Table.Tr key={board.boardId}>
                <Table.Th scope="row">{board.boardName}</Table.Th>
                <Table.Td ta="right">{known(board.int8Accuracy, percent) ?? '–'}</Table.Td>
                <Table.Td ta="right">{bytes(board.sramBytes)}</Table.Td>
                <Table.Td ta="right">{bytes(board.flashBytes)}</Table.Td>
                <Table.Td ta="right">{milliseconds(board.promised.latencyMs)}</Table.Td>
                <Table.Td ta="right">{known(board.latencyMs, milliseconds) ?? '–'}</Table.Td>
                <Table.Td ta="right">{count(board.macs)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {shared.map((board) => (
        <Text key={board.boardId} size="sm" c="dimmed" mt="xs">
          {board.boardName}: {reasonSaid({ key: board.promised.key, ...board }, translation)}
        </Text>
      ))}
    </Card>
  );
}

/** Stage 1: the spaces that were looked at, and how much of each the board can hold. */
function Spaces({ search }: { readonly search: SearchSummary }): ReactNode {
  const { t, count } = useTranslation();
  return (
    <Card withBorder component="section" aria-label={t('search.spaces')}>
      <Title order={3} size="h5">
        {t('search.spaces')}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t('search.spaces.explained')}
      </Text>
      <SpacesChart spaces={search.spaces} chosen={search.chosenSpace} />
      <Text size="sm" mt="xs">
        {t('search.effort', {
          steps: count(search.supernetSteps),
          judged: count(search.judged),
          generations: count(search.generations),
        })}
      </Text>
    </Card>
  );
}
