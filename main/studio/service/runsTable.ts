import {
  StudioError,
  type ExportRequest,
  type Reference,
  type RunColumn,
  type RunFilter,
  type RunSummary,
} from '../../contract/index.ts';
import { format, type Table, type TableColumn, type TableValue } from '../report/index.ts';

interface RunsColumn extends TableColumn {
  readonly of: (run: RunSummary) => TableValue;
  /** What a published figure has in this column. */
  readonly published?: (reference: Reference) => TableValue;
}

const { bytes, integer, milliseconds, percent } = format;
const time = (ms: number): string => new Date(ms).toISOString();

const columns: Readonly<Record<RunColumn, RunsColumn>> = {
  title: {
    key: 'title',
    title: 'Run',
    of: ({ title }) => title,
    published: ({ model, engine }) => `${model}, ${engine}`,
  },
  kind: { key: 'kind', title: 'Kind', of: ({ kind }) => kind, published: () => 'published' },
  state: { key: 'state', title: 'State', of: ({ state }) => state },
  board: { key: 'board', title: 'Board', of: ({ boardId }) => boardId, published: ({ board }) => board },
  model: { key: 'model', title: 'Model', of: ({ model }) => model, published: ({ model }) => model },
  dataset: { key: 'dataset', title: 'Data set', of: ({ dataset }) => dataset },
  floatAccuracy: {
    key: 'floatAccuracy',
    title: 'Accuracy, float',
    format: percent,
    of: ({ figures }) => figures.floatAccuracy,
  },
  int8Accuracy: {
    key: 'int8Accuracy',
    title: 'Accuracy, int8',
    format: percent,
    of: ({ figures }) => figures.int8Accuracy,
    published: ({ accuracy }) => accuracy,
  },
  boardAccuracy: {
    key: 'boardAccuracy',
    title: 'Accuracy on the board',
    format: percent,
    of: ({ figures }) => figures.boardAccuracy,
  },
  latencyMs: {
    key: 'latencyMs',
    title: 'Latency',
    format: milliseconds,
    of: ({ figures }) => figures.latencyMs,
    published: ({ latencyMs }) => latencyMs,
  },
  instructions: {
    key: 'instructions',
    title: 'Instructions',
    format: integer,
    of: ({ figures }) => figures.instructions,
  },
  sramBytes: {
    key: 'sramBytes',
    title: 'SRAM',
    format: bytes,
    of: ({ figures }) => figures.sramBytes,
    published: ({ sramBytes }) => sramBytes,
  },
  flashBytes: {
    key: 'flashBytes',
    title: 'Flash',
    format: bytes,
    of: ({ figures }) => figures.flashBytes,
    published: ({ flashBytes }) => flashBytes,
  },
  macs: { key: 'macs', title: 'MACs', format: integer, of: ({ figures }) => figures.macs },
  parameters: { key: 'parameters', title: 'Parameters', format: integer, of: ({ figures }) => figures.parameters },
  createdAt: { key: 'createdAt', title: 'Begun (UTC)', of: ({ createdAt }) => time(createdAt) },
};

/** Where a latency is from: our board, our estimate, or somebody's paper. Always the last column but one. */
const origin: RunsColumn = {
  key: 'latencyOrigin',
  title: 'Latency is',
  of: ({ figures }) =>
    figures.latencyMs === null ? null : figures.latencyEstimated === true ? 'estimated' : 'measured',
  published: ({ modelled }) => (modelled ? 'published (modelled)' : 'published'),
};

const source: RunsColumn = {
  key: 'source',
  title: 'Source',
  of: ({ id }) => `run ${id}`,
  published: (reference) => reference.source,
};

/** The chosen columns of runs, and below them what others have published, labelled so. */
export function runsTable(
  runs: readonly RunSummary[],
  chosen: readonly RunColumn[],
  references: readonly Reference[],
): Table {
  const shown = [...new Set(chosen)].map((name) => columns[name]).concat(origin, source);
  return {
    title: 'Runs of MCUNet Studio',
    notes: [
      'An estimated latency is made from instructions that a virtual board counted.',
      ...(references.length === 0
        ? []
        : [
            'Rows whose latency is "published" are figures of others, from the source named; they were not measured here.',
          ]),
    ],
    columns: shown,
    rows: [
      ...runs.map((run) => shown.map(({ of }) => of(run))),
      ...references.map((reference) => shown.map(({ published }) => published?.(reference) ?? null)),
    ],
  };
}

/** How many runs are asked for at a time. */
const page = 1000;

/** The runs that an export asks for: those named, in their order, or all that its filter leaves. */
export async function runsAskedFor(
  { ids, filter }: Pick<ExportRequest, 'ids' | 'filter'>,
  workspace: {
    readonly readRun: (id: string) => RunSummary;
    readonly listRuns: (filter: RunFilter) => Promise<{ total: number; runs: RunSummary[] }>;
  },
): Promise<RunSummary[]> {
  if (ids !== undefined) return ids.map((id) => workspace.readRun(id));
  const runs: RunSummary[] = [];
  for (;;) {
    const found = await workspace.listRuns({ ...filter, offset: runs.length, limit: page });
    runs.push(...found.runs);
    if (found.runs.length === 0 || runs.length >= found.total) break;
  }
  if (runs.length === 0) throw nothingToExport();
  return runs;
}

const nothingToExport = (): StudioError =>
  new StudioError({
    code: 'runs.nothing-to-export',
    message: 'No run is left by this filter, so there is nothing to export.',
    remedy: 'Clear the filter, or choose runs.',
  });
