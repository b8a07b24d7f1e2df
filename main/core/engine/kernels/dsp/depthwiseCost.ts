/** What the depthwise kernels cost. */
import { tapWords } from './depthwiseRecord.ts';
import { isResident, tilesOf, type DepthwiseShape } from './depthwiseShape.ts';
import { tileRowCycles, type TileShape } from './depthwiseTile.ts';
import { parameterWords } from './finish.ts';
import type { FinishKind } from './requantization.ts';

/** What a word at a random address costs more than one at a multiple of four, in cycles. */
const UNALIGNED_CYCLES = 1.25;

/** Pointer and weights of a kernel row where they are not in registers. */
function rowCycles({ taps, widened }: DepthwiseShape): number {
  if (widened) return 2 + tapWords({ taps });
  return taps === 7 ? 9 + 2 * UNALIGNED_CYCLES : (taps === 3 ? 6 : 7) + UNALIGNED_CYCLES;
}

/** Modelled cycles of one output row. */
export function depthwiseCycles(shape: DepthwiseShape, kind: FinishKind): number {
  const { loops, looped, last } = tilesOf(shape);
  const unaligned = shape.widened ? 0 : UNALIGNED_CYCLES;
  const tile = (outputs: number): number => {
    if (outputs === 0) return 0;
    const size: TileShape = { taps: shape.taps, stride: shape.stride, outputs };
    const unpack = rowCycles(shape);
    const row = tileRowCycles(size) + (isResident(shape) ? 0 : unpack + (loops > 0 ? 1 : 0));
    const finish = outputs * (kind === 'fit' ? 4 : 7) + (kind === 'fit' ? 6 : 9);
    return shape.rows * row + finish + (isResident(shape) ? 0 : parameterWords(kind) * unaligned);
  };
  const unpacking = shape.widened ? Math.ceil(shape.rows / 2) - shape.rows : 3 + shape.rows;
  const resident = 36 + unpacking + (shape.rows + parameterWords(kind)) * unaligned;
  const perChannel = isResident(shape) ? resident : 14 + (loops > 0 ? 4 : 4 * shape.rows);
  return (
    40 +
    shape.rows * 3 +
    shape.channels * (perChannel + loops * (tile(looped) + (isResident(shape) ? 7 : 10)) + tile(last))
  );
}
