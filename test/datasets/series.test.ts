import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { splitNames } from '../../main/contract/index.ts';
import { openDataset, type Dataset } from '../../main/datasets/index.ts';
import { writeFiles } from './fixtures.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'series-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Rows of a motion: two channels, each class with a frequency of its own. */
function motion(rows: number, frequency: number, seed: number): string[] {
  return Array.from({ length: rows }, (_, i) =>
    [Math.sin(frequency * i + seed), Math.cos(frequency * i * 1.3 + seed) + seed * 1e-3]
      .map((value) => value.toFixed(5))
      .join(','),
  );
}

const labelled = (rows: readonly string[], label: string): string[] => rows.map((row) => `${row},${label}`);
const file = (header: string, rows: readonly string[]): string => `${header}\n${rows.join('\n')}\n`;
const count = (dataset: Dataset): number => splitNames.reduce((sum, name) => sum + dataset[name].labels.length, 0);
const manyRuns = (): string[] =>
  Array.from({ length: 24 }, (_, i) => labelled(motion(300, i % 2 ? 0.1 : 0.3, i), i % 2 ? 'walk' : 'run')).flat();

describe('a row for each moment', () => {
  it('is cut into windows of one class, moments × channels', async () => {
    writeFiles(root, { 'imu.csv': file('ax,ay,label', manyRuns()) });
    const dataset = await openDataset(join(root, 'imu.csv?window=50&step=25'));
    expect(dataset.kind).toBe('series');
    expect(dataset.shape).toEqual({ height: 50, width: 2, channels: 1 });
    expect(dataset.classes).toEqual(['run', 'walk']);
    // Each run of 300 rows is one segment: windows start at 0, 25, … 250.
    expect(count(dataset)).toBe(24 * 11);
    expect(dataset.mirrorable).toBe(false);
    expect(dataset.report.found[0]).toBe(
      'CSV time series, a moment in each row: 264 windows of 50 moments, one every 25 × 2.',
    );
  });

  it('never shares a row between two splits', async () => {
    writeFiles(root, {
      'imu.csv': file('ax,ay,label', [...labelled(motion(4000, 0.1, 1), 'a'), ...labelled(motion(4000, 0.3, 2), 'b')]),
    });
    const dataset = await openDataset(join(root, 'imu.csv?window=32&step=8'));
    const ownerOf = new Map<number, string>();
    for (const name of splitNames) {
      expect(dataset[name].labels.length).toBeGreaterThan(0);
      for (const id of dataset[name].ids) {
        const first = Number(id.split(':')[1]);
        for (let row = first; row < first + 32; row++) {
          expect(ownerOf.get(row) ?? name).toBe(name);
          ownerOf.set(row, name);
        }
      }
    }
  });

  it('takes time columns for no channel, and keeps what a group column names together', async () => {
    const rows = Array.from({ length: 12 }, (_, who) =>
      ['a', 'b'].flatMap((label, l) =>
        motion(80, 0.1 + l, who).map((row, i) => `${i * 20},subject ${who},${row},${label}`),
      ),
    ).flat();
    writeFiles(root, { 'x.csv': file('timestamp,subject,ax,ay,activity', rows) });
    const dataset = await openDataset(join(root, 'x.csv?window=20'));
    expect(dataset.shape).toEqual({ height: 20, width: 2, channels: 1 });
    expect(dataset.report.splits.test).toMatch(
      /^All samples of subject \d+, subject \d+, none of which is in training\.$/,
    );
  });

  it('may be written with semicolons and decimal commas, tabs, quotes, a byte order mark, in any line ends', async () => {
    const numbers = Array.from({ length: 200 }, (_, i) => [Math.sin(i / 3), Math.cos(i / 7)] as const);
    const rows = (separator: string, show: (value: number) => string): string[] =>
      ['a', 'b'].flatMap((label, l) =>
        numbers.map(([x, y]) => [show(x + l), show(y - l), `"${label}"`].join(separator)),
      );
    const german = (value: number): string => value.toFixed(4).replace('.', ',');
    const plain = (value: number): string => value.toFixed(4);
    writeFiles(root, {
      'german/x.csv': `\uFEFF"links";"rechts";"label"\r\n${rows(';', german).join('\r\n')}`,
      'tabs/x.tsv': `links\trechts\tlabel\n${rows('\t', plain).join('\n')}`,
      'wide/x.csv': Buffer.from(`\uFEFFlinks,rechts,label\n${rows(',', plain).join('\n')}`, 'utf16le'),
    });
    const opened = await Promise.all(
      ['german/x.csv', 'tabs/x.tsv', 'wide/x.csv'].map((name) => openDataset(join(root, `${name}?window=10`))),
    );
    expect(new Set(opened.map(({ fingerprint }) => fingerprint)).size).toBe(1);
  });

  it('lists rows that are no numbers, and no window reaches over them', async () => {
    const rows = manyRuns();
    rows[10] = 'nan,0.5,run';
    rows[400] = '0.1,walk';
    rows[900] = '0x10,0.5,walk';
    writeFiles(root, { 'imu.csv': file('ax,ay,label', rows) });
    const dataset = await openDataset(join(root, 'imu.csv?window=50&step=50'));
    expect(dataset.report.broken).toEqual([
      { id: 'imu.csv:12', code: 'dataset.broken-row', reason: '“nan” in the column ax is no number' },
      { id: 'imu.csv:402', code: 'dataset.broken-row', reason: 'it has 2 cells instead of 3' },
      { id: 'imu.csv:902', code: 'dataset.broken-row', reason: '“0x10” in the column ax is no number' },
    ]);
    const starts = splitNames.flatMap((name) => dataset[name].ids.map((id) => Number(id.split(':')[1])));
    for (const line of [12, 402, 902]) expect(starts.some((first) => first <= line && line < first + 50)).toBe(false);
  });
});

