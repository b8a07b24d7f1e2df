/** AVERAGE_POOL_2D and MAX_POOL_2D, as TFLite's `reference/integer_ops/pooling.h` has them. */
import { clampTo } from '../fixedPoint.ts';
import { imageShapeOf, inputOf, outputOf } from '../lookup.ts';
import type { Model, Pool2d } from '../model.ts';

/** The part of a window that lies inside the image along one axis. */
function insideAlong(position: number, stride: number, before: number, size: number, extent: number): [number, number] {
  const start = position * stride - before;
  return [Math.max(start, 0), Math.min(start + size, extent)];
}

export function pool2d(model: Model, operator: Pool2d, input: Int8Array, output: Int8Array): void {
  const from = imageShapeOf(inputOf(model, operator));
  const to = imageShapeOf(outputOf(model, operator));
  const { strideH, strideW, filterH, filterW, padding, clamp } = operator;
  const reduce = operator.kind === 'average_pool_2d' ? average : maximum;
  const taps: number[] = [];
  let target = 0;
  for (let batch = 0; batch < to.batch; batch++) {
    for (let row = 0; row < to.height; row++) {
      const [top, bottom] = insideAlong(row, strideH, padding.top, filterH, from.height);
      for (let column = 0; column < to.width; column++) {
        const [left, right] = insideAlong(column, strideW, padding.left, filterW, from.width);
        for (let channel = 0; channel < to.channels; channel++) {
          taps.length = 0;
          for (let y = top; y < bottom; y++) {
            for (let x = left; x < right; x++) {
              taps.push(input[((batch * from.height + y) * from.width + x) * from.channels + channel] as number);
            }
          }
          output[target++] = clampTo(reduce(taps), clamp.min, clamp.max);
        }
      }
    }
  }
}

/** Over the taps inside the image only, rounded to nearest with halves away from zero. */
function average(taps: readonly number[]): number {
  let sum = 0;
  for (const tap of taps) sum += tap;
  const half = Math.floor(taps.length / 2);
  return Math.trunc((sum > 0 ? sum + half : sum - half) / taps.length);
}

function maximum(taps: readonly number[]): number {
  let largest = -128;
  for (const tap of taps) if (tap > largest) largest = tap;
  return largest;
}
