import { createHash } from 'node:crypto';
import type { BrokenSample } from '../../contract/index.ts';
import { datasetError } from '../errors.ts';
import type { Table, TableFile } from '../readers/tables.ts';
import type { SpecOptions } from '../spec.ts';
import { planSplits, type SplitInput } from '../splits.ts';
import { readRows, type SeriesFile } from './rows.ts';
import { cutWindows } from './windows.ts';

/** Where a row has this many numbers, it is a whole sample (UCR's form) rather than one moment. */
const LONG_ROW = 24;
const DEFAULT_WINDOW = 64;
/** Values by which a channel's range is found. */
const MOST_SORTED = 1_000_000;

/** One sample before it becomes bytes. */
interface Piece {
  readonly id: string;
  readonly label: string;
  readonly group: string | null;
  readonly split: SeriesFile['split'];
  readonly values: Float64Array;
}

/**
 * CSV time series, in one of three forms: a row for each moment with a column for the label; a file for each recording,
 * the class in its folder or name; or a row for each sample, all its values side by side (with `channels=n`,
 * interleaved). Samples are `window` moments × channels. Each channel is scaled so that the 1st … 99th percentile of
 * the training samples become 0 … 255.
 *
 * @throws StudioError `dataset.csv-broken`, `dataset.csv-mixed`, `dataset.csv-short`
 */
export function readSeries(files: readonly TableFile[], given: SpecOptions): Table | null {
  const tables = files.filter(({ name }) => /\.(csv|tsv)$/i.test(name));
  if (tables.length === 0) return null;
  const labelColumn = given.word('label');
  const broken: BrokenSample[] = [];
  const parts = tables.map(({ path, read }) => readRows(path, read(), labelColumn, broken));
  const [{ channelNames, path }] = parts;
  const odd = parts.find((part) => part.channelNames.join('\0') !== channelNames.join('\0'));
  if (odd !== undefined) {
    throw datasetError(
      'csv-mixed',
      `${odd.path} has the columns ${odd.channelNames.slice(0, 8).join(', ')}, but ${path} has ${channelNames.slice(0, 8).join(', ')}.`,
      'Put files with the same columns together.',
      { file: odd.path },
    );
  }
  const guessed = channelNames.length >= LONG_ROW ? 'samples' : 'moments';
  const rows = given.choice('rows', ['auto', 'samples', 'moments']);
  const form = rows === 'auto' ? guessed : rows;
  const { pieces, width, window, step } = form === 'samples' ? rowSamples(parts, given) : windowSamples(parts, given);
  if (pieces.length === 0) {
    throw datasetError(
      'csv-short',
      `No stretch of one class in ${path} is as long as a window of ${window} rows.`,
      'Choose a shorter window with window=N.',
      { window },
    );
  }
  const what =
    form === 'samples'
      ? `a sample in each row: ${pieces.length} of ${window} moments`
      : `a moment in each row: ${pieces.length} windows of ${window} moments, one every ${step}`;
  return toTable(pieces, window, width, broken, form === 'samples' ? [] : channelNames, what);
}

function rowSamples(parts: readonly SeriesFile[], given: SpecOptions) {
  const total = parts[0].channelNames.length;
  const width = given.whole('channels', 1, total, 1);
  const window = Math.floor(total / width);
  const pieces = parts.flatMap((file) =>
    file.labels.map((label, row): Piece => ({
      id: `${file.path}:${file.lines[row]}`,
      label,
      group: file.groups?.[row] ?? null,
      split: file.split,
      values: file.values.subarray(row * total, row * total + window * width),
    })),
  );
  return { pieces, width, window, step: 0 };
}

function windowSamples(parts: readonly SeriesFile[], given: SpecOptions) {
  const width = parts[0].channelNames.length;
  const window = given.whole('window', 4, 4096, DEFAULT_WINDOW);
  const step = given.whole('step', 1, 4096, Math.max(1, window >> 1));
  const pieces = cutWindows(parts, window, step).map(({ file, first, label, group }): Piece => ({
    id: `${file.path}:${file.lines[first]}`,
    label,
    group,
    split: file.split,
    values: file.values.subarray(first * width, (first + window) * width),
  }));
  return { pieces, width, window, step };
}

function toTable(
  pieces: readonly Piece[],
  window: number,
  width: number,
  broken: readonly BrokenSample[],
  channelNames: readonly string[],
  what: string,
): Table {
  const classes = [...new Set(pieces.map(({ label }) => label))].sort((a, b) => (a < b ? -1 : 1));
  const index = new Map(classes.map((name, i) => [name, i]));
  const labels = pieces.map(({ label }) => index.get(label) ?? 0);
  const inputs = pieces.map(({ values, split, group }, i): SplitInput => ({
    contentHash: createHash('sha256').update(values).digest('hex'),
    label: labels[i],
    split,
    group,
  }));
  // Ranges are of training samples alone, so that validation and test tell nothing about themselves beforehand.
  const { splits } = planSplits(inputs);
  const training = pieces.filter((_, i) => splits[i] === 'train');
  const ranges = Array.from({ length: width }, (_, c) => rangeOf(training.length > 0 ? training : pieces, c, width));
  const sampleBytes = window * width;
  const samples = new Uint8Array(pieces.length * sampleBytes);
  pieces.forEach(({ values }, piece) => {
    for (let i = 0; i < sampleBytes; i++) {
      const [low, high] = ranges[i % width];
      const share = high > low ? (values[i] - low) / (high - low) : 0.5;
      samples[piece * sampleBytes + i] = Math.round(255 * Math.min(1, Math.max(0, share)));
    }
  });
  const show = (value: number): string => String(Number(value.toPrecision(4)));
  const scaled = ranges
    .slice(0, 12)
    .map(([low, high], c) => `${channelNames[c] ?? `channel ${c + 1}`} ${show(low)} … ${show(high)}`);
  return {
    kind: 'series',
    shape: { height: window, width, channels: 1 },
    classes,
    samples,
    labels,
    hashes: inputs.map(({ contentHash }) => contentHash),
    splits: pieces.map(({ split }) => split),
    groups: pieces.map(({ group }) => group),
    ids: pieces.map(({ id }) => id),
    broken,
    mirrorable: false,
    found: [`CSV time series, ${what} × ${width}.`, `Scaled to 0 … 255: ${scaled.join(', ')}.`],
  };
}

/** The 1st and 99th percentile of a channel; of every so many values where there are very many. */
function rangeOf(pieces: readonly Piece[], channel: number, width: number): [number, number] {
  const steps = pieces[0].values.length / width;
  const stride = Math.max(1, Math.ceil((pieces.length * steps) / MOST_SORTED));
  const values: number[] = [];
  let count = 0;
  for (const piece of pieces) {
    for (let i = channel; i < piece.values.length; i += width) if (count++ % stride === 0) values.push(piece.values[i]);
  }
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return [at(0.01), at(0.99)];
}
