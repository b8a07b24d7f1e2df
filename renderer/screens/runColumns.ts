import type { Reference, RunColumn, RunFilter, RunSummary } from '../../main/contract/index.ts';
import type { Translation } from '../i18n/index.ts';

/** The columns that are shown where nobody has chosen. */
export const usualColumns: readonly RunColumn[] = [
  'title',
  'state',
  'boardAccuracy',
  'latencyMs',
  'sramBytes',
  'flashBytes',
  'createdAt',
];

/** Pixels; the title takes what is left. */
export const columnWidths: Readonly<Record<Exclude<RunColumn, 'title'>, number>> = {
  kind: 100,
  state: 104,
  board: 160,
  model: 170,
  dataset: 170,
  floatAccuracy: 70,
  int8Accuracy: 70,
  boardAccuracy: 120,
  latencyMs: 80,
  instructions: 100,
  sramBytes: 72,
  flashBytes: 72,
  macs: 80,
  parameters: 90,
  createdAt: 140,
};

type SortBy = NonNullable<RunFilter['sortBy']>;
const sortable: ReadonlySet<string> = new Set<SortBy>([
  'createdAt',
  'title',
  'boardAccuracy',
  'latencyMs',
  'sramBytes',
  'flashBytes',
]);

/** The column as the service sorts by it, or null where it does not. */
export const sortOf = (column: RunColumn): SortBy | null => (sortable.has(column) ? (column as SortBy) : null);

/** What a run has in a column, as text. */
export function cellText(run: RunSummary, column: RunColumn, translation: Translation): string {
  const { t, time, percent, milliseconds, bytes, count } = translation;
  const { figures } = run;
  const known = (value: number | null, show: (value: number) => string): string => (value === null ? '' : show(value));
  switch (column) {
    case 'title':
      return run.title;
    case 'kind':
      return t(`run.kind.${run.kind}`);
    case 'state':
      return t(`run.state.${run.state}`);
    case 'board':
      return run.boardId ?? '';
    case 'model':
      return run.model ?? '';
    case 'dataset':
      return run.dataset ?? '';
    case 'createdAt':
      return time(run.createdAt);
    case 'latencyMs':
      return `${known(figures.latencyMs, milliseconds)}${figures.latencyEstimated === true ? ' ~' : ''}`;
    case 'floatAccuracy':
    case 'int8Accuracy':
    case 'boardAccuracy':
      return known(figures[column], percent);
    case 'sramBytes':
    case 'flashBytes':
      return known(figures[column], bytes);
    case 'instructions':
    case 'macs':
    case 'parameters':
      return known(figures[column], count);
  }
}

/** What a published figure has in a column, as text. */
export function referenceText(reference: Reference, column: RunColumn, translation: Translation): string {
  const { t, percent, milliseconds, bytes } = translation;
  const known = (value: number | null, show: (value: number) => string): string => (value === null ? '' : show(value));
  switch (column) {
    case 'title':
      return `${reference.model}, ${reference.engine}`;
    case 'kind':
    case 'state':
      return t('runs.published');
    case 'board':
      return reference.board;
    case 'model':
      return reference.model;
    case 'latencyMs':
      return known(reference.latencyMs, milliseconds);
    case 'int8Accuracy':
      return known(reference.accuracy, percent);
    case 'sramBytes':
    case 'flashBytes':
      return known(reference[column], bytes);
    default:
      return '';
  }
}
