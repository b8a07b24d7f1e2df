/** Between a network's weight vector and its padded form in the kernels' memory. */
import type { Slice } from '../network.ts';
import type { KernelPlace, WasmPlan } from './plan.ts';

type Direction = 'pad' | 'unpad';

/** Kernels, batch norm's scales and shifts, the classifier's bias. */
export function copyTrainable(plan: WasmPlan, plain: Float32Array, padded: Float32Array, direction: Direction): void {
  for (const { kernel, weights, gamma, beta } of plan.layers) {
    copyKernel(kernel, plain, weights.kernel.offset, padded, direction);
    copySlice(weights.gamma, plain, padded, gamma, direction);
    copySlice(weights.beta ?? weights.bias, plain, padded, beta, direction);
  }
}

/** Running means and variances. */
export function copyStatistics(plan: WasmPlan, plain: Float32Array, padded: Float32Array, direction: Direction): void {
  for (const { weights, mean, variance } of plan.layers) {
    copySlice(weights.mean, plain, padded, mean, direction);
    copySlice(weights.variance, plain, padded, variance, direction);
  }
}

/** Copies between a kernel's rows in the network's vector and its padded place. */
function copyKernel(
  kernel: KernelPlace,
  plain: Float32Array,
  plainAt: number,
  padded: Float32Array,
  direction: Direction,
): void {
  const { rows, groups, columns, paddedRows, paddedColumns, at } = kernel;
  if (columns === paddedColumns && (groups === 1 || rows === paddedRows)) {
    if (direction === 'pad') padded.set(plain.subarray(plainAt, plainAt + rows * columns), at);
    else plain.set(padded.subarray(at, at + rows * columns), plainAt);
    return;
  }
  const [inGroup, paddedInGroup] = [rows / groups, paddedRows / groups];
  for (let row = 0; row < rows; row++) {
    const from = plainAt + row * columns;
    const to = at + (Math.floor(row / inGroup) * paddedInGroup + (row % inGroup)) * paddedColumns;
    if (direction === 'pad') padded.set(plain.subarray(from, from + columns), to);
    else plain.set(padded.subarray(to, to + columns), from);
  }
}

function copySlice(
  slice: Slice | null,
  plain: Float32Array,
  padded: Float32Array,
  at: number,
  direction: Direction,
): void {
  if (slice === null) return;
  if (direction === 'pad') padded.set(plain.subarray(slice.offset, slice.offset + slice.length), at);
  else plain.set(padded.subarray(at, at + slice.length), slice.offset);
}
