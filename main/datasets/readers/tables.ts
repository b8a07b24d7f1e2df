import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import type { SplitName } from '../../contract/index.ts';
import type { ReadSamples } from '../assemble.ts';
import type { Container } from '../container/container.ts';
import { openFolder } from '../container/folder.ts';
import { datasetError } from '../errors.ts';
import type { SpecOptions } from '../spec.ts';
import { readCifar } from './cifar.ts';
import { readIdx } from './idx.ts';
import { readSeries } from './series.ts';

/** Samples as a table-like format holds them: all in one array, in the order of the file. */
export interface Table {
  readonly kind: 'images' | 'series';
  readonly shape: { readonly height: number; readonly width: number; readonly channels: number };
  readonly classes: readonly string[];
  readonly samples: Uint8Array;
  readonly labels: readonly number[];
  readonly splits: readonly (SplitName | null)[];
  readonly groups: readonly (string | null)[];
  readonly ids: readonly string[];
  readonly found: readonly string[];
}

/** A file as the table readers see it. */
export interface TableFile {
  readonly name: string;
  readonly read: () => Uint8Array;
}

const readers = [readCifar, readIdx, readSeries];

/**
 * Reads formats that hold many samples in a file: CIFAR binaries, IDX, CSV. `path` is one of the files, or what
 * `container` was opened from. Throws `dataset.not-recognized`.
 */
export function readTableFile(path: string, spec: string, given: SpecOptions, container?: Container): ReadSamples {
  const files: TableFile[] =
    container === undefined
      ? besideOf(path)
      : container.entries.map((entry) => ({
          name: entry.path.split('/').at(-1) ?? '',
          read: () => container.read(entry),
        }));
  for (const reader of readers) {
    const table = reader(files, given);
    if (table === null) continue;
    given.finish();
    return withHashes(table, basename(path, extname(path)), spec);
  }
  throw datasetError(
    'not-recognized',
    `${path} holds no dataset that is known.`,
    'Known are: one folder of images or WAV recordings for each class (in a folder or zip, also below train, validation and test), CIFAR binaries, IDX, and CSV time series with a label column.',
    { path, files: files.slice(0, 10).map(({ name }) => name) },
  );
}

/** A single file, and (for formats that spread over several) those beside it. */
function besideOf(path: string): TableFile[] {
  if (/\.csv$/i.test(path)) return [{ name: basename(path), read: () => readFileSync(path) }];
  const folder = openFolder(dirname(path));
  return folder.entries
    .filter(({ path: name }) => !name.includes('/'))
    .map((entry) => ({ name: entry.path, read: () => folder.read(entry) }));
}

function withHashes(table: Table, name: string, spec: string): ReadSamples {
  const bytes = table.shape.height * table.shape.width * table.shape.channels;
  const hashes = table.labels.map((_, i) =>
    createHash('sha256')
      .update(table.samples.subarray(i * bytes, (i + 1) * bytes))
      .digest('hex'),
  );
  return { ...table, name, spec, mirrorable: false, hashes, broken: [] };
}
