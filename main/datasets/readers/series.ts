import { datasetError } from '../errors.ts';
import type { SpecOptions } from '../spec.ts';
import type { Table, TableFile } from './tables.ts';

const broken = (name: string, why: string): Error =>
  datasetError(
    'csv-broken',
    `${name} cannot be read as a time series: ${why}.`,
    'The first line names the columns; one column is called label (or named by ?label=…), one may be called group, all others are numbers.',
    { file: name },
  );

interface Rows {
  readonly name: string;
  readonly channels: readonly string[];
  /** Row by row, channel by channel. */
  readonly values: Float64Array;
  readonly labels: readonly string[];
  readonly groups: readonly (string | null)[];
}

/**
 * CSV time series: one row for each moment, one column for each channel, a column `label`, perhaps a column `group`
 * (whose series stay together). Cut into windows of `window` rows every `step` rows; a window whose label changes is
 * left out. Each channel is scaled from its 1st … 99th percentile to 0 … 255.
 */
export function readSeries(files: readonly TableFile[], given: SpecOptions): Table | null {
  const tables = files.filter(({ name }) => /\.csv$/i.test(name));
  if (tables.length === 0) return null;
  const window = given.whole('window', 4, 4096, 64);
  const step = given.whole('step', 1, 4096, Math.max(1, window >> 1));
  const labelColumn = given.word('label') ?? 'label';
  const parts = tables.map((file) => readRows(file, labelColumn));
  const [first] = parts;
  const odd = parts.find(({ channels }) => channels.join() !== first.channels.join());
  if (odd !== undefined)
    throw broken(odd.name, `its columns ${odd.channels.join(', ')} differ from those of ${first.name}`);

  const width = first.channels.length;
  const ranges = first.channels.map((_, c) => percentiles(parts, c, width));
  const classes = [...new Set(parts.flatMap(({ labels }) => labels))].sort();
  const samples: number[] = [];
  const labels: number[] = [];
  const groups: (string | null)[] = [];
  const ids: string[] = [];
  for (const { name, values, labels: rowLabels, groups: rowGroups } of parts) {
    for (let start = 0; start + window <= rowLabels.length; start += step) {
      const label = rowLabels[start];
      const whole = rowLabels
        .slice(start, start + window)
        .every((l, i) => l === label && rowGroups[start + i] === rowGroups[start]);
      if (!whole) continue;
      for (let i = start * width; i < (start + window) * width; i++) {
        const [low, high] = ranges[i % width];
        samples.push(Math.round(255 * Math.min(1, Math.max(0, (values[i] - low) / (high - low || 1)))));
      }
      labels.push(classes.indexOf(label));
      // Overlapping windows share rows: without groups of their own, windows of one stretch stay together.
      groups.push(rowGroups[start] ?? `${name}#${Math.floor(start / (window * 8))}`);
      ids.push(`${name}#${start}`);
    }
  }
  return {
    kind: 'series',
    shape: { height: window, width, channels: 1 },
    classes,
    samples: Uint8Array.from(samples),
    labels,
    splits: labels.map(() => null),
    groups,
    ids,
    found: [
      `CSV time series of ${width} channels (${first.channels.join(', ')}): ${labels.length} windows of ${window} rows.`,
    ],
  };
}

function readRows(file: TableFile, labelColumn: string): Rows {
  const lines = new TextDecoder()
    .decode(file.read())
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const separator = (lines[0] ?? '').includes(';') ? ';' : ',';
  const cells = (line: string): string[] => line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
  const header = cells(lines[0] ?? '');
  const labelAt = header.indexOf(labelColumn);
  const groupAt = header.indexOf('group');
  if (labelAt < 0) throw broken(file.name, `it has no column ${labelColumn}`);
  const channelAt = header.map((_, i) => i).filter((i) => i !== labelAt && i !== groupAt);
  if (channelAt.length === 0) throw broken(file.name, 'it has no column of numbers');
  const values = new Float64Array((lines.length - 1) * channelAt.length);
  const labels: string[] = [];
  const groups: (string | null)[] = [];
  lines.slice(1).forEach((line, row) => {
    const parts = cells(line);
    if (parts.length !== header.length)
      throw broken(file.name, `line ${row + 2} has ${parts.length} columns instead of ${header.length}`);
    channelAt.forEach((from, c) => {
      const value = Number(parts[from]);
      if (parts[from] === '' || !Number.isFinite(value)) {
        throw broken(
          file.name,
          `line ${row + 2} has «${parts[from]}» in the column ${header[from]}, which is no number`,
        );
      }
      values[row * channelAt.length + c] = value;
    });
    labels.push(parts[labelAt]);
    groups.push(groupAt < 0 ? null : parts[groupAt]);
  });
  return { name: file.name, channels: channelAt.map((i) => header[i]), values, labels, groups };
}

function percentiles(parts: readonly Rows[], channel: number, width: number): [number, number] {
  const all: number[] = [];
  for (const { values } of parts) for (let i = channel; i < values.length; i += width) all.push(values[i]);
  all.sort((a, b) => a - b);
  const at = (share: number): number => all[Math.min(all.length - 1, Math.floor(share * all.length))];
  return [at(0.01), at(0.99)];
}
