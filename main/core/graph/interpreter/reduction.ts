/** MEAN (TFLite `reduce.h`, `QuantizedMeanOrSum`) and SOFTMAX (`softmax.h`). */
import { meanConstants, softmaxConstants } from '../constants.ts';
import {
  clampTo,
  multiplyByQuantizedMultiplier,
  roundingDivideByPowerOfTwo,
  saturatingRoundingDoublingHighMul,
} from '../fixedPoint.ts';
import { inputOf, outputOf, zeroPointOf } from '../lookup.ts';
import type { Mean, Model, Softmax } from '../model.ts';
import { stridesOf } from '../shape.ts';
import { expOnNegativeValues, reciprocalOf } from '../transcendental.ts';

export function mean(model: Model, operator: Mean, input: Int8Array, output: Int8Array): void {
  const shape = inputOf(model, operator).shape;
  const { count, factor } = meanConstants(model, operator);
  const inputZero = zeroPointOf(inputOf(model, operator));
  const outputZero = zeroPointOf(outputOf(model, operator));
  const sums = new Int32Array(output.length);
  const keptStrides = stridesOf(shape.map((extent, axis) => (operator.axes.includes(axis) ? 1 : extent))).map(
    (stride, axis) => (operator.axes.includes(axis) ? 0 : stride),
  );
  let source = 0;
  const visit = (axis: number, offset: number): void => {
    if (axis === shape.length) {
      sums[offset] = (sums[offset] as number) + (input[source++] as number);
      return;
    }
    for (let index = 0; index < (shape[axis] ?? 1); index++) visit(axis + 1, offset + index * (keptStrides[axis] ?? 0));
  };
  visit(0, 0);
  sums.forEach((sum, index) => {
    const centred = (sum - inputZero * count) | 0;
    const rescaled = multiplyByQuantizedMultiplier(centred, factor.multiplier, factor.shift);
    output[index] = clampTo(rescaled + outputZero, -128, 127);
  });
}

export function softmax(model: Model, operator: Softmax, input: Int8Array, output: Int8Array): void {
  const scaledDifferenceBits = 5;
  const accumulationBits = 12;
  const { input: factor, smallestDifference } = softmaxConstants(model, operator);
  const depth = inputOf(model, operator).shape.at(-1) ?? 1;
  /** e^difference in Q0, for a difference of 0 or less that is not negligible. */
  const expOf = (difference: number): number =>
    expOnNegativeValues(
      saturatingRoundingDoublingHighMul(difference << factor.shift, factor.multiplier),
      scaledDifferenceBits,
    );
  for (let start = 0; start < input.length; start += depth) {
    const row = input.subarray(start, start + depth);
    let largest = -128;
    for (const value of row) if (value > largest) largest = value;
    let sum = 0;
    for (const value of row) {
      if (value - largest >= smallestDifference) {
        sum = (sum + roundingDivideByPowerOfTwo(expOf(value - largest), accumulationBits)) | 0;
      }
    }
    const { scale, bitsOverUnit } = reciprocalOf(sum, accumulationBits);
    const exponent = bitsOverUnit + 31 - 8;
    row.forEach((value, index) => {
      output[start + index] = -128;
      // From 512 equal inputs on the exponent passes 31, where the reference kernel stops; all that it could give
      // is less than half of the output's step.
      if (value - largest < smallestDifference || exponent > 31) return;
      const probability = saturatingRoundingDoublingHighMul(scale, expOf(value - largest));
      output[start + index] = clampTo(roundingDivideByPowerOfTwo(probability, exponent) - 128, -128, 127);
    });
  }
}
