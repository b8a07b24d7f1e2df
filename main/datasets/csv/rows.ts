import type { BrokenSample, SplitName } from '../../contract/index.ts';
import { datasetError } from '../errors.ts';
import { guessSeparator, linesOf, splitLine, toNumber } from './cells.ts';
import { type Columns, readColumns } from './columns.ts';

/** One CSV file, read: row by row, channel by channel. */
export interface SeriesFile {
  readonly path: string;
  readonly split: SplitName | null;
  readonly channelNames: readonly string[];
  /** rows × channels. */
  readonly values: Float64Array;
  readonly rowCount: number;
  /** The class of each row. */
  readonly labels: readonly string[];
  /** Who or what each row is of, where a column says so. */
  readonly groups: readonly string[] | null;
  /** The line of the file that each row stands in. */
  readonly lines: Uint32Array;
  /** Whether a row could not be read between this one and the one before it. */
  readonly gapBefore: Uint8Array;
}

/** Lines by which columns are recognized. */
const LOOKED_AT = 200;

const splitInName = (path: string): SplitName | null => {
  const word = /(?:^|[-_./])(train(?:ing)?|valid(?:ation)?|val|dev|test(?:ing)?)(?=[-_./]|$)/i.exec(path)?.[1];
  if (word === undefined) return null;
  return /^train/i.test(word) ? 'train' : /^test/i.test(word) ? 'test' : 'validation';
};

/** The class that a file's place tells: its folder, or the first word of its name (`idle.3.csv`, `wave_07.csv`). */
function labelOfPath(path: string): string {
  const parts = path.split('/');
  const folder = parts.slice(0, -1).findLast((part) => splitInName(part) === null);
  if (folder !== undefined) return folder;
  const name = parts[parts.length - 1].replace(/\.\w+$/, '');
  return name.split(/[._-]/)[0].replace(/\d+$/, '') || name;
}

const broken = (path: string, why: string, details: Record<string, unknown> = {}): Error =>
  datasetError(
    'csv-broken',
    `${path} cannot be read as a time series: ${why}.`,
    'Name the columns in the first line and call one of them label (or say which with label=NAME), or put one file for each recording into a folder for each class.',
    { file: path, ...details },
  );

/**
 * Reads one CSV file. Rows with a cell that is no number are listed as broken, and the series is cut there.
 *
 * @throws StudioError `dataset.csv-broken`
 */
export function readRows(path: string, bytes: Uint8Array, label: string | null, damaged: BrokenSample[]): SeriesFile {
  const text = decodeText(path, bytes);
  const head: string[] = [];
  for (const [, line] of linesOf(text)) if (head.push(line) === LOOKED_AT) break;
  if (head.length === 0) throw broken(path, 'it is empty');
  const columns = readColumns(head, guessSeparator(head.slice(0, 20)), label);
  if (typeof columns === 'string') throw broken(path, columns);
  return readBody(path, text, columns, damaged);
}

function decodeText(path: string, bytes: Uint8Array): string {
  // What Windows calls Unicode: two bytes for each letter.
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  const text = new TextDecoder(encoding).decode(bytes);
  if (text.includes('\0')) throw broken(path, 'it is no text');
  return text;
}

function readBody(path: string, text: string, columns: Columns, damaged: BrokenSample[]): SeriesFile {
  const { separator, channels, names } = columns;
  const values: number[] = [];
  const labels: string[] = [];
  const groups: string[] = [];
  const lines: number[] = [];
  const gaps: number[] = [];
  const fromPath = labelOfPath(path);
  let gap = false;
  let skipHeader = columns.hasHeader;
  for (const [number, line] of linesOf(text)) {
    if (skipHeader) {
      skipHeader = false;
      continue;
    }
    const cells = splitLine(line, separator);
    const numbers = channels.map((i) => toNumber(cells[i] ?? '', separator));
    const odd = numbers.findIndex(Number.isNaN);
    const label = columns.label === null ? fromPath : (cells[columns.label] ?? '');
    const why =
      cells.length !== columns.count
        ? `it has ${cells.length} cells instead of ${columns.count}`
        : odd >= 0
          ? `“${cells[channels[odd]].slice(0, 40)}” in the column ${names[channels[odd]]} is no number`
          : label === ''
            ? 'it has no label'
            : null;
    if (why !== null) {
      damaged.push({ id: `${path}:${number}`, code: 'dataset.broken-row', reason: why });
      gap = true;
      continue;
    }
    for (const value of numbers) values.push(value);
    labels.push(label);
    if (columns.group !== null) groups.push(cells[columns.group]);
    lines.push(number);
    gaps.push(gap ? 1 : 0);
    gap = false;
  }
  if (labels.length === 0) {
    throw broken(
      path,
      damaged.length > 0 ? `line ${damaged[0].id.slice(path.length + 1)}: ${damaged[0].reason}` : 'it has no rows',
    );
  }
  return {
    path,
    split: splitInName(path),
    channelNames: channels.map((i) => names[i]),
    values: Float64Array.from(values),
    rowCount: labels.length,
    labels,
    groups: columns.group === null ? null : groups,
    lines: Uint32Array.from(lines),
    gapBefore: Uint8Array.from(gaps),
  };
}
