/** Shapes: element counts, broadcasting, and what shape an operator's window makes. */
import type { SpatialPadding } from './model.ts';

export type Shape = readonly number[];

export function elementsOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** `1×96×96×3`, or `scalar`. */
export function describeShape(shape: Shape): string {
  return shape.length === 0 ? 'scalar' : shape.join('×');
}

/** The extents, with ones put in front until there are `rank`. */
export function extendedShape(shape: Shape, rank: number): number[] {
  return [...new Array<number>(Math.max(0, rank - shape.length)).fill(1), ...shape];
}

/** The step in elements for each axis of a row-major tensor. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--)
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  return strides;
}

/** The shape that NumPy broadcasting gives, or null where the shapes do not fit each other. */
export function broadcastShapes(a: Shape, b: Shape): number[] | null {
  const rank = Math.max(a.length, b.length);
  const [left, right] = [extendedShape(a, rank), extendedShape(b, rank)];
  const result = left.map((extent, axis) => (extent === 1 ? (right[axis] ?? 1) : extent));
  const fits = left.every((extent, axis) => extent === 1 || right[axis] === 1 || extent === right[axis]);
  return fits ? result : null;
}

/** The extent that a window of `size` taps, `dilation` apart, covers. */
export function windowExtent(size: number, dilation: number): number {
  return (size - 1) * dilation + 1;
}

/** How many positions a window has along one axis. */
export function windowPositions(
  input: number,
  size: number,
  stride: number,
  dilation: number,
  before: number,
  after: number,
): number {
  return Math.floor((input + before + after - windowExtent(size, dilation)) / stride) + 1;
}

/**
 * TensorFlow's SAME and VALID padding along one axis, as explicit numbers: SAME makes ceil(input / stride) positions
 * and puts the odd element after; VALID puts none.
 */
export function paddingAlong(
  scheme: 'same' | 'valid',
  input: number,
  size: number,
  stride: number,
  dilation: number,
): readonly [before: number, after: number] {
  if (scheme === 'valid') return [0, 0];
  const positions = Math.ceil(input / stride);
  const total = Math.max(0, (positions - 1) * stride + windowExtent(size, dilation) - input);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/** Both axes of {@link paddingAlong}. */
export function resolvePadding(
  scheme: 'same' | 'valid',
  input: { readonly height: number; readonly width: number },
  window: { readonly height: number; readonly width: number },
  stride: { readonly height: number; readonly width: number },
  dilation: { readonly height: number; readonly width: number },
): SpatialPadding {
  const [top, bottom] = paddingAlong(scheme, input.height, window.height, stride.height, dilation.height);
  const [left, right] = paddingAlong(scheme, input.width, window.width, stride.width, dilation.width);
  return { top, bottom, left, right };
}

/** How many elements a strided slice takes along one axis. */
export function sliceLength(begin: number, end: number, stride: number): number {
  return Math.max(0, Math.ceil((end - begin) / stride));
}

/** The axes of one element that fall away between `shape` and `kept`, or null where `kept` is no such rest of it. */
export function droppedAxes(shape: Shape, kept: Shape): number[] | null {
  const dropped: number[] = [];
  let place = 0;
  for (const [axis, extent] of shape.entries()) {
    if (kept[place] === extent) place++;
    else if (extent === 1) dropped.push(axis);
    else return null;
  }
  return place === kept.length ? dropped : null;
}
