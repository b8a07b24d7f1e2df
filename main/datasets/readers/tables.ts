import { createHash } from 'node:crypto';
import { basename, dirname, extname } from 'node:path';
import type { BrokenSample, SplitName } from '../../contract/index.ts';
import type { ReadSamples } from '../assemble.ts';
import { LARGEST_TABLE, type Container } from '../container/container.ts';
import type { InputShape } from '../../core/architecture/index.ts';
import { openFolder } from '../container/folder.ts';
import { BrokenSampleError, datasetError } from '../errors.ts';
import { checkLimits } from '../limits.ts';
import type { SpecOptions } from '../spec.ts';
import { readSeries } from '../csv/series.ts';
import { resizeAll } from '../resize.ts';
import { readCifar } from './cifar.ts';
import { readIdx } from './idx.ts';

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
  /** SHA-256 of each sample as the file has it; that of its bytes where absent. */
  readonly hashes?: readonly string[];
  readonly broken?: readonly BrokenSample[];
  /** Whether a mirrored sample still belongs to its class. */
  readonly mirrorable: boolean;
  readonly found: readonly string[];
}

/** A file as the table readers see it. */
export interface TableFile {
  /** The last part of `path`. */
  readonly name: string;
  /** Below the dataset's root. */
  readonly path: string;
  readonly read: () => Uint8Array;
}

const readers = [readCifar, readIdx, readSeries];

/**
 * Reads formats that hold many samples in a file: CIFAR binaries, IDX, CSV. `path` is one of the files, or what
 * `container` was opened from. Throws `dataset.not-recognized`.
 */
export function readTableFile(
  path: string,
  spec: string,
  given: SpecOptions,
  asked: InputShape | undefined,
  container?: Container,
): ReadSamples {
  const files = container === undefined ? besideOf(path) : filesOf(container);
  for (const reader of readers) {
    const table = reader(files, given);
    if (table === null) continue;
    const size = table.kind === 'images' ? given.whole('size', 8, 512, null) : null;
    const grey = table.kind === 'images' && given.flag('grey');
    given.finish();
    const height = size ?? asked?.height ?? table.shape.height;
    const width = size ?? asked?.width ?? table.shape.width;
    const channels = grey ? 1 : (asked?.channels ?? table.shape.channels);
    const shape = { height, width, channels };
    checkLimits(basename(path), table.classes.length, table.labels.length, shape);
    return withHashes(inShape(table, shape), basename(path, extname(path)), spec);
  }
  throw datasetError(
    'not-recognized',
    `${path} holds no dataset that is known.`,
    'Known are: one folder of images or WAV recordings for each class (in a folder or zip, also below train, validation and test), CIFAR binaries, IDX, and CSV time series with a label column.',
    { path, files: files.slice(0, 10).map(({ path: name }) => name) },
  );
}

const filesOf = (container: Container): TableFile[] =>
  container.entries.map((entry) => ({
    name: basename(entry.path),
    path: entry.path,
    read: () => readWhole(container, entry),
  }));

/** A table that cannot be read is not one broken sample: there is nothing without it. */
function readWhole(container: Container, entry: Container['entries'][number]): Uint8Array {
  try {
    return container.read(entry, LARGEST_TABLE);
  } catch (error) {
    if (!(error instanceof BrokenSampleError)) throw error;
    throw datasetError(
      'unreadable-file',
      `${entry.path} cannot be read: ${error.message}.`,
      'Copy or download it again.',
      { file: entry.path },
      error,
    );
  }
}

/** A single file, and (for formats that spread over several) those beside it. */
function besideOf(path: string): TableFile[] {
  const files = filesOf(openFolder(dirname(path), false));
  return /\.(csv|tsv)$/i.test(path) ? files.filter((file) => file.path === basename(path)) : files;
}

function inShape(table: Table, shape: InputShape): Table {
  const { height, width, channels } = table.shape;
  if (height === shape.height && width === shape.width && channels === shape.channels) return table;
  if (table.kind === 'series') {
    throw datasetError(
      'wrong-shape',
      `The network takes ${shape.height}×${shape.width}×${shape.channels}, but the series are ${height}×${width}×${channels}.`,
      'Choose a window and columns as they were in training (window=N).',
      { wanted: shape, present: table.shape },
    );
  }
  return {
    ...table,
    shape,
    samples: resizeAll(table.samples, table.shape, shape),
    // Splits follow what stands in the file, at whatever size it is used.
    hashes: hashesOf(table),
    found: [...table.found, `Brought to ${shape.height}×${shape.width}×${shape.channels}.`],
  };
}

function hashesOf({ shape, labels, samples, hashes }: Table): readonly string[] {
  if (hashes !== undefined) return hashes;
  const bytes = shape.height * shape.width * shape.channels;
  return labels.map((_, i) =>
    createHash('sha256')
      .update(samples.subarray(i * bytes, (i + 1) * bytes))
      .digest('hex'),
  );
}

const withHashes = (table: Table, name: string, spec: string): ReadSamples => ({
  ...table,
  name,
  spec,
  hashes: hashesOf(table),
  broken: table.broken ?? [],
});
