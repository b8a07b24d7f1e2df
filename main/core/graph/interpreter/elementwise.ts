/** ADD, SUB and MUL with broadcasting, as TFLite's `reference/integer_ops` have them. */
import { additionConstants, productMultiplier } from '../constants.ts';
import { clampTo, multiplyByQuantizedMultiplier, type QuantizedMultiplier } from '../fixedPoint.ts';
import { inputOf, outputOf, zeroPointOf } from '../lookup.ts';
import type { Elementwise, Model } from '../model.ts';
import { extendedShape, type Shape, stridesOf } from '../shape.ts';

export function elementwise(
  model: Model,
  operator: Elementwise,
  first: Int8Array,
  second: Int8Array,
  output: Int8Array,
): void {
  const outputShape = outputOf(model, operator).shape;
  const combine = operator.kind === 'mul' ? productOf(model, operator) : sumOf(model, operator);
  const firstStrides = broadcastStrides(inputOf(model, operator, 0).shape, outputShape);
  const secondStrides = broadcastStrides(inputOf(model, operator, 1).shape, outputShape);
  let target = 0;
  const visit = (axis: number, firstOffset: number, secondOffset: number): void => {
    if (axis === outputShape.length) {
      output[target++] = combine(first[firstOffset] as number, second[secondOffset] as number);
      return;
    }
    for (let index = 0; index < (outputShape[axis] ?? 1); index++) {
      visit(
        axis + 1,
        firstOffset + index * (firstStrides[axis] ?? 0),
        secondOffset + index * (secondStrides[axis] ?? 0),
      );
    }
  };
  visit(0, 0, 0);
}

/** Strides that walk a tensor along the axes of `output`, standing still where the tensor is broadcast. */
export function broadcastStrides(shape: Shape, output: Shape): number[] {
  const extended = extendedShape(shape, output.length);
  return stridesOf(extended).map((stride, axis) => (extended[axis] === 1 ? 0 : stride));
}

function sumOf(model: Model, operator: Elementwise): (a: number, b: number) => number {
  const { leftShift, first, second, output } = additionConstants(model, operator);
  const sign = operator.kind === 'sub' ? -1 : 1;
  const zeroPoint = zeroPointOf(outputOf(model, operator));
  const rescaledInputs = (position: number, { multiplier, shift }: QuantizedMultiplier): Int32Array => {
    const inputZero = zeroPointOf(inputOf(model, operator, position));
    return Int32Array.from({ length: 256 }, (_, index) =>
      multiplyByQuantizedMultiplier((index - 128 - inputZero) << leftShift, multiplier, shift),
    );
  };
  const [left, right] = [rescaledInputs(0, first), rescaledInputs(1, second)];
  const { min, max } = operator.clamp;
  return (a, b) => {
    const sum = (left[a + 128] as number) + sign * (right[b + 128] as number);
    return clampTo(zeroPoint + multiplyByQuantizedMultiplier(sum, output.multiplier, output.shift), min, max);
  };
}

function productOf(model: Model, operator: Elementwise): (a: number, b: number) => number {
  const { multiplier, shift } = productMultiplier(model, operator);
  const firstZero = zeroPointOf(inputOf(model, operator, 0));
  const secondZero = zeroPointOf(inputOf(model, operator, 1));
  const zeroPoint = zeroPointOf(outputOf(model, operator));
  const { min, max } = operator.clamp;
  return (a, b) => {
    const product = (a - firstZero) * (b - secondZero);
    return clampTo(zeroPoint + multiplyByQuantizedMultiplier(product, multiplier, shift), min, max);
  };
}
