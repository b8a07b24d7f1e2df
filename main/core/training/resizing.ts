/**
 * Progressive resizing: a training that sees its images smaller at first. Convolutions learn of small images most of what
 * they need of large ones, and a pass over those at five eighths of the side costs four tenths. (Tan and Le,
 * "EfficientNetV2: Smaller Models and Faster Training", arXiv 2104.00298, section 4; theirs raises regularisation as well.)
 */
import type { Architecture, InputShape } from '../architecture/index.ts';
import { sampleBytes, type LabelledSamples, type SampleKind } from './data.ts';

/** A part of a training in which images have `scale` times their sides. */
export interface ResizingPhase {
  /** Progress of the training (0 … 1) at which the phase ends. */
  readonly until: number;
  /** 0 … 1; above 0. */
  readonly scale: number;
}

/** What follows the last phase, and all of a training that resizes nothing: images as they are. */
export const FULL_SIZE = 1;

/** The last two fifths of the minutes belong to images as they are, on which the network will have to do well. */
const PHASES: readonly ResizingPhase[] = [
  { until: 0.3, scale: 5 / 8 },
  { until: 0.6, scale: 3 / 4 },
];
/**
 * Where there is time for more passes over images as they are, smaller ones bring less, from twelve on nothing (CIFAR-10:
 * docs/training.md).
 */
const MOST_PASSES = 8;
/** Smaller images have nothing to spare. */
const LEAST_SIDE = 32;

/**
 * The phases that suit a kind of samples. Only pictures may be resized: of a spectrogram it would change pitch and tempo, of
 * a series its sampling rate.
 */
export function phasesFor(kind: SampleKind, { height, width }: InputShape): readonly ResizingPhase[] {
  return kind === 'images' && Math.min(height, width) >= LEAST_SIDE ? PHASES : [];
}

/**
 * @param progress of the training, 0 … 1
 * @param passes over the training split that all of it would make with images as they are; null where that is not known yet
 */
export const scaleAt = (phases: readonly ResizingPhase[], progress: number, passes: number | null): number =>
  passes === null || passes > MOST_PASSES
    ? FULL_SIZE
    : (phases.find(({ until }) => progress < until)?.scale ?? FULL_SIZE);

/** The shape of resized samples: sides are rounded to even numbers, which halve better. */
export function resizedShape(shape: InputShape, scale: number): InputShape {
  if (scale === FULL_SIZE) return shape;
  const side = (length: number): number => Math.max(2, 2 * Math.round((length * scale) / 2));
  return { ...shape, height: side(shape.height), width: side(shape.width) };
}

/** The same network for resized samples. Its weights are laid out as before: no kernel depends on the image's size. */
export const resizedArchitecture = (architecture: Architecture, scale: number): Architecture => ({
  ...architecture,
  input: resizedShape(architecture.input, scale),
});

/** Along one axis: the sources of each value and their parts in its mean. */
interface Axis {
  /** Index of the first source of each value. */
  readonly first: Uint16Array;
  /** `most` parts for each value; the last may be 0. */
  readonly parts: Float32Array;
  readonly most: number;
}

function axisOf(from: number, to: number): Axis {
  const ratio = from / to;
  const most = Math.min(from, Math.ceil(ratio) + 1);
  const first = new Uint16Array(to);
  const parts = new Float32Array(to * most);
  for (let i = 0; i < to; i++) {
    const [begin, end] = [i * ratio, (i + 1) * ratio];
    // One beyond the edge would have no part, but it would be read.
    first[i] = Math.min(Math.floor(begin), from - most);
    for (let j = 0; j < most; j++) {
      const source = first[i] + j;
      parts[i * most + j] = Math.max(0, Math.min(source + 1, end) - Math.max(source, begin)) / ratio;
    }
  }
  return { first, parts, most };
}

/** Makes samples smaller: each byte is the mean of the area that it stands for, rounded. */
export class Resizer {
  readonly from: InputShape;
  readonly to: InputShape;
  readonly #rows: Axis;
  readonly #columns: Axis;
  /** One sample, its rows as many as before, its columns as they will be. */
  readonly #narrow: Float32Array;

  /** `to` is no larger than `from` along either axis, and has as many channels. */
  constructor(from: InputShape, to: InputShape) {
    this.from = from;
    this.to = to;
    this.#rows = axisOf(from.height, to.height);
    this.#columns = axisOf(from.width, to.width);
    this.#narrow = new Float32Array(from.height * to.width * from.channels);
  }

  /** Writes sample number `source` of `samples` to place number `target` of `output`. */
  resize(samples: Uint8Array, source: number, output: Uint8Array, target: number): void {
    const { height, width, channels } = this.from;
    const [first, at] = [source * sampleBytes(this.from), target * sampleBytes(this.to)];
    const [rows, columns, narrow] = [this.#rows, this.#columns, this.#narrow];
    const across = this.to.width * channels;
    for (let y = 0, n = 0; y < height; y++) {
      const row = first + y * width * channels;
      for (let x = 0; x < this.to.width; x++) {
        const begin = row + columns.first[x] * channels;
        for (let c = 0; c < channels; c++, n++) {
          let sum = 0;
          for (let j = 0; j < columns.most; j++)
            sum += columns.parts[x * columns.most + j] * samples[begin + j * channels + c];
          narrow[n] = sum;
        }
      }
    }
    for (let y = 0, n = at; y < this.to.height; y++) {
      const begin = rows.first[y] * across;
      for (let i = 0; i < across; i++, n++) {
        let sum = 0.5;
        for (let j = 0; j < rows.most; j++) sum += rows.parts[y * rows.most + j] * narrow[begin + j * across + i];
        output[n] = sum;
      }
    }
  }

  /** The first samples of a split, resized; all of them where `count` is absent. */
  resizeSplit({ samples, labels }: LabelledSamples, count = labels.length): LabelledSamples {
    const resized = new Uint8Array(count * sampleBytes(this.to));
    for (let i = 0; i < count; i++) this.resize(samples, i, resized, i);
    return { samples: resized, labels: labels.slice(0, count) };
  }
}
