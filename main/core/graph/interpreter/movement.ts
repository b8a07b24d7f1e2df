/** Operators that only move elements: PAD, TRANSPOSE, CONCATENATION, SPLIT, STRIDED_SLICE. Each is strided copies. */
import { inputOf, outputOf } from '../lookup.ts';
import type { Concatenation, Model, Pad, Split, StridedSlice, TensorData, Transpose } from '../model.ts';
import { sliceLength, stridesOf } from '../shape.ts';

/** Where a walk through a tensor starts and how far it steps along each axis, in elements. */
interface Walk {
  readonly start: number;
  readonly strides: readonly number[];
}

/** Copies `extents` elements, walking source and target side by side. */
function copyWalking(source: TensorData, from: Walk, target: TensorData, to: Walk, extents: readonly number[]): void {
  const last = extents.length - 1;
  const run = extents[last] ?? 1;
  const [sourceStep, targetStep] = [from.strides[last] ?? 1, to.strides[last] ?? 1];
  const visit = (axis: number, sourceOffset: number, targetOffset: number): void => {
    if (axis >= last) {
      for (let index = 0; index < run; index++) {
        target[targetOffset + index * targetStep] = source[sourceOffset + index * sourceStep] as number;
      }
      return;
    }
    for (let index = 0; index < (extents[axis] ?? 1); index++) {
      visit(axis + 1, sourceOffset + index * (from.strides[axis] ?? 0), targetOffset + index * (to.strides[axis] ?? 0));
    }
  };
  visit(0, from.start, to.start);
}

const offsetOf = (index: readonly number[], strides: readonly number[]): number =>
  index.reduce((sum, position, axis) => sum + position * (strides[axis] ?? 0), 0);

export function pad(model: Model, operator: Pad, input: TensorData, output: TensorData): void {
  const shape = inputOf(model, operator).shape;
  const strides = stridesOf(outputOf(model, operator).shape);
  output.fill(operator.value);
  const start = offsetOf(
    operator.amounts.map(([before]) => before),
    strides,
  );
  copyWalking(input, { start: 0, strides: stridesOf(shape) }, output, { start, strides }, shape);
}

export function transpose(model: Model, operator: Transpose, input: TensorData, output: TensorData): void {
  const inputStrides = stridesOf(inputOf(model, operator).shape);
  const shape = outputOf(model, operator).shape;
  const strides = operator.permutation.map((axis) => inputStrides[axis] ?? 0);
  copyWalking(input, { start: 0, strides }, output, { start: 0, strides: stridesOf(shape) }, shape);
}

export function concatenation(
  model: Model,
  operator: Concatenation,
  inputs: readonly TensorData[],
  output: TensorData,
): void {
  const strides = stridesOf(outputOf(model, operator).shape);
  let position = 0;
  inputs.forEach((input, index) => {
    const shape = inputOf(model, operator, index).shape;
    const start = position * (strides[operator.axis] ?? 0);
    copyWalking(input, { start: 0, strides: stridesOf(shape) }, output, { start, strides }, shape);
    position += shape[operator.axis] ?? 0;
  });
}

export function split(model: Model, operator: Split, input: TensorData, outputs: readonly TensorData[]): void {
  const strides = stridesOf(inputOf(model, operator).shape);
  let position = 0;
  outputs.forEach((output, index) => {
    const shape = outputOf(model, operator, index).shape;
    const start = position * (strides[operator.axis] ?? 0);
    copyWalking(input, { start, strides }, output, { start: 0, strides: stridesOf(shape) }, shape);
    position += shape[operator.axis] ?? 0;
  });
}

export function stridedSlice(model: Model, operator: StridedSlice, input: TensorData, output: TensorData): void {
  const inputStrides = stridesOf(inputOf(model, operator).shape);
  const { begin, end, strides } = operator;
  const extents = begin.map((first, axis) => sliceLength(first, end[axis] ?? 0, strides[axis] ?? 1));
  const steps = strides.map((stride, axis) => stride * (inputStrides[axis] ?? 0));
  const start = offsetOf(begin, inputStrides);
  copyWalking(input, { start, strides: steps }, output, { start: 0, strides: stridesOf(extents) }, extents);
}
