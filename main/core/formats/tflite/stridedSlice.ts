/** STRIDED_SLICE with its masks and negative numbers → begin, end and stride of each axis. */

export interface MaskedSlice {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
}

export interface ResolvedSlice {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
}

/** The slice of every axis of `shape`, or why there is none. Axes that the slice does not name are taken whole. */
export function resolveSlice(slice: MaskedSlice, shape: readonly number[]): ResolvedSlice | string {
  if (slice.ellipsisMask !== 0 || slice.newAxisMask !== 0) return 'it has an ellipsis or a new axis';
  if (slice.begin.length > shape.length) return `it names ${slice.begin.length} axes of ${shape.length}`;
  if (slice.end.length !== slice.begin.length || slice.strides.length !== slice.begin.length) {
    return 'its begin, end and strides differ in length';
  }
  if (slice.strides.includes(0)) return 'it has a stride of 0';
  const has = (mask: number, axis: number): boolean => (mask & (1 << axis)) !== 0;
  const named = (axis: number): boolean => axis < slice.begin.length;
  const strides = shape.map((_, axis) => slice.strides[axis] ?? 1);
  const begin = shape.map((extent, axis) => {
    const stride = strides[axis] ?? 1;
    if (!named(axis) || has(slice.beginMask, axis)) return stride > 0 ? 0 : extent - 1;
    return within(slice.begin[axis] ?? 0, extent, stride);
  });
  const end = shape.map((extent, axis) => {
    const stride = strides[axis] ?? 1;
    // A shrunk axis is the one element at `begin`, whatever `end` says.
    if (named(axis) && has(slice.shrinkAxisMask, axis)) return (begin[axis] ?? 0) + Math.sign(stride);
    if (!named(axis) || has(slice.endMask, axis)) return stride > 0 ? extent : -1;
    return within(slice.end[axis] ?? 0, extent, stride);
  });
  return { begin, end, strides };
}

/** A position counted from the end where negative, kept where a walk in the stride's direction can start or stop. */
function within(position: number, extent: number, stride: number): number {
  const counted = position < 0 ? position + extent : position;
  const [least, most] = stride > 0 ? [0, extent] : [-1, extent - 1];
  return Math.min(Math.max(counted, least), most);
}