describe('a row for each sample', () => {
  it('has the class first, without a header, and its split in the file’s name, as UCR’s have', async () => {
    const rows = (n: number, shift: number): string =>
      Array.from({ length: n }, (_, i) =>
        [
          1 + (i % 2),
          ...Array.from({ length: 30 }, (_, t) => (Math.sin(t * (1 + (i % 2)) + i * 0.1) + shift).toFixed(4)),
        ].join(','),
      ).join('\n');
    writeFiles(root, { 'Beat_TRAIN.csv': rows(40, 0), 'Beat_TEST.csv': rows(20, 0.001) });
    const dataset = await openDataset(root);
    expect(dataset.shape).toEqual({ height: 30, width: 1, channels: 1 });
    expect(dataset.classes).toEqual(['1', '2']);
    expect(dataset.test.labels).toHaveLength(20);
    expect(dataset.train.labels.length + dataset.validation.labels.length).toBe(40);
    expect((await openDataset(`${root}?channels=3`)).shape).toEqual({ height: 10, width: 3, channels: 1 });
  });
});

describe('a file for each recording', () => {
  it('has its class in its folder, or in the first word of its name', async () => {
    const recording = (frequency: number, seed: number): string =>
      file(
        'time,ax,ay',
        motion(64, frequency, seed).map((row, i) => `${i},${row}`),
      );
    const byFolder: Record<string, string> = {};
    const byName: Record<string, string> = {};
    for (let i = 0; i < 10; i++) {
      for (const [c, name] of ['idle', 'wave'].entries()) {
        byFolder[`folders/${name}/${i}.csv`] = recording(0.1 + c, i);
        byName[`names/${name}.${i}.csv`] = recording(0.1 + c, i);
      }
    }
    writeFiles(root, { ...byFolder, ...byName });
    for (const form of ['folders', 'names']) {
      const dataset = await openDataset(join(root, `${form}?window=16&step=4`));
      expect(dataset.classes).toEqual(['idle', 'wave']);
      // A recording is wholly in one split.
      const files = splitNames.map((name) => new Set(dataset[name].ids.map((id) => id.split(':')[0])));
      expect(files[0].size + files[1].size + files[2].size).toBe(20);
      for (const labels of splitNames.map((name) => new Set(dataset[name].labels))) expect(labels.size).toBe(2);
    }
  });
});

describe('values', () => {
  it('are scaled by the training samples’ range alone', async () => {
    const rows = (n: number, scale: number): string =>
      Array.from({ length: n }, (_, i) =>
        [
          i % 2 ? 'up' : 'down',
          ...Array.from({ length: 24 }, (_, t) => ((t + i) % 24) * (i % 2 ? 1 : 0.9) * scale),
        ].join(','),
      ).join('\n');
    writeFiles(root, { 'x_train.csv': rows(60, 1), 'x_val.csv': rows(10, 1), 'x_test.csv': rows(10, 100) });
    const { train, test, report } = await openDataset(root);
    expect(report.found[1]).toBe('Scaled to 0 … 255: channel 1 0 … 23.');
    expect(Math.max(...train.samples)).toBe(255);
    // Test values a hundred times as large are clipped; they did not stretch the range.
    expect(test.samples.filter((value) => value === 255).length).toBeGreaterThan(test.samples.length * 0.9);
  });
});

describe('a CSV is refused', () => {
  it.each([
    ['that is empty', '', /x\.csv cannot be read as a time series: it is empty\./],
    ['that is no text', 'a,b\0c\n1,2', /it is no text/],
    [
      'with one class alone',
      file(
        'a,label',
        Array.from({ length: 99 }, (_, i) => `${i},x`),
      ),
      /it has only one class/,
    ],
    ['without numbers', file('label', ['x', 'y']), /it has no column of numbers/],
    ['with runs that are shorter than a window', file('a,label', ['1,x', '2,y']), /as long as a window of 64 rows/],
    ['with nothing but broken rows', file('a,label', ['1,x,2', '2,y,3']), /line 2: it has 3 cells instead of 2/],
  ])('%s', async (_, text, message) => {
    writeFiles(root, { 'x.csv': text });
    await expect(openDataset(join(root, 'x.csv'))).rejects.toThrow(message);
  });

  it('whose label column is not there', async () => {
    writeFiles(root, { 'x.csv': file('a,b', ['1,2', '3,4']) });
    await expect(openDataset(join(root, 'x.csv?label=gesture'))).rejects.toThrow(
      'x.csv cannot be read as a time series: it has no column gesture; its columns are a, b.',
    );
  });

  it('that has other columns than the file beside it', async () => {
    writeFiles(root, { 'x.csv': file('a,label', ['1,x', '2,x']), 'y.csv': file('b,label', ['1,x', '2,x']) });
    await expect(openDataset(root)).rejects.toThrow('y.csv has the columns b, but x.csv has a.');
  });
});
