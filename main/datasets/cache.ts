import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DatasetReport } from '../contract/index.ts';
import { splitNames } from '../contract/index.ts';
import { allocateSplit, sampleBytes, type Dataset } from './dataset.ts';
import { fingerprintOf } from './fingerprint.ts';

/** Raised whenever decoding changes: older files are then not found any more. */
const VERSION = 1;

interface Header {
  readonly report: DatasetReport;
  readonly mirrorable: boolean;
  readonly classes: readonly string[];
  readonly ids: readonly (readonly string[])[];
}

const fileFor = (folder: string, key: string): string =>
  join(folder, `${createHash('sha256').update(`${VERSION}\0${key}`).digest('hex').slice(0, 40)}.samples`);

/**
 * A dataset that was decoded before, or null. A file that is damaged in any way is removed, and the dataset read anew.
 *
 * @param key all that decides what the samples are: the files' stamp and every option
 */
export function readCache(folder: string, key: string): Dataset | null {
  const file = fileFor(folder, key);
  if (!existsSync(file)) return null;
  const handle = openSync(file, 'r');
  try {
    return readDataset(handle);
  } catch {
    rmSync(file, { force: true });
    return null;
  } finally {
    closeSync(handle);
  }
}

function readDataset(handle: number): Dataset {
  let at = 0;
  const take = (target: Uint8Array): void => {
    for (let filled = 0; filled < target.length;) {
      const got = readSync(handle, target, filled, Math.min(target.length - filled, 2 ** 30), at);
      if (got === 0) throw new RangeError('the file ends early');
      filled += got;
      at += got;
    }
  };
  const length = Buffer.alloc(4);
  take(length);
  const text = Buffer.alloc(length.readUInt32LE());
  take(text);
  const { report, mirrorable, classes, ids } = JSON.parse(text.toString('utf8')) as Header;
  const [train, validation, test] = ids.map((names) => {
    const split = allocateSplit(report.shape, names.length);
    take(new Uint8Array(split.labels.buffer));
    take(split.samples);
    split.ids.push(...names);
    return split;
  });
  // The fingerprint is over everything that matters: it is the checksum.
  if (fingerprintOf(report.shape, classes, [train, validation, test]) !== report.fingerprint)
    throw new RangeError('checksum');
  const { name, kind, shape, fingerprint } = report;
  return { name, kind, shape, classes, mirrorable, train, validation, test, fingerprint, report };
}

/** Keeps a decoded dataset: written beside and renamed, so that a kill leaves the old state. */
export function writeCache(folder: string, key: string, dataset: Dataset): void {
  mkdirSync(folder, { recursive: true });
  const file = fileFor(folder, key);
  const fresh = `${file}.${process.pid}.new`;
  const handle = openSync(fresh, 'w');
  try {
    const { report, mirrorable, classes } = dataset;
    const header: Header = { report, mirrorable, classes, ids: splitNames.map((name) => dataset[name].ids) };
    const text = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    const write = (bytes: Uint8Array): void => {
      for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at, Math.min(bytes.length - at, 2 ** 28));
    };
    write(length);
    write(text);
    for (const name of splitNames) {
      const { labels, samples } = dataset[name];
      write(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength));
      write(samples.subarray(0, labels.length * sampleBytes(dataset.shape)));
    }
    fsyncSync(handle);
  } catch (error) {
    closeSync(handle);
    rmSync(fresh, { force: true });
    throw error;
  }
  closeSync(handle);
  renameSync(fresh, file);
}
