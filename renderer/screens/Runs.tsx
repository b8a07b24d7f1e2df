import { Button, Checkbox, Group, Select, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { runKinds, type RunKind, type RunSummary } from '../../main/contract/index.ts';
import { EmptyState } from '../components/EmptyState.tsx';
import { useTranslation, type Translation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { useStudio } from '../state/studio.ts';

const ROW = 40;
const PAGE = 200;

/** All runs: found, sorted, opened, two compared. Only the rows in view are asked for and drawn. */
export default function Runs(): ReactNode {
  const translation = useTranslation();
  const { t } = translation;
  const [text, setText] = useState('');
  const [query] = useDebouncedValue(text, 150);
  const [kind, setKind] = useState<RunKind | null>(null);
  const [chosen, setChosen] = useState<readonly RunSummary[]>([]);
  const { total, rowAt, need } = useRunPages(query, kind);
  const view = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: total ?? 0,
    getScrollElement: () => view.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => need(first, last), [need, first, last]);

  const toggle = (run: RunSummary): void =>
    setChosen((before) =>
      before.some(({ id }) => id === run.id) ? before.filter(({ id }) => id !== run.id) : [...before, run].slice(-2),
    );

  return (
    <Stack gap="md">
      <Group justify="space-between" align="end">
        <Title order={2} size="h4">
          {t('runs.title', { count: total ?? 0 })}
        </Title>
        <Group align="end">
          <TextInput
            aria-label={t('runs.filter')}
            placeholder={t('runs.filter')}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            w={240}
          />
          <Select
            aria-label={t('runs.kind')}
            placeholder={t('runs.kind')}
            clearable
            data={runKinds.map((value) => ({ value, label: t(`run.kind.${value}`) }))}
            value={kind}
            onChange={(value) => setKind(value as RunKind | null)}
            w={160}
            clearButtonProps={{ 'aria-label': t('runs.kind.all') }}
          />
        </Group>
      </Group>
      {chosen.length === 2 && <Comparison runs={[chosen[0], chosen[1]]} />}
      {total === 0 && <EmptyState title={t('runs.empty.title')} text={t('runs.empty.text')} />}
      <div
        ref={view}
        style={{ height: 'calc(100vh - 240px)', minHeight: 200, overflow: 'auto' }}
        tabIndex={0}
        role="table"
        aria-label={t('screen.runs')}
        aria-rowcount={total ?? 0}
      >
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map(({ index, start, key }) => {
            const run = rowAt(index);
            return (
              <div
                key={key}
                role="row"
                aria-rowindex={index + 1}
                style={{
                  position: 'absolute',
                  top: 0,
                  left: 0,
                  right: 0,
                  height: ROW,
                  transform: `translateY(${start}px)`,
                }}
              >
                {run ? (
                  <RunRow
                    run={run}
                    chosen={chosen.some(({ id }) => id === run.id)}
                    onToggle={toggle}
                    translation={translation}
                  />
                ) : (
                  <span role="cell" />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </Stack>
  );
}

/** Runs by their place in the whole list, a page at a time. */
function useRunPages(
  text: string,
  kind: RunKind | null,
): {
  total: number | null;
  rowAt: (index: number) => RunSummary | undefined;
  need: (first: number, last: number) => void;
} {
  const client = useStudio((state) => state.client);
  const fail = useStudio((state) => state.fail);
  const version = useStudio((state) => state.runsVersion);
  const [total, setTotal] = useState<number | null>(null);
  const [pages, setPages] = useState<ReadonlyMap<number, readonly RunSummary[]>>(new Map());
  const asked = useRef(new Set<number>());
  const abort = useRef(new AbortController());

  const load = useCallback(
    (page: number) => {
      if (client === null || asked.current.has(page)) return;
      asked.current.add(page);
      const { signal } = abort.current;
      const filter = {
        ...(text === '' ? {} : { text }),
        ...(kind === null ? {} : { kinds: [kind] }),
        sortBy: 'createdAt' as const,
        descending: true,
      };
      client
        .call('runs.list', { ...filter, offset: page * PAGE, limit: PAGE }, { signal })
        .then((answer) => {
          if (signal.aborted) return;
          setTotal(answer.total);
          setPages((before) => new Map(before).set(page, answer.runs));
        })
        .catch((thrown: unknown) => !signal.aborted && fail(thrown));
    },
    [client, text, kind, fail],
  );
  useEffect(() => {
    abort.current.abort();
    abort.current = new AbortController();
    asked.current = new Set();
    setPages(new Map());
    load(0);
  }, [load, version]);
  const need = useCallback(
    (first: number, last: number) => {
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) load(page);
    },
    [load],
  );
  const rowAt = useCallback((index: number) => pages.get(Math.floor(index / PAGE))?.[index % PAGE], [pages]);
  return { total, rowAt, need };
}

interface RunRowProps {
  readonly run: RunSummary;
  readonly chosen: boolean;
  readonly onToggle: (run: RunSummary) => void;
  readonly translation: Translation;
}

function RunRow({ run, chosen, onToggle, translation }: RunRowProps): ReactNode {
  const { t, time, percent, milliseconds, bytes } = translation;
  const go = useNavigation((state) => state.go);
  const { figures } = run;
  const cell = (content: ReactNode, width: number | string): ReactNode => (
    <Text component="span" size="sm" role="cell" truncate style={{ width, flexShrink: 0, display: 'inline-block' }}>
      {content}
    </Text>
  );
  return (
    <Group wrap="nowrap" gap="sm" h={ROW} style={{ borderBottom: '1px solid var(--chart-grid)' }}>
      <span role="cell">
        <Checkbox
          size="xs"
          checked={chosen}
          onChange={() => onToggle(run)}
          aria-label={t('runs.compare', { name: run.title })}
        />
      </span>
      <span role="cell" style={{ flex: 1, minWidth: 160, overflow: 'hidden' }}>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => go(run.kind === 'train' || run.kind === 'demo' ? 'train' : 'build', run.id)}
        >
          {run.title}
        </Button>
      </span>
      {cell(t(`run.state.${run.state}`), 90)}
      {cell(figures.boardAccuracy === null ? '' : percent(figures.boardAccuracy), 70)}
      {cell(
        figures.latencyMs === null
          ? ''
          : `${milliseconds(figures.latencyMs)}${figures.latencyEstimated === true ? ' ~' : ''}`,
        90,
      )}
      {cell(figures.sramBytes === null ? '' : bytes(figures.sramBytes), 80)}
      {cell(figures.flashBytes === null ? '' : bytes(figures.flashBytes), 80)}
      {cell(time(run.createdAt), 150)}
    </Group>
  );
}

/** Two runs side by side: only what differs. */
function Comparison({ runs }: { readonly runs: readonly [RunSummary, RunSummary] }): ReactNode {
  const { t, percent, milliseconds, bytes, count } = useTranslation();
  const show = (value: number | null, format: (v: number) => string): string => (value === null ? '–' : format(value));
  const rows = [
    ['runs.board', (r: RunSummary) => r.boardId ?? '–'],
    ['train.dataset', (r: RunSummary) => r.dataset ?? '–'],
    ['build.model', (r: RunSummary) => r.model ?? '–'],
    ['figure.float', (r: RunSummary) => show(r.figures.floatAccuracy, percent)],
    ['figure.board', (r: RunSummary) => show(r.figures.boardAccuracy, percent)],
    ['figure.latency', (r: RunSummary) => show(r.figures.latencyMs, milliseconds)],
    ['figure.sram', (r: RunSummary) => show(r.figures.sramBytes, bytes)],
    ['figure.flash', (r: RunSummary) => show(r.figures.flashBytes, bytes)],
    ['layers.macs', (r: RunSummary) => show(r.figures.macs, count)],
  ] as const;
  const differing = rows.filter(([, of]) => of(runs[0]) !== of(runs[1]));
  return (
    <Table withTableBorder aria-label={t('runs.comparison')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('runs.comparison')}</Table.Th>
          {runs.map((run) => (
            <Table.Th key={run.id}>{run.title}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {differing.map(([key, of]) => (
          <Table.Tr key={key}>
            <Table.Td>{t(key)}</Table.Td>
            {runs.map((run) => (
              <Table.Td key={run.id}>{of(run)}</Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
