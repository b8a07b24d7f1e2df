import { Button, Checkbox, Group, Popover, Select, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue, useLocalStorage } from '@mantine/hooks';
import { useCallback, useMemo, useState, type ReactNode } from 'react';
import {
  runColumns,
  runKinds,
  type Reference,
  type RunColumn,
  type RunFilter,
  type RunKind,
  type RunSummary,
} from '../../main/contract/index.ts';
import { EmptyState } from '../components/EmptyState.tsx';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { ExportButtons } from '../components/ExportButtons.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { RemoveRuns } from '../runs/RemoveRuns.tsx';
import { RenameRun } from '../runs/RenameRun.tsx';
import { useNavigation } from '../state/navigation.ts';
import { usualColumns } from './runColumns.ts';
import { RunsCompare } from './RunsCompare.tsx';
import { RunsTable, type Sorting } from './RunsTable.tsx';
import { useRunPages } from './useRunPages.ts';

/** What of the screen is kept between visits. */
interface RunsView {
  readonly columns: readonly RunColumn[];
  readonly references: boolean;
  readonly sorting: Sorting;
}

const usualView: RunsView = {
  columns: usualColumns,
  references: false,
  sorting: { sortBy: 'createdAt', descending: true },
};

const noReferences: readonly Reference[] = [];

/** All runs: found, sorted, opened, compared, taken away; beside what others have published. */
export default function Runs(): ReactNode {
  const { t } = useTranslation();
  const askToPack = useNavigation((state) => state.askToPack);
  const [view, setView] = useLocalStorage<RunsView>({
    key: 'runs-view',
    defaultValue: usualView,
    getInitialValueInEffect: false,
  });
  const [text, setText] = useState('');
  const [query] = useDebouncedValue(text, 150);
  const [kind, setKind] = useState<RunKind | null>(null);
  const [chosen, setChosen] = useState<readonly RunSummary[]>([]);
  const filter = useMemo(
    (): RunFilter => ({
      ...(query === '' ? {} : { text: query }),
      ...(kind === null ? {} : { kinds: [kind] }),
      ...view.sorting,
    }),
    [query, kind, view.sorting],
  );
  const pages = useRunPages(filter);
  const references = useReferences(view.references, query);
  const toggle = useCallback(
    (run: RunSummary): void =>
      setChosen((before) =>
        before.some(({ id }) => id === run.id) ? before.filter(({ id }) => id !== run.id) : [...before, run],
      ),
    [],
  );
  const [asked, setAsked] = useState<'name' | 'removal' | null>(null);
  const ids = useMemo(() => new Set(chosen.map(({ id }) => id)), [chosen]);
  const [first, second] = chosen;
  const nothing = pages.total === 0 && references.length === 0;
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="end">
        <Title order={2} size="h4">
          {t('runs.title', { count: pages.total ?? 0 })}
        </Title>
        <Group align="end" gap="sm">
          <TextInput
            aria-label={t('runs.filter')}
            placeholder={t('runs.filter')}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            w={200}
          />
          <Select
            aria-label={t('runs.kind')}
            placeholder={t('runs.kind')}
            clearable
            data={runKinds.map((value) => ({ value, label: t(`run.kind.${value}`) }))}
            value={kind}
            onChange={(value) => setKind(value as RunKind | null)}
            w={150}
            clearButtonProps={{ 'aria-label': t('runs.kind.all') }}
          />
          <Columns columns={view.columns} onChange={(columns) => setView({ ...view, columns })} />
        </Group>
      </Group>
      <Group justify="space-between">
        <Group gap="sm">
          <Switch
            size="xs"
            label={t('runs.references')}
            checked={view.references}
            onChange={(event) => setView({ ...view, references: event.currentTarget.checked })}
          />
          <Text size="sm" c="dimmed" role="status">
            {chosen.length === 0 ? t('runs.compare.hint') : t('runs.selected', { count: chosen.length })}
          </Text>
          {chosen.length > 0 && (
            <>
              <Button size="compact-xs" variant="subtle" onClick={() => setChosen([])}>
                {t('runs.clear')}
              </Button>
              <Button size="compact-xs" variant="default" onClick={() => askToPack({ runIds: [...ids] })}>
                {t('runs.pack')}
              </Button>
              {chosen.length === 1 && (
                <Button size="compact-xs" variant="default" onClick={() => setAsked('name')}>
                  {t('runs.rename')}
                </Button>
              )}
              <Button size="compact-xs" variant="default" onClick={() => setAsked('removal')}>
                {t('runs.remove')}
              </Button>
            </>
          )}
        </Group>
        <ExportButtons
          disabled={pages.total === 0 && chosen.length === 0}
          ask={(client, format) =>
            client.call('runs.export', {
              format,
              columns: [...view.columns],
              references: view.references,
              ...(chosen.length > 0 ? { ids: [...ids] } : { filter }),
            })
          }
        />
      </Group>
      <RenameRun
        run={asked === 'name' ? (first ?? null) : null}
        onClose={() => setAsked(null)}
        onRenamed={(title) => setChosen(chosen.map((run) => ({ ...run, title })))}
      />
      <RemoveRuns
        ids={asked === 'removal' ? [...ids] : null}
        onClose={() => setAsked(null)}
        onRemoved={(id) => setChosen((before) => before.filter((run) => run.id !== id))}
      />
      {view.references && (
        <Text size="xs" c="dimmed">
          {t('runs.references.note')}
        </Text>
      )}
      {chosen.length === 2 && first !== undefined && second !== undefined && <RunsCompare runs={[first, second]} />}
      {pages.error !== null && <ErrorCard error={pages.error} action={{ label: t('try.again'), run: pages.again }} />}
      {pages.error === null && pages.total === null && <Text role="status">{t('loading')}</Text>}
      {nothing && query === '' && kind === null && (
        <EmptyState title={t('runs.empty.title')} text={t('runs.empty.text')} />
      )}
      {nothing && (query !== '' || kind !== null) && <Text size="sm">{t('runs.none-left')}</Text>}
      {!nothing && (
        <RunsTable
          pages={pages}
          columns={view.columns}
          references={references}
          sorting={view.sorting}
          onSort={(sorting) => setView({ ...view, sorting })}
          chosen={ids}
          onToggle={toggle}
        />
      )}
    </Stack>
  );
}

