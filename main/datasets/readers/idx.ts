import { gunzipSync } from 'node:zlib';
import { LARGEST_TABLE, MOST_ENTRIES } from '../container/container.ts';
import { datasetError } from '../errors.ts';
import type { SplitName } from '../../contract/index.ts';
import type { Table, TableFile } from './tables.ts';

/** Unpacked bytes of one IDX file above which it is refused. */
const MOST_BYTES = LARGEST_TABLE;
const UNSIGNED_BYTE = 8;

interface IdxArray {
  readonly sizes: readonly number[];
  readonly data: Uint8Array;
}

const broken = (name: string, why: string): Error =>
  datasetError('idx-broken', `${name} is not a whole IDX file: ${why}.`, 'Copy or download the file again.', {
    file: name,
  });

/** LeCun's IDX format: 0, 0, type, number of dimensions, big-endian sizes, values; perhaps gzipped. */
function readArray(file: TableFile): IdxArray {
  let bytes = file.read();
  if (/\.gz$/i.test(file.name)) {
    try {
      bytes = gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
    } catch {
      throw broken(file.name, 'it cannot be unpacked');
    }
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 4 || view.getUint16(0) !== 0) throw broken(file.name, 'it does not begin as one');
  if (bytes[2] !== UNSIGNED_BYTE) throw broken(file.name, 'its values are not bytes');
  const dimensions = bytes[3];
  if (bytes.length < 4 + 4 * dimensions) throw broken(file.name, 'it is cut off in its header');
  const sizes = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const start = 4 + 4 * dimensions;
  const expected = sizes.reduce((product, size) => product * size, 1);
  if (bytes.length - start !== expected) {
    throw broken(file.name, `it claims ${sizes.join('×')} values and holds ${bytes.length - start}`);
  }
  return { sizes, data: bytes.subarray(start) };
}

const isPicture = (shape: readonly number[]): boolean =>
  shape.length >= 2 &&
  shape.length <= 3 &&
  shape.every((size) => size >= 1 && size <= 4096) &&
  (shape.length === 2 || shape[2] === 1 || shape[2] === 3);

/** Pairs of `…images-idx3-ubyte` and `…labels-idx1-ubyte`, as MNIST and its kin come. */
export function readIdx(files: readonly TableFile[]): Table | null {
  const images = files.filter(({ name }) => /images[.-]idx\d+-ubyte(\.gz)?$/i.test(name));
  if (images.length === 0) return null;
  const parts = images.map((image) => {
    const labelName = image.name.replace(/images([.-])idx\d+/i, 'labels$1idx1');
    const folder = image.path.slice(0, image.path.length - image.name.length);
    const labels = files.find(({ path }) => path.replace(/\.gz$/i, '') === folder + labelName.replace(/\.gz$/i, ''));
    if (labels === undefined) throw broken(image.name, `${labelName} is not beside it`);
    const split: SplitName | null = /(^|[-_.])(t10k|test)/i.test(image.name)
      ? 'test'
      : images.length > 1
        ? 'train'
        : null;
    return { name: image.path, split, pictures: readArray(image), labels: readArray(labels) };
  });
  const [{ pictures: first }] = parts;
  const [, height, width, channels = 1] = first.sizes;
  for (const { name, pictures, labels } of parts) {
    const [count, ...shape] = pictures.sizes;
    if (!isPicture(shape))
      throw broken(name, `its items are ${shape.join('×') || 'single numbers'}, which are no pictures`);
    if (count > MOST_ENTRIES) throw broken(name, `it holds more than ${MOST_ENTRIES} pictures`);
    if (shape.join() !== first.sizes.slice(1).join())
      throw broken(name, 'its pictures have another size than the others');
    if (labels.sizes.length !== 1 || labels.sizes[0] !== count)
      throw broken(name, `there are ${count} pictures and ${labels.sizes.join('×')} labels`);
  }
  const values = parts.flatMap((part) => [...part.labels.data]);
  // EMNIST's letters begin at 1: a number that nobody uses is no class.
  const used = [...new Set(values)].sort((a, b) => a - b);
  const index = new Map(used.map((value, i) => [value, i]));
  const labels = values.map((value) => index.get(value) ?? 0);
  const samples = new Uint8Array(parts.reduce((sum, { pictures }) => sum + pictures.data.length, 0));
  let at = 0;
  for (const { pictures } of parts) {
    samples.set(pictures.data, at);
    at += pictures.data.length;
  }
  return {
    kind: 'images',
    shape: { height, width, channels },
    classes: used.map(String),
    samples,
    // Digits and letters become others, or none, in a mirror.
    mirrorable: false,
    labels,
    splits: parts.flatMap((part) =>
      part.labels.sizes[0] > 0 ? new Array<SplitName | null>(part.labels.sizes[0]).fill(part.split) : [],
    ),
    groups: labels.map(() => null),
    ids: parts.flatMap(({ name, labels: l }) => Array.from({ length: l.sizes[0] }, (_, i) => `${name}#${i}`)),
    found: [`IDX files: ${labels.length} pictures of ${height}×${width}.`],
  };
}
