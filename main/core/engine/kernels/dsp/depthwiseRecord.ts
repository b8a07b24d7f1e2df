/**
 * A channel's record in the stream of a depthwise kernel: its weights, then its parameters.
 *
 * Packed: the weights row after row, a byte each and nothing between them. So words are read at any address, which costs
 * a cycle or two where it is odd, less than a percent of a network, and saves 3 of 20 bytes of a 3×3 channel, 3 of 36 of
 * a 5×5 one, 7 of 64 of a 7×7 one. Widened: int16 pairs as the products take them, two to four times the bytes, 5 to 10 %
 * fewer cycles; the planner takes them where Flash is left.
 */
import { isResident, type DepthwiseShape } from './depthwiseShape.ts';

type Weights = Pick<DepthwiseShape, 'rows' | 'taps' | 'widened'>;

/** The tap pairs of a kernel row in the order of their registers, low half first; null: zero. */
const PAIRS: Readonly<Record<number, readonly (readonly [number, number | null])[]>> = {
  3: [
    [0, 2],
    [1, null],
  ],
  5: [
    [0, 2],
    [1, 3],
    [4, 2],
  ],
  7: [
    [0, 2],
    [1, 3],
    [4, 6],
    [3, 5],
    [4, 2],
  ],
};

/** Registers that the taps of one row take. */
export const tapWords = ({ taps }: Pick<DepthwiseShape, 'taps'>): number => PAIRS[taps]?.length ?? 0;

/** Bytes of a channel's weights in the stream. */
export function weightBytes(shape: Weights): number {
  const { rows, taps, widened } = shape;
  if (!widened) return rows * taps;
  // Resident: a word (w0, w2) for each row, then the middle taps two by two.
  return 4 * (isResident(shape) ? rows + Math.ceil(rows / 2) : rows * tapWords(shape));
}

/** Where a tap is, in halfwords of a widened record; the first place where it is in two. */
export function halfOf(shape: Weights, row: number, tap: number): number {
  if (isResident(shape)) return tap === 1 ? 2 * shape.rows + row : 2 * row + tap / 2;
  const pairs = PAIRS[shape.taps] ?? [];
  return 2 * (row * pairs.length) + pairs.flat().indexOf(tap);
}

/** Writes a channel's weights. */
export function writeWeights(
  shape: Weights,
  stream: DataView,
  start: number,
  weight: (row: number, tap: number) => number,
): void {
  for (let row = 0; row < shape.rows; row++) {
    for (let tap = 0; tap < shape.taps; tap++) {
      if (!shape.widened) stream.setInt8(start + row * shape.taps + tap, weight(row, tap));
      else if (isResident(shape)) stream.setInt16(start + 2 * halfOf(shape, row, tap), weight(row, tap), true);
    }
    if (!shape.widened || isResident(shape)) continue;
    const halves = (PAIRS[shape.taps] ?? []).flat();
    halves.forEach((tap, index) => {
      const at = start + 2 * (row * halves.length + index);
      if (tap !== null) stream.setInt16(at, weight(row, tap), true);
    });
  }
}
