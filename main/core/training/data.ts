import { StudioError } from '../../contract/index.ts';
import type { InputShape } from '../architecture/index.ts';

/**
 * Some labelled samples in memory. `samples` holds count × height × width × channels bytes, NHWC. A network sees
 * (byte − 128) / 128; so the int8 input of its model is byte − 128, with scale 1/128 and zero point 0.
 */
export interface LabelledSamples {
  readonly samples: Uint8Array;
  /** Index of the class of each sample. */
  readonly labels: Uint16Array;
}

/** What the bytes of a sample are; it decides which augmentations are allowed. */
export type SampleKind = 'images' | 'audio' | 'series' | 'generated';

/** A dataset, decoded and split, as training takes it. Arrays on shared memory are not copied for the workers. */
export interface TrainingData {
  readonly kind: SampleKind;
  readonly shape: InputShape;
  /** Names of the classes; a label is an index into them. */
  readonly classes: readonly string[];
  readonly train: LabelledSamples;
  readonly validation: LabelledSamples;
  readonly test: LabelledSamples;
  /** Whether a sample mirrored left to right still is of its class. */
  readonly mirrorable: boolean;
}

/** The byte that a network sees as zero. */
export const ZERO_BYTE = 128;

/** Bytes of one sample. */
export const sampleBytes = (shape: InputShape): number => shape.height * shape.width * shape.channels;

/**
 * Checks that a split is what its shape says.
 *
 * @throws StudioError `training.data-mismatch`
 */
export function checkSamples(split: LabelledSamples, shape: InputShape, classes: number, name: string): void {
  const fail = (why: string): never => {
    throw new StudioError({
      code: 'training.data-mismatch',
      message: `The ${name} samples do not fit the network: ${why}.`,
      remedy: 'Prepare the dataset again for this input size and these classes.',
      details: { split: name, samples: split.samples.length, labels: split.labels.length, shape, classes },
    });
  };
  const expected = split.labels.length * sampleBytes(shape);
  if (split.samples.length !== expected)
    fail(`${split.labels.length} labels need ${expected} bytes, but there are ${split.samples.length}`);
  const stranger = split.labels.find((label) => label >= classes);
  if (stranger !== undefined) fail(`label ${stranger} is outside its ${classes} classes`);
}
