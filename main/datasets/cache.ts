import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DatasetReport } from '../contract/index.ts';
import { splitNames } from '../contract/index.ts';
import { allocateSplit, sampleBytes, type Dataset } from './dataset.ts';

/** Raised whenever decoding changes: older files are then not found any more. */
const VERSION = 3;
/** Bytes of all kept datasets together; the ones that were not used for longest go first. */
const MOST_KEPT = 12 * 2 ** 30;

interface Header {
  readonly report: DatasetReport;
  readonly mirrorable: boolean;
  readonly classes: readonly string[];
  readonly ids: readonly (readonly string[])[];
}

const fileFor = (folder: string, key: string): string =>
  join(folder, `${createHash('sha256').update(`${VERSION}\0${key}`).digest('hex').slice(0, 40)}.samples`);

const DIGEST_BYTES = 32;

/**
 * A dataset that was decoded before, or null. A file that is damaged in any way is removed, and the dataset read anew.
 *
 * @param key all that decides what the samples are: the files' stamp and every option
 */
export function readCache(folder: string, key: string): Dataset | null {
  const file = fileFor(folder, key);
  if (!existsSync(file)) return null;
  try {
    const handle = openSync(file, 'r');
    try {
      const dataset = readDataset(handle, fstatSync(handle).size);
      futimesSync(handle, new Date(), new Date());
      return dataset;
    } finally {
      closeSync(handle);
    }
  } catch {
    // Whatever is wrong with it, the samples themselves are still there: they are decoded again.
    rmSync(file, { force: true });
    return null;
  }
}

/** The file: SHA-256 of what follows, length of the header, header (JSON), then labels and samples of each split. */
function readDataset(handle: number, size: number): Dataset {
  const hash = createHash('sha256');
  let at = 0;
  const take = (length: number, target: Uint8Array = new Uint8Array(length)): Uint8Array => {
    if (length > size - at) throw new RangeError('the file ends early');
    for (let filled = 0; filled < length;) {
      const got = readSync(handle, target, filled, Math.min(length - filled, 2 ** 30), at);
      if (got === 0) throw new RangeError('the file ends early');
      filled += got;
      at += got;
    }
    return target;
  };
  const digest = Buffer.from(take(DIGEST_BYTES));
  const takeHashed = (length: number, target?: Uint8Array): Uint8Array => {
    const bytes = take(length, target);
    hash.update(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return bytes;
  };
  const length = Buffer.from(takeHashed(4)).readUInt32LE();
  const { report, mirrorable, classes, ids } = JSON.parse(Buffer.from(takeHashed(length)).toString('utf8')) as Header;
  const splits = ids.map((names) => {
    if (names.length * sampleBytes(report.shape) > size) throw new RangeError('the header claims too much');
    const split = allocateSplit(report.shape, names.length);
    takeHashed(split.labels.byteLength, new Uint8Array(split.labels.buffer));
    takeHashed(split.samples.length, split.samples);
    for (const name of names) split.ids.push(name);
    return split;
  });
  if (!hash.digest().equals(digest)) throw new RangeError('checksum');
  const [train, validation, test] = splits;
  const { name, kind, shape, fingerprint } = report;
  return { name, kind, shape, classes, mirrorable, train, validation, test, fingerprint, report };
}

/**
 * Keeps a decoded dataset: written beside and renamed, so that a kill leaves the old state.
 *
 * @throws what the file system says; the dataset itself is not touched by that
 */
export function writeCache(folder: string, key: string, dataset: Dataset): void {
  mkdirSync(folder, { recursive: true });
  const file = fileFor(folder, key);
  const fresh = `${file}.${process.pid}.${randomBytes(4).toString('hex')}.new`;
  try {
    const handle = openSync(fresh, 'wx');
    try {
      writeDataset(handle, dataset);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  removeOldest(folder, file);
}

function writeDataset(handle: number, dataset: Dataset): void {
  const { report, mirrorable, classes } = dataset;
  const header: Header = { report, mirrorable, classes, ids: splitNames.map((name) => dataset[name].ids) };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const parts: Uint8Array[] = [length, text];
  for (const name of splitNames) {
    const { labels, samples } = dataset[name];
    parts.push(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength), samples);
  }
  const hash = createHash('sha256');
  for (const part of parts) hash.update(Buffer.from(part.buffer, part.byteOffset, part.byteLength));
  for (const part of [hash.digest(), ...parts]) {
    for (let at = 0; at < part.length;) at += writeSync(handle, part, at, Math.min(part.length - at, 2 ** 28));
  }
}

/** A day: what is being written by another process is younger. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

function removeOldest(folder: string, newest: string): void {
  const files = readdirSync(folder)
    .filter((name) => /\.samples(\.\d+\.[0-9a-f]+\.new)?$/.test(name))
    .map((name) => join(folder, name))
    .flatMap((file) => {
      const status = statSync(file, { throwIfNoEntry: false });
      return status ? [{ file, bytes: status.size, usedMs: status.mtimeMs }] : [];
    })
    .sort((a, b) => b.usedMs - a.usedMs);
  let kept = 0;
  for (const { file, bytes, usedMs } of files) {
    kept += bytes;
    const unfinished = file.endsWith('.new');
    const abandoned = unfinished && Date.now() - usedMs > ABANDONED_MS;
    if (abandoned || (kept > MOST_KEPT && !unfinished && file !== newest)) rmSync(file, { force: true });
  }
}
