/** Which input rows (or columns) the resize operators take for each output row, and with what weights. */
import { roundHalfAwayFromZero } from './fixedPoint.ts';
import type { Resize } from './model.ts';

type Centring = Pick<Resize, 'alignCorners' | 'halfPixelCenters'>;

const float32 = Math.fround;

/** TFLite's `GetNearestNeighbor` for each of `output` positions along one axis, in single precision. */
export function nearestTaps(input: number, output: number, { alignCorners, halfPixelCenters }: Centring): number[] {
  const scale = float32(alignCorners && output > 1 ? (input - 1) / (output - 1) : input / output);
  return Array.from({ length: output }, (_, position) => {
    const real = float32((position + (halfPixelCenters ? 0.5 : 0)) * scale);
    const nearest = Math.min(alignCorners ? roundHalfAwayFromZero(real) : Math.floor(real), input - 1);
    return halfPixelCenters ? Math.max(0, nearest) : nearest;
  });
}

/** Output = ((1024 − fraction) · input[lower] + fraction · input[upper]) / 1024; `fraction` may leave 0 … 1024. */
export interface BilinearTap {
  readonly lower: number;
  readonly upper: number;
  readonly fraction: number;
}

/**
 * TFLite's `ComputeInterpolationValuesInteger` for each of `output` positions along one axis. Where its rounded step
 * would walk past the last input (a great magnification; the reference kernel then reads beyond the tensor), the last
 * input is taken.
 */
export function bilinearTaps(
  input: number,
  output: number,
  { alignCorners, halfPixelCenters }: Centring,
): BilinearTap[] {
  const [numerator, denominator] = alignCorners && output > 1 ? [input - 1, output - 1] : [input, output];
  const step = Math.floor((1024 * numerator + Math.floor(denominator / 2)) / denominator);
  return Array.from({ length: output }, (_, position) => {
    const scaled = position * step + (halfPixelCenters ? Math.floor(step / 2) - 512 : 0);
    const lower = Math.min(Math.max(Math.trunc(scaled / 1024), 0), input - 1);
    const upper = Math.min(Math.trunc((scaled + 1023) / 1024), input - 1);
    return { lower, upper, fraction: scaled - 1024 * lower };
  });
}
