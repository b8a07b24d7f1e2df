/** RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR, as TFLite's `resize_*.h` have them for int8. */
import { imageShapeOf, inputOf, outputOf } from '../lookup.ts';
import type { Model, Resize } from '../model.ts';
import { bilinearTaps, nearestTaps } from '../resizing.ts';

export function resizeNearestNeighbor(model: Model, operator: Resize, input: Int8Array, output: Int8Array): void {
  const from = imageShapeOf(inputOf(model, operator));
  const to = imageShapeOf(outputOf(model, operator));
  const rows = nearestTaps(from.height, to.height, operator);
  const columns = nearestTaps(from.width, to.width, operator);
  let target = 0;
  for (let batch = 0; batch < to.batch; batch++) {
    for (const row of rows) {
      for (const column of columns) {
        const source = ((batch * from.height + row) * from.width + column) * from.channels;
        output.set(input.subarray(source, source + from.channels), target);
        target += from.channels;
      }
    }
  }
}

export function resizeBilinear(model: Model, operator: Resize, input: Int8Array, output: Int8Array): void {
  const from = imageShapeOf(inputOf(model, operator));
  const to = imageShapeOf(outputOf(model, operator));
  const rows = bilinearTaps(from.height, to.height, operator);
  const columns = bilinearTaps(from.width, to.width, operator);
  let target = 0;
  for (let batch = 0; batch < to.batch; batch++) {
    const at = (row: number, column: number, channel: number): number =>
      input[((batch * from.height + row) * from.width + column) * from.channels + channel] as number;
    for (const y of rows) {
      for (const x of columns) {
        for (let channel = 0; channel < to.channels; channel++) {
          const upper =
            at(y.lower, x.lower, channel) * (1024 - x.fraction) + at(y.lower, x.upper, channel) * x.fraction;
          const lower =
            at(y.upper, x.lower, channel) * (1024 - x.fraction) + at(y.upper, x.upper, channel) * x.fraction;
          const sum = upper * (1024 - y.fraction) + lower * y.fraction;
          output[target++] = Math.trunc((sum + (sum > 0 ? 0x80000 : -0x80000)) / 0x100000);
        }
      }
    }
  }
}
