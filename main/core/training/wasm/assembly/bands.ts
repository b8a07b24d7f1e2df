// What the products of whole rows have in common: they pass through the matrices in bands that stay in the cache.
import { accumulate, clear, fma, zeros, V } from './simd';

/** Rows of a band: a multiple of the rows of a tile, six or five. */
export const BAND: i32 = 90;

/** Adds Σz and Σz² of each column of z[rows, n] to `statistics` (2·n). */
export function addStatistics(z: usize, rows: i32, n: i32, statistics: usize): void {
  const pitch = (<usize>n) << 2;
  for (let c: usize = 0; c < pitch; c += V) {
    let sum = zeros();
    let squares = zeros();
    let at = z + c;
    for (let i = 0; i < rows; i++, at += pitch) {
      const value = v128.load(at);
      sum = f32x4.add(sum, value);
      squares = fma(value, value, squares);
    }
    accumulate(statistics + c, sum);
    accumulate(statistics + pitch + c, squares);
  }
}

/** Batch norm's backward pass over a band: dz = g·a + z·b + d for each of the n columns. */
export function normGradient(
  g: usize,
  z: usize,
  a: usize,
  b: usize,
  d: usize,
  dz: usize,
  rows: i32,
  n: i32,
): void {
  const pitch = (<usize>n) << 2;
  for (let i = 0, at: usize = 0; i < rows; i++) {
    for (let c: usize = 0; c < pitch; c += V, at += V) {
      const rest = fma(v128.load(z + at), v128.load(b + c), v128.load(d + c));
      v128.store(dz + at, fma(v128.load(g + at), v128.load(a + c), rest));
    }
  }
}

/** to[n, k] = from[k, n]ᵀ. */
export function transpose(from: usize, to: usize, k: i32, n: i32): void {
  const inputPitch = (<usize>k) << 2;
  const pitch = (<usize>n) << 2;
  for (let row = 0; row < k; row++) {
    for (let column = 0; column < n; column++) {
      const number = load<f32>(from + <usize>row * pitch + ((<usize>column) << 2));
      store<f32>(to + <usize>column * inputPitch + ((<usize>row) << 2), number);
    }
  }
}

/** x = y, or zeros where there is no y (0). */
export function startFrom(x: usize, y: usize, numbers: i32): void {
  if (y) memory.copy(x, y, (<usize>numbers) << 2);
  else clear(x, numbers);
}
