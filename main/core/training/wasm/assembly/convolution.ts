// k×k convolutions over all channels, and 1×1 ones with strides: the windows of a band of output pixels are gathered into
// rows, and the rows multiplied. All windows at once would be k² times the input, too much for any cache.
//
// The input is written out (batch norm and ReLU6 applied): each of its pixels is in several windows. Channels are padded to
// whole vectors, and so are the rows of the kernel: k·k·channels numbers, window row by window row.
import { addStatistics, BAND, normGradient, startFrom, transpose } from './bands';
import { multiply, multiplyTransposed } from './gemm';
import { accumulate, clear, V } from './simd';

/**
 * Goes through the windows of output pixels `from` … `from + count` of the whole batch. Forward, `rows` receives the
 * windows of x, with zeros where they reach over its border; backward, the windows are added to x.
 */
// @ts-ignore: decorator
@inline
function eachWindow(
  backward: bool,
  x: usize,
  rows: usize,
  from: i32,
  count: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernel: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
  outputHeight: i32,
  outputWidth: i32,
): void {
  const pixelBytes = (<usize>channels) << 2;
  const runBytes = <usize>kernel * pixelBytes;
  let ox = from % outputWidth;
  let oy = (from / outputWidth) % outputHeight;
  let sample = from / (outputWidth * outputHeight);
  for (; count > 0; count--) {
    const startX = ox * strideW - left;
    // The part of each window row that lies inside.
    const skipped = max(0, -startX);
    const inside = min(kernel, width - startX) - skipped;
    for (let ky = 0; ky < kernel; ky++, rows += runBytes) {
      const y = oy * strideH - top + ky;
      if (y < 0 || y >= height || inside <= 0) {
        if (!backward) memory.fill(rows, 0, runBytes);
        continue;
      }
      const at = x + <usize>((sample * height + y) * width + startX + skipped) * pixelBytes;
      const begin = <usize>skipped * pixelBytes;
      const end = begin + <usize>inside * pixelBytes;
      if (backward) {
        for (let i = begin; i < end; i += V) accumulate(at + (i - begin), v128.load(rows + i));
      } else {
        for (let i: usize = 0; i < begin; i += V) v128.store(rows + i, f32x4.splat(0));
        for (let i = begin; i < end; i += V) v128.store(rows + i, v128.load(at + (i - begin)));
        for (let i = end; i < runBytes; i += V) v128.store(rows + i, f32x4.splat(0));
      }
    }
    if (++ox === outputWidth) {
      ox = 0;
      if (++oy === outputHeight) {
        oy = 0;
        sample++;
      }
    }
  }
}

/**
 * z = windows of input[batch, height, width, channels] · weights[k·k·channels, n]. `statistics` (2·n; 0 for none)
 * receives Σz and Σz² of each column. Scratch: 90·k·k·channels numbers.
 */
export function convolveForward(
  input: usize,
  weights: usize,
  z: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernel: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
  outputHeight: i32,
  outputWidth: i32,
  n: i32,
  statistics: usize,
  scratch: usize,
): void {
  const k = kernel * kernel * channels;
  const pixels = batch * outputHeight * outputWidth;
  if (statistics) clear(statistics, 2 * n);
  for (let from = 0; from < pixels; from += BAND) {
    const rows = min(pixels - from, BAND);
    eachWindow(
      false, input, scratch, from, rows,
      height, width, channels, kernel, strideH, strideW, top, left, outputHeight, outputWidth,
    );
    multiply(scratch, weights, z, rows, k, n);
    if (statistics) addStatistics(z, rows, n, statistics);
    z += (<usize>(rows * n)) << 2;
  }
}

/**
 * From the gradient `g` after this layer's batch norm, whose backward pass is dz = g·a + z·b + d for each column:
 * weightGradient[k·k·channels, n] and the gradient of the input, to which `residual` (0 for none) is added.
 * Scratch: K·n + 90·(K + n) numbers, where K = k·k·channels.
 */
export function convolveBackward(
  g: usize,
  z: usize,
  a: usize,
  b: usize,
  d: usize,
  input: usize,
  weights: usize,
  weightGradient: usize,
  inputGradient: usize,
  residual: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernel: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
  outputHeight: i32,
  outputWidth: i32,
  n: i32,
  scratch: usize,
): void {
  const k = kernel * kernel * channels;
  const pixels = batch * outputHeight * outputWidth;
  const pitch = (<usize>n) << 2;
  const transposed = scratch;
  const dz = transposed + <usize>k * pitch;
  const windows = dz + <usize>BAND * pitch;
  clear(weightGradient, k * n);
  startFrom(inputGradient, residual, batch * height * width * channels);
  transpose(weights, transposed, k, n);
  for (let from = 0; from < pixels; from += BAND) {
    const rows = min(pixels - from, BAND);
    normGradient(g, z, a, b, d, dz, rows, n);
    eachWindow(
      false, input, windows, from, rows,
      height, width, channels, kernel, strideH, strideW, top, left, outputHeight, outputWidth,
    );
    multiplyTransposed(windows, dz, weightGradient, rows, k, n);
    multiply(dz, transposed, windows, rows, n, k);
    eachWindow(
      true, inputGradient, windows, from, rows,
      height, width, channels, kernel, strideH, strideW, top, left, outputHeight, outputWidth,
    );
    g += <usize>rows * pitch;
    z += <usize>rows * pitch;
  }
}
