import type { LabCell, LabSession } from '../../contract/index.ts';
import { format, type Table, type TableColumn, type TableValue } from '../report/index.ts';

interface SessionColumn extends TableColumn {
  readonly of: (cell: LabCell) => TableValue;
}

const { bytes, integer, milliseconds, percent } = format;

const columns: readonly SessionColumn[] = [
  { key: 'model', title: 'Model', of: ({ model }) => model },
  { key: 'board', title: 'Board', of: ({ boardId }) => boardId },
  { key: 'option', title: 'Option', of: ({ option }) => option },
  { key: 'state', title: 'State', of: ({ state }) => state },
  {
    key: 'predictedLatencyMs',
    title: 'Latency, predicted',
    format: milliseconds,
    of: ({ preflight }) => preflight?.latencyMs ?? null,
  },
  {
    key: 'predictedFrom',
    title: 'Predicted from',
    of: ({ preflight }) => (preflight === null || preflight.latencyMs === null ? null : preflight.latencyFrom),
  },
  { key: 'latencyMs', title: 'Latency, median', format: milliseconds, of: ({ result }) => result?.latencyMs ?? null },
  { key: 'estimated', title: 'Estimated', of: ({ result }) => result?.estimated ?? null },
  { key: 'p95Ms', title: 'p95', format: milliseconds, of: ({ result }) => result?.statistics?.p95Ms ?? null },
  { key: 'minMs', title: 'Least', format: milliseconds, of: ({ result }) => result?.statistics?.minMs ?? null },
  { key: 'stdevMs', title: 'Deviation', format: milliseconds, of: ({ result }) => result?.statistics?.stdevMs ?? null },
  { key: 'repeats', title: 'Repeats', format: integer, of: ({ result }) => result?.statistics?.repeats ?? null },
  { key: 'instructions', title: 'Instructions', format: integer, of: ({ result }) => result?.instructions ?? null },
  { key: 'cycles', title: 'Cycles', format: integer, of: ({ result }) => result?.cycles ?? null },
  {
    key: 'cyclesPerMac',
    title: 'Cycles per MAC',
    format: (value) => value.toFixed(2),
    of: ({ result }) =>
      result === null || result.cycles === null || result.macs === 0 ? null : result.cycles / result.macs,
  },
  { key: 'clockHz', title: 'Clock (Hz)', format: integer, of: ({ result }) => result?.clockHz ?? null },
  {
    key: 'macs',
    title: 'MACs',
    format: integer,
    of: ({ result, preflight }) => result?.macs ?? preflight?.macs ?? null,
  },
  {
    key: 'sramBytes',
    title: 'SRAM of the model',
    format: bytes,
    of: ({ result, preflight }) => result?.sramBytes ?? preflight?.sramBytes ?? null,
  },
  { key: 'flashBytes', title: 'Flash of the image', format: bytes, of: ({ result }) => result?.flashBytes ?? null },
  { key: 'stackBytes', title: 'Stack', format: bytes, of: ({ result }) => result?.stackBytes ?? null },
  {
    key: 'accuracy',
    title: 'Accuracy',
    format: (value) => percent(value),
    of: ({ result }) => result?.accuracy ?? null,
  },
  {
    key: 'agreement',
    title: 'Exact answers',
    of: ({ result }) => (result?.agreement ? `${result.agreement.equal} of ${result.agreement.compared}` : null),
  },
  { key: 'compiler', title: 'Compiler', of: ({ result }) => result?.compiler ?? null },
  { key: 'buildId', title: 'Build', of: ({ result }) => result?.buildId ?? null },
  { key: 'imageSha256', title: 'SHA-256 of the image', of: ({ result }) => result?.imageSha256 ?? null },
  { key: 'error', title: 'Error', of: ({ error }) => (error === null ? null : `${error.code}: ${error.message}`) },
];

/** A session's cells, a row each. */
export function sessionTable({ title, cells }: LabSession): Table {
  return {
    title,
    notes: cells.some(({ result }) => result?.estimated === true)
      ? [
          'Where "estimated" is true, instructions were counted on a virtual board, and cycles and times are estimates from them.',
        ]
      : [],
    columns,
    rows: cells.map((cell) => columns.map(({ of }) => of(cell))),
  };
}
