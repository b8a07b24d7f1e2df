import { type Separator, splitLine, toNumber } from './cells.ts';

/** What each column of a CSV file is for. */
export interface Columns {
  readonly separator: Separator;
  readonly hasHeader: boolean;
  readonly count: number;
  /** Names of all columns: the header's, or `column 1` … */
  readonly names: readonly string[];
  /** The column with the class; null where the file's name or folder tells it. */
  readonly label: number | null;
  /** The column that tells recordings or people apart. */
  readonly group: number | null;
  /** Columns of numbers that are the series itself. */
  readonly channels: readonly number[];
}

const labelNames = /^(label|class|activity|target|gesture|state|y)$/i;
const groupNames = /^(group|subject|session|recording|user|person|experiment|file|id)$/i;
const timeNames = /^(time|timestamp|time[ _]?(stamp)?[ _(]*(ms|us|s)?\)?|t|ms|seconds|index|epoch|date|datetime)$/i;

/** Classes of a label column without a name: few different whole numbers. */
const MOST_UNNAMED_CLASSES = 100;

/** Finds out what the columns are from a file's first lines; `wanted` names the label column, or gives its number from 1. */
export function readColumns(lines: readonly string[], separator: Separator, wanted: string | null): Columns | string {
  const rows = lines.map((line) => splitLine(line, separator));
  const [first] = rows;
  const numeric = (row: readonly string[]): number =>
    row.filter((cell) => !Number.isNaN(toNumber(cell, separator))).length;
  const hasHeader = rows.length > 1 && numeric(first) === 0 && numeric(rows[1]) > 0;
  const names = first.map((cell, i) => (hasHeader && cell !== '' ? cell : `column ${i + 1}`));
  const body = hasHeader ? rows.slice(1) : rows;
  const count = first.length;
  const label = findLabel(names, body, separator, hasHeader, wanted);
  if (typeof label === 'string') return label;
  const others = names.map((_, i) => i).filter((i) => i !== label);
  const group = hasHeader ? (others.find((i) => groupNames.test(names[i])) ?? null) : null;
  const channels = others.filter((i) => i !== group && !(hasHeader && timeNames.test(names[i])));
  if (channels.length === 0) return 'it has no column of numbers';
  return { separator, hasHeader, count, names, label, group, channels };
}

function findLabel(
  names: readonly string[],
  body: readonly (readonly string[])[],
  separator: Separator,
  hasHeader: boolean,
  wanted: string | null,
): number | null | string {
  if (wanted !== null) {
    const byName = names.findIndex((name) => name.toLowerCase() === wanted.toLowerCase());
    const byNumber = /^\d+$/.test(wanted) ? Number(wanted) - 1 : -1;
    const at = byName >= 0 ? byName : byNumber;
    if (at >= 0 && at < names.length) return at;
    return `it has no column ${wanted}; its columns are ${names.slice(0, 12).join(', ')}`;
  }
  if (hasHeader) {
    const named = names.findIndex((name) => labelNames.test(name));
    return named < 0 ? null : named;
  }
  const columnOf = (i: number): number[] => body.map((row) => toNumber(row[i] ?? '', separator));
  const words = names.map((_, i) => i).filter((i) => columnOf(i).every(Number.isNaN));
  if (words.length === 1) return words[0];
  // UCR's series: the class first, as a whole number; some put it last.
  const isClass = (i: number): boolean => {
    const values = columnOf(i);
    return values.every(Number.isInteger) && new Set(values).size <= MOST_UNNAMED_CLASSES;
  };
  const inner = names.length > 2 && names.slice(1, -1).every((_, i) => isClass(i + 1));
  if (inner || names.length < 3) return null;
  return isClass(0) ? 0 : isClass(names.length - 1) ? names.length - 1 : null;
}
