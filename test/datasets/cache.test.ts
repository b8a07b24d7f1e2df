import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCache, writeCache } from '../../main/datasets/cache.ts';
import { sampleBytes } from '../../main/datasets/dataset.ts';
import { openDataset, type Dataset } from '../../main/datasets/index.ts';
import { classFolders, picture, writeFiles } from './fixtures.ts';

let root: string;
let folder: string;
let cacheDir: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'cache-'));
  folder = writeFiles(join(root, 'set'), await classFolders(['a', 'b'], 10));
  cacheDir = join(root, 'kept');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Opens the dataset, and tells whether it was decoded for that. */
async function open(spec = folder): Promise<{ dataset: Dataset; decoded: boolean }> {
  let decoded = false;
  const dataset = await openDataset(spec, { cacheDir, onProgress: () => (decoded = true) });
  return { dataset, decoded };
}

const cacheFile = (): string => join(cacheDir, readdirSync(cacheDir)[0]);

describe('kept samples', () => {
  it('may be very many', async () => {
    const { dataset } = await open();
    const many = 200_000;
    const samples = new Uint8Array(new SharedArrayBuffer(many * sampleBytes(dataset.shape)));
    const train = {
      samples,
      labels: new Uint16Array(new SharedArrayBuffer(2 * many)),
      ids: Array.from({ length: many }, String),
    };
    const large = { ...dataset, train: { ...dataset.train, ...train } };
    writeCache(cacheDir, 'large', large);
    expect(readCache(cacheDir, 'large')?.train.ids).toEqual(train.ids);
  });

  it('are the same as decoded ones, and nothing is decoded for them', async () => {
    const first = await open();
    const second = await open();
    expect([first.decoded, second.decoded]).toEqual([true, false]);
    expect(second.dataset).toEqual(first.dataset);
    expect(second.dataset.train.samples.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('are not taken for others: another size, a changed file, a new file', async () => {
    await open();
    expect((await open(`${folder}?size=9`)).decoded).toBe(true);
    writeFileSync(join(folder, 'a', '0.png'), await picture(5555));
    expect((await open()).decoded).toBe(true);
    writeFiles(folder, { 'a/more.png': await picture(6666) });
    expect((await open()).decoded).toBe(true);
    expect((await open()).decoded).toBe(false);
  });

  it.each([
    ['a byte of the samples', (bytes: Buffer) => bytes.length - 5],
    ['a byte of the header', () => 60],
    ['a byte of the checksum', () => 3],
    ['the length of the header', () => 34],
  ])('with %s changed are decoded again', async (_, placeIn) => {
    const { dataset } = await open();
    const file = cacheFile();
    const bytes = readFileSync(file);
    bytes[placeIn(bytes)] ^= 0x41;
    writeFileSync(file, bytes);
    const again = await open();
    expect(again.decoded).toBe(true);
    expect(again.dataset).toEqual(dataset);
    expect((await open()).decoded).toBe(false);
  });

  it('that are cut off are decoded again', async () => {
    await open();
    const { length } = readFileSync(cacheFile());
    for (const kept of [0, 10, 40, length >> 1, length - 1]) {
      truncateSync(cacheFile(), kept);
      expect((await open()).decoded).toBe(true);
    }
  });

  it('that cannot be written cost nothing but a warning', async () => {
    writeFileSync(cacheDir, 'a file stands where the folder should be');
    const { dataset } = await open();
    expect(dataset.train.labels.length).toBeGreaterThan(0);
    expect(dataset.report.warnings.map(({ code }) => code)).toContain('dataset.not-kept');
  });

  it('leave nothing half-written, and clean up after those who were killed', async () => {
    mkdirSync(cacheDir);
    const left = join(cacheDir, `${'0'.repeat(40)}.samples.4711.00ff00ff.new`);
    writeFileSync(left, 'x');
    utimesSync(left, new Date(0), new Date(0));
    await open();
    expect(readdirSync(cacheDir)).toHaveLength(1);
    expect(readdirSync(cacheDir)[0]).toMatch(/^[0-9a-f]{40}\.samples$/);
  });
});

describe('opening', () => {
  it('tells how far it is, and can be stopped', async () => {
    folder = writeFiles(join(root, 'more'), await classFolders(['c', 'd'], 60));
    const progress: number[] = [];
    await openDataset(folder, { onProgress: ({ done, total }) => progress.push(done / (total ?? 1)) });
    expect(progress.at(-1)).toBe(1);
    expect([...progress].sort((a, b) => a - b)).toEqual(progress);
    const abort = new AbortController();
    const stopped = openDataset(folder, { cacheDir, signal: abort.signal, onProgress: () => abort.abort() });
    await expect(stopped).rejects.toThrow(/abort/i);
    await expect(openDataset(folder, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});
