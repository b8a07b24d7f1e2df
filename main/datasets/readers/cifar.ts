import { datasetError } from '../errors.ts';
import type { SpecOptions } from '../spec.ts';
import type { Table, TableFile } from './tables.ts';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const PIXELS = 3 * PLANE;
const CIFAR10 = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** CIFAR's binary version: `data_batch_1.bin` … and `test_batch.bin`, or CIFAR-100's `train.bin` and `test.bin`. */
export function readCifar(files: readonly TableFile[], given: SpecOptions): Table | null {
  const batches = files.filter(({ name }) => /^(data_batch_\d+|test_batch|train|test)\.bin$/.test(name));
  if (batches.length === 0) return null;
  const hundred = batches.some(({ name }) => name === 'train.bin' || name === 'test.bin');
  // CIFAR-100 has a coarse label before the fine one.
  const record = PIXELS + (hundred ? 2 : 1);
  const coarse = hundred && given.choice('labels', ['fine', 'coarse']) === 'coarse';
  const contents = batches.map((file) => ({ name: file.name, path: file.path, bytes: file.read() }));
  const damaged = contents.find(({ bytes }) => bytes.length === 0 || bytes.length % record !== 0);
  if (damaged !== undefined) {
    throw datasetError(
      'cifar-broken',
      `${damaged.name} is not a whole number of CIFAR records of ${record} bytes, as if it were cut off.`,
      'Copy or download the file again.',
      {
        file: damaged.name,
        bytes: damaged.bytes.length,
      },
    );
  }
  const count = contents.reduce((sum, { bytes }) => sum + bytes.length / record, 0);
  const samples = new Uint8Array(count * PIXELS);
  const labels: number[] = [];
  const splits: Table['splits'][number][] = [];
  const ids: string[] = [];
  const classes = classNames(files, hundred, coarse);
  for (const { name, path, bytes } of contents) {
    for (let at = 0; at < bytes.length; at += record) {
      const label = bytes[at + record - PIXELS - (coarse ? 2 : 1)];
      if (label >= classes.length) {
        throw datasetError(
          'cifar-broken',
          `${name} has the label ${label} in record ${at / record}; there are ${classes.length} classes.`,
          'Copy or download the file again.',
          { file: name },
        );
      }
      interleave(bytes.subarray(at + record - PIXELS, at + record), samples.subarray(labels.length * PIXELS));
      labels.push(label);
      splits.push(name.startsWith('test') ? 'test' : 'train');
      ids.push(`${path}#${at / record}`);
    }
  }
  return {
    kind: 'images',
    shape: { height: SIDE, width: SIDE, channels: 3 },
    classes,
    samples,
    labels,
    splits,
    groups: labels.map(() => null),
    ids,
    mirrorable: true,
    found: [`CIFAR-${hundred ? 100 : 10} binaries: ${count} pictures of 32×32.`],
  };
}

/** Names from the file that comes with the data, a line each; numbers where it is missing. */
function classNames(files: readonly TableFile[], hundred: boolean, coarse: boolean): readonly string[] {
  if (!hundred) return CIFAR10;
  const count = coarse ? 20 : 100;
  const file = files.find(({ name }) => name === (coarse ? 'coarse_label_names.txt' : 'fine_label_names.txt'));
  const names = (file ? new TextDecoder().decode(file.read()) : '').split(/\r?\n/).filter((line) => line.trim() !== '');
  return new Set(names).size === count ? names : Array.from({ length: count }, (_, i) => `class-${i}`);
}

/** Planes of red, green and blue become pixels. */
function interleave(planes: Uint8Array, pixels: Uint8Array): void {
  for (let i = 0; i < PLANE; i++) for (let c = 0; c < 3; c++) pixels[i * 3 + c] = planes[c * PLANE + i];
}
