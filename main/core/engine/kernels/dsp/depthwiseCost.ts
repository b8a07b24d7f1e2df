/** What the depthwise kernels cost. */
import { tapWords } from './depthwiseRecord.ts';
import { hasBias } from './depthwiseRowwise.ts';
import { isResident, tileShape, tilesOf, type DepthwiseShape } from './depthwiseShape.ts';
import { tileRowCycles } from './depthwiseTile.ts';
import { parameterWords } from './finish.ts';
import type { FinishKind } from './requantization.ts';

/** What a word at a random address costs more than one at a multiple of four, in cycles. */
const UNALIGNED_CYCLES = 1.25;

/** Pointer and weights of a kernel row where they are not in registers. */
function rowCycles({ taps, widened }: DepthwiseShape): number {
  if (widened) return 2 + tapWords({ taps });
  return taps === 7 ? 9 + 2 * UNALIGNED_CYCLES : (taps === 3 ? 6 : 7) + UNALIGNED_CYCLES;
}

/** What a row of the kernel costs to be looked at where it may be skipped, and where it is. */
const [LOOKED_AT, SKIPPED] = [2, 8];

/**
 * Modelled cycles of one output row.
 *
 * @param inside how many rows of the kernel lie inside the image, on average; those outside are skipped, or they are
 * multiplied as well
 */
export function depthwiseCycles(shape: DepthwiseShape, kind: FinishKind, inside: number): number {
  const { loops, looped, straight } = tilesOf(shape);
  const unaligned = shape.widened ? 0 : UNALIGNED_CYCLES;
  const resident = isResident(shape);
  const skips = shape.steadyRow !== null;
  const biased = !resident && hasBias(shape);
  const tile = (outputs: number, first: number): number => {
    const setUp = resident ? 0 : rowCycles(shape) + (loops > 0 ? 1 : 3) + (skips ? LOOKED_AT + (loops > 0 ? 0 : 1) : 0);
    const row = tileRowCycles(tileShape(shape, outputs, first), biased) + setUp;
    const finish = outputs * (kind === 'fit' ? 4 : 7) + (kind === 'fit' ? 6 : 9);
    const rows = skips ? inside * row + (shape.rows - inside) * SKIPPED : shape.rows * row;
    return rows + finish + (resident ? 0 : parameterWords(kind) * unaligned);
  };
  const unpacking = shape.widened ? Math.ceil(shape.rows / 2) - shape.rows : 3 + shape.rows;
  const weights = 36 + unpacking + (shape.rows + parameterWords(kind)) * unaligned;
  const perChannel = resident ? weights : 14 + (loops > 0 ? 4 : 6);
  const looping = loops === 0 ? 0 : loops * (tile(looped, 0) + (resident ? 7 : 10));
  const tiles = straight.reduce((total, { outputs, first }) => total + tile(outputs, first), looping);
  return 40 + shape.rows * 3 + shape.channels * (perChannel + tiles);
}