/** What others have published, as far as the filter's words are in it. */
function useReferences(wanted: boolean, query: string): readonly Reference[] {
  const [loaded] = useCall(
    (client, signal) => (wanted ? client.call('references.list', {}, { signal }) : Promise.resolve([])),
    [wanted],
  );
  return useMemo(() => {
    if (!wanted || loaded.state !== 'ready') return noReferences;
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    return loaded.value.filter(({ model, engine, board, core, source }) => {
      const found = [model, engine, board, core, source].join('\n').toLowerCase();
      return words.every((word) => found.includes(word));
    });
  }, [wanted, loaded, query]);
}

interface ColumnsProps {
  readonly columns: readonly RunColumn[];
  readonly onChange: (columns: readonly RunColumn[]) => void;
}

/** Which columns are shown; the run's name always is. */
function Columns({ columns, onChange }: ColumnsProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Popover position="bottom-end" withArrow trapFocus>
      <Popover.Target>
        <Button variant="default">{t('runs.columns')}</Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('runs.columns')}>
        <Checkbox.Group
          aria-label={t('runs.columns')}
          value={[...columns]}
          // In the contract's order, whatever was ticked first.
          onChange={(names) => onChange(runColumns.filter((name) => name === 'title' || names.includes(name)))}
        >
          <Stack gap={6}>
            {runColumns
              .filter((name) => name !== 'title')
              .map((name) => (
                <Checkbox key={name} size="xs" value={name} label={t(`column.${name}`)} />
              ))}
          </Stack>
        </Checkbox.Group>
      </Popover.Dropdown>
    </Popover>
  );
}
