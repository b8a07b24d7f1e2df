import { createHash } from 'node:crypto';
import type { SeriesFile } from './rows.ts';

/** Rows `first` … `first + length − 1` of a file: one sample of a series. */
export interface Window {
  readonly file: SeriesFile;
  readonly first: number;
  readonly label: string;
  readonly group: string;
}

/** Windows of a stretch that share rows, or follow each other closely, stay in one split: so many windows' lengths. */
const SEGMENT_WINDOWS = 8;
/** Recordings of each class from which a recording is a group of its own. */
const LEAST_RECORDINGS = 3;

/**
 * Cuts files into windows of `length` rows, one every `step` rows. No window holds two classes, two groups, or a row
 * that could not be read. A group is what the group column says, otherwise a file where each class has several,
 * otherwise a segment of a file; windows never reach over the end of a segment.
 */
export function cutWindows(files: readonly SeriesFile[], length: number, step: number): Window[] {
  const filesOf = new Map<string, Set<string>>();
  for (const { labels, path } of files) {
    for (const label of new Set(labels)) filesOf.set(label, (filesOf.get(label) ?? new Set<string>()).add(path));
  }
  const byFile = [...filesOf.values()].every((paths) => paths.size >= LEAST_RECORDINGS);
  return files.flatMap((file) =>
    runsOf(file).flatMap(({ first, end }) => {
      const group = file.groups?.[first] ?? (byFile ? contentOf(file, 0, file.rowCount) : null);
      return group === null
        ? cutSegments(file, first, end, length, step)
        : cutRun(file, first, end, length, step, group);
    }),
  );
}

/** Rows by what stands in them: a group without a name is the same group in a file of any name. */
function contentOf({ values, rowCount }: SeriesFile, first: number, end: number): string {
  const width = values.length / rowCount;
  return createHash('sha256')
    .update(values.subarray(first * width, end * width))
    .digest('hex');
}

/** Stretches of rows with one class and one group, without a gap. */
function runsOf({ rowCount, labels, groups, gapBefore }: SeriesFile): { first: number; end: number }[] {
  const runs: { first: number; end: number }[] = [];
  let first = 0;
  for (let row = 1; row <= rowCount; row++) {
    const same =
      row < rowCount && gapBefore[row] === 0 && labels[row] === labels[first] && groups?.[row] === groups?.[first];
    if (same) continue;
    runs.push({ first, end: row });
    first = row;
  }
  return runs;
}

function cutRun(file: SeriesFile, first: number, end: number, length: number, step: number, group: string): Window[] {
  const windows: Window[] = [];
  for (let at = first; at + length <= end; at += step) windows.push({ file, first: at, label: file.labels[at], group });
  return windows;
}

function cutSegments(file: SeriesFile, first: number, end: number, length: number, step: number): Window[] {
  const windows: Window[] = [];
  const segment = SEGMENT_WINDOWS * length;
  for (let at = first; at < end; at += segment) {
    const stop = Math.min(at + segment, end);
    for (const window of cutRun(file, at, stop, length, step, contentOf(file, at, stop))) windows.push(window);
  }
  return windows;
}
