import { Box, Checkbox, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef, type CSSProperties, type ReactNode } from 'react';
import type { Reference, RunColumn, RunFilter, RunSummary } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { screenOfRun } from '../state/open.ts';
import { cellText, columnWidths, referenceText, sortOf } from './runColumns.ts';
import type { RunPages } from './useRunPages.ts';

const ROW = 36;
const CHECK = 34;
/** At least: all of the usual columns are seen in the smallest window. */
const TITLE = 150;

export type Sorting = Required<Pick<RunFilter, 'sortBy' | 'descending'>>;

interface RunsTableProps {
  readonly pages: RunPages;
  readonly columns: readonly RunColumn[];
  /** Published figures, below the runs. */
  readonly references: readonly Reference[];
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
  readonly chosen: ReadonlySet<string>;
  readonly onToggle: (run: RunSummary) => void;
}

const template = (columns: readonly RunColumn[]): string =>
  [
    `${CHECK}px`,
    ...columns.map((column) => (column === 'title' ? `minmax(${TITLE}px, 1fr)` : `${columnWidths[column]}px`)),
  ].join(' ');

const leastWidth = (columns: readonly RunColumn[]): number =>
  columns.reduce((sum, column) => sum + (column === 'title' ? TITLE : columnWidths[column]) + 8, CHECK);

/** Every run that the filter leaves; only the rows in view are asked for and drawn. */
export function RunsTable(props: RunsTableProps): ReactNode {
  const { pages, columns, references, chosen, onToggle } = props;
  const { t } = useTranslation();
  const total = pages.total ?? 0;
  const view = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: total + references.length,
    getScrollElement: () => view.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, Math.min(items.at(-1)?.index ?? 0, Math.max(0, total - 1))];
  const { need } = pages;
  useEffect(() => need(first, last), [need, first, last]);
  const grid: CSSProperties = { display: 'grid', gridTemplateColumns: template(columns), columnGap: 8 };
  return (
    <Box
      ref={view}
      style={{ height: 'calc(100vh - 250px)', minHeight: 200, overflow: 'auto' }}
      tabIndex={0}
      role="table"
      aria-label={t('screen.runs')}
      aria-rowcount={total + references.length + 1}
      aria-colcount={columns.length + 1}
    >
      <Head {...props} grid={grid} />
      <div
        role="rowgroup"
        style={{ height: virtual.getTotalSize(), position: 'relative', minWidth: leastWidth(columns) }}
      >
        {items.map(({ index, start, key }) => {
          const run = index < total ? pages.rowAt(index) : undefined;
          const reference = index < total ? undefined : references[index - total];
          const place: CSSProperties = { ...grid, ...rowPlace, transform: `translateY(${start}px)` };
          return (
            <div key={key} role="row" aria-rowindex={index + 2} style={place}>
              {run !== undefined && (
                <RunCells run={run} columns={columns} chosen={chosen.has(run.id)} onToggle={onToggle} />
              )}
              {reference !== undefined && <ReferenceCells reference={reference} columns={columns} />}
              {run === undefined && reference === undefined && <span role="cell" />}
            </div>
          );
        })}
      </div>
    </Box>
  );
}

const rowPlace: CSSProperties = {
  position: 'absolute',
  top: 0,
  left: 0,
  right: 0,
  height: ROW,
  alignItems: 'center',
  borderBottom: '1px solid var(--chart-grid)',
  contain: 'layout style paint',
};

const cellStyle: CSSProperties = {
  overflow: 'hidden',
  textOverflow: 'ellipsis',
  whiteSpace: 'nowrap',
  fontSize: 'var(--mantine-font-size-sm)',
  fontVariantNumeric: 'tabular-nums',
};

function Head({ columns, sorting, onSort, grid }: RunsTableProps & { readonly grid: CSSProperties }): ReactNode {
  const { t } = useTranslation();
  return (
    <div role="rowgroup" style={{ position: 'sticky', top: 0, zIndex: 1, minWidth: leastWidth(columns) }}>
      <div
        role="row"
        aria-rowindex={1}
        style={{ ...grid, height: ROW, alignItems: 'center', background: 'var(--mantine-color-body)', fontWeight: 600 }}
      >
        <span role="columnheader">
          <VisuallyHidden>{t('runs.selection')}</VisuallyHidden>
        </span>
        {columns.map((column) => {
          const sortBy = sortOf(column);
          const name = t(`column.${column}`);
          const sorted = sortBy !== null && sorting.sortBy === sortBy;
          const direction = sorting.descending ? 'descending' : 'ascending';
          return (
            <span key={column} role="columnheader" aria-sort={sorted ? direction : undefined} style={cellStyle}>
              {sortBy === null ? (
                name
              ) : (
                <UnstyledButton
                  fz="sm"
                  fw={600}
                  aria-label={t('runs.sort', { name })}
                  onClick={() => onSort({ sortBy, descending: sorted ? !sorting.descending : true })}
                >
                  {name} {sorted ? (sorting.descending ? '▾' : '▴') : ''}
                </UnstyledButton>
              )}
            </span>
          );
        })}
      </div>
    </div>
  );
}

interface RunCellsProps {
  readonly run: RunSummary;
  readonly columns: readonly RunColumn[];
  readonly chosen: boolean;
  readonly onToggle: (run: RunSummary) => void;
}

const RunCells = memo(function RunCells({ run, columns, chosen, onToggle }: RunCellsProps): ReactNode {
  const translation = useTranslation();
  const { t } = translation;
  const go = useNavigation((state) => state.go);
  return (
    <>
      <span role="cell">
        <Checkbox
          size="xs"
          checked={chosen}
          onChange={() => onToggle(run)}
          aria-label={t('runs.select', { name: run.title })}
        />
      </span>
      {columns.map((column) => {
        const text = cellText(run, column, translation);
        return (
          <span
            key={column}
            role="cell"
            style={cellStyle}
            title={column === 'dataset' || column === 'title' ? text : undefined}
          >
            {column === 'title' ? (
              <UnstyledButton
                fz="sm"
                c="var(--mantine-color-anchor)"
                w="100%"
                style={cellStyle}
                onClick={() => go(screenOfRun(run.kind), run.id)}
              >
                {text}
              </UnstyledButton>
            ) : (
              text
            )}
          </span>
        );
      })}
    </>
  );
});

interface ReferenceCellsProps {
  readonly reference: Reference;
  readonly columns: readonly RunColumn[];
}

/** Somebody else's figure: set in italics, and said to be published in its first cell. */
const ReferenceCells = memo(function ReferenceCells({ reference, columns }: ReferenceCellsProps): ReactNode {
  const translation = useTranslation();
  const { t } = translation;
  return (
    <>
      <span role="cell" />
      {columns.map((column) => (
        <span key={column} role="cell" style={{ ...cellStyle, fontStyle: 'italic' }} title={reference.source}>
          {referenceText(reference, column, translation)}
          {column === 'title' && (
            <Text span size="xs" c="dimmed">
              {' '}
              {t(reference.modelled ? 'runs.modelled' : 'runs.published')}: {reference.board}, {reference.source}
            </Text>
          )}
        </span>
      ))}
    </>
  );
});
