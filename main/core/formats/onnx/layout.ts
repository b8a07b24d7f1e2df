/**
 * Where the axes of an ONNX tensor lie in memory. ONNX counts axes as N, C, H, W; here images are stored N, H, W, C. A
 * value remembers its order, so that transposing costs nothing until someone needs another order.
 */
import type { ModelBuilder, TensorId } from '../../graph/index.ts';

export interface Value {
  readonly id: TensorId;
  /** For each axis of the stored tensor the ONNX axis that it is. */
  readonly order: readonly number[];
}

/** N, H, W, C in ONNX's counting. */
export const IMAGE_ORDER: readonly number[] = [0, 2, 3, 1];

export function plainOrder(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** The order in which a tensor of so many axes is stored unless something speaks against it. */
export function usualOrder(rank: number): readonly number[] {
  return rank === 4 ? IMAGE_ORDER : plainOrder(rank);
}

/** ONNX's shape → the stored shape. */
export function storedShape(onnxShape: readonly number[], order: readonly number[]): number[] {
  return order.map((axis) => onnxShape[axis] ?? 1);
}

/** The stored shape → ONNX's. */
export function onnxShape(builder: ModelBuilder, { id, order }: Value): number[] {
  const { shape } = builder.at(id);
  return order.map((_, axis) => shape[order.indexOf(axis)] ?? 1);
}

export function sameOrder(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((axis, place) => axis === b[place]);
}

/** Whether two orders of one shape have the same bytes: only axes of one element change places. */
export function sameBytes(shape: readonly number[], a: readonly number[], b: readonly number[]): boolean {
  const long = (order: readonly number[]): number[] => order.filter((axis) => (shape[axis] ?? 1) > 1);
  return sameOrder(long(a), long(b));
}

/** The elements of a constant in ONNX's order → in a stored order. */
export function reorderConstant(
  values: readonly number[],
  onnxDims: readonly number[],
  order: readonly number[],
): number[] {
  const strides = onnxDims.map((_, axis) => onnxDims.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  const result: number[] = [];
  const visit = (place: number, offset: number): void => {
    const axis = order[place];
    if (axis === undefined) {
      result.push(values[offset] ?? 0);
      return;
    }
    for (let index = 0; index < (onnxDims[axis] ?? 1); index++) visit(place + 1, offset + index * (strides[axis] ?? 0));
  };
  visit(0, 0);
  return result;
}
