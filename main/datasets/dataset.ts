import type { DatasetKind, DatasetReport } from '../contract/index.ts';
import type { InputShape } from '../core/architecture/index.ts';

/**
 * The samples of one split, in shared memory, so that worker threads read them without a copy.
 *
 * Their order is fixed and mixed: any first n samples are a fair draw from the split.
 */
export interface Split {
  /** count × height × width × channels bytes, one sample after the other. */
  readonly samples: Uint8Array<SharedArrayBuffer>;
  /** The index into `classes` of each sample. */
  readonly labels: Uint16Array<SharedArrayBuffer>;
  /** Where each sample comes from: a path, or the name of a generated sample. Unique within the dataset. */
  readonly ids: readonly string[];
}

/**
 * Labelled samples with a fixed split. A network sees `(x − 128) / 128`; a board's int8 input is `x − 128`
 * (scale 1/128, zero point 0).
 */
export interface Dataset {
  readonly name: string;
  readonly kind: DatasetKind;
  readonly shape: InputShape;
  readonly classes: readonly string[];
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
  /**
   * Whether a sample mirrored left to right still belongs to its class. True for photos, false for road signs, spectra and
   * time series: augmentation must ask.
   */
  readonly mirrorable: boolean;
  /** SHA-256 over shape, classes, and every sample's split, label and content, in hexadecimal. */
  readonly fingerprint: string;
  readonly report: DatasetReport;
}

export const sampleBytes = ({ height, width, channels }: InputShape): number => height * width * channels;

/** An empty split with room for `count` samples. */
export function allocateSplit(shape: InputShape, count: number): Split & { ids: string[] } {
  return {
    samples: new Uint8Array(new SharedArrayBuffer(count * sampleBytes(shape))),
    labels: new Uint16Array(new SharedArrayBuffer(count * Uint16Array.BYTES_PER_ELEMENT)),
    ids: [],
  };
}

/** The bytes of sample `index`, without a copy. */
export function sampleAt(shape: InputShape, split: Split, index: number): Uint8Array<SharedArrayBuffer> {
  const bytes = sampleBytes(shape);
  return split.samples.subarray(index * bytes, (index + 1) * bytes);
}

/** A sample as a board takes it: int8, `x − 128`. */
export function toBoardInput(sample: Uint8Array): Int8Array {
  const input = new Int8Array(sample.length);
  for (let i = 0; i < sample.length; i++) input[i] = sample[i] - 128;
  return input;
}

/** A sample as a float network takes it: `(x − 128) / 128`. */
export function toNetworkInput(sample: Uint8Array): Float32Array {
  const input = new Float32Array(sample.length);
  for (let i = 0; i < sample.length; i++) input[i] = (sample[i] - 128) / 128;
  return input;
}
