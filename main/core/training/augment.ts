import type { InputShape } from '../architecture/index.ts';
import type { Random } from '../random/index.ts';
import { ZERO_BYTE } from './data.ts';
import type { Augmentation } from './recipe.ts';

/** Rows and columns that are set to the network's zero. */
export interface Blank {
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * One way in which a sample is varied: what a network sees at (y, x) is the value of the sample at
 * (y + shiftY, (mirrored x) + shiftX), times `gain`, plus `offset`; zero where that lies outside.
 */
export interface Variation {
  readonly shiftY: number;
  readonly shiftX: number;
  readonly mirror: boolean;
  readonly gain: number;
  readonly offset: number;
  readonly blanks: readonly Blank[];
}

/** Draws a variation of a sample. */
export function drawVariation(random: Random, augmentation: Augmentation, shape: InputShape): Variation {
  const { height, width } = shape;
  const within = (limit: number): number => (limit === 0 ? 0 : (2 * random.next() - 1) * limit);
  const whole = (limit: number): number => (limit === 0 ? 0 : random.below(2 * limit + 1) - limit);
  const mirror = augmentation.flip && random.next() < 0.5;
  const shiftY = whole(Math.round(augmentation.shift * height));
  const shiftX = whole(Math.round(augmentation.shift * width));
  // A byte range of 256 is a range of 2 in numbers.
  const offset = 2 * within(augmentation.brightness);
  const gain = 1 + within(augmentation.contrast);
  const blanks: Blank[] = [];
  const stripe = (fraction: number, size: number): { start: number; length: number } => {
    const length = random.below(Math.floor(fraction * size) + 1);
    return { start: random.below(size - length + 1), length };
  };
  if (augmentation.cutout > 0) {
    const side = Math.round(augmentation.cutout * Math.min(height, width));
    const middleY = random.below(height);
    const middleX = random.below(width);
    const top = Math.max(0, middleY - (side >> 1));
    const left = Math.max(0, middleX - (side >> 1));
    const rows = Math.min(height, middleY - (side >> 1) + side) - top;
    const columns = Math.min(width, middleX - (side >> 1) + side) - left;
    blanks.push({ top, left, rows, columns });
  }
  if (augmentation.timeMask > 0) {
    const { start, length } = stripe(augmentation.timeMask, height);
    blanks.push({ top: start, left: 0, rows: length, columns: width });
  }
  if (augmentation.frequencyMask > 0) {
    const { start, length } = stripe(augmentation.frequencyMask, width);
    blanks.push({ top: 0, left: start, rows: height, columns: length });
  }
  return { shiftY, shiftX, mirror, gain, offset, blanks };
}

/** The highest number that a byte can say. */
const HIGHEST = 127 / 128;

/**
 * Writes one sample as a network sees it, at `at` of `output`. The plain form of what backends may do faster.
 *
 * @param sample height × width × channels bytes
 */
export function loadSample(
  sample: Uint8Array,
  shape: InputShape,
  variation: Variation | undefined,
  output: Float32Array,
  at: number,
): void {
  const { height, width, channels } = shape;
  const { shiftY, shiftX, mirror, gain, offset, blanks } = variation ?? PLAIN;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromY = y + shiftY;
      const fromX = (mirror ? width - 1 - x : x) + shiftX;
      const inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
      for (let c = 0; c < channels; c++) {
        const value = inside
          ? ((sample[(fromY * width + fromX) * channels + c] - ZERO_BYTE) / ZERO_BYTE) * gain + offset
          : 0;
        output[at + (y * width + x) * channels + c] = Math.min(Math.max(value, -1), HIGHEST);
      }
    }
  }
  for (const { top, left, rows, columns } of blanks) {
    for (let y = top; y < top + rows; y++) {
      const from = at + (y * width + left) * channels;
      output.fill(0, from, from + columns * channels);
    }
  }
}

/** The variation that leaves a sample as it is. */
export const PLAIN: Variation = { shiftY: 0, shiftX: 0, mirror: false, gain: 1, offset: 0, blanks: [] };
