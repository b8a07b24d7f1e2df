// 1×1 convolutions, and any convolution whose windows were gathered into rows: z = x · W, forward and backward.
//
// The input comes as the raw output of the layer before with that layer's batch norm and ReLU6 still to be applied
// (`scale` ≠ 0: x = relu6(input · scale + shift)), or as it is (`scale` = 0). The matrices pass through in bands of
// rows that stay in the cache, so that activation, product and statistics cost one trip through memory.
import { addStatistics, BAND, normGradient, transpose } from './bands';
import { multiply, multiplyTransposed } from './gemm';
import { accumulate, clear, fma, passed, relu6, zeros, V } from './simd';

function activate(input: usize, scale: usize, shift: usize, output: usize, rows: i32, channels: i32): void {
  const pitch = (<usize>channels) << 2;
  for (let i = 0; i < rows; i++) {
    for (let c: usize = 0; c < pitch; c += V) {
      v128.store(output + c, relu6(fma(v128.load(input + c), v128.load(scale + c), v128.load(shift + c))));
    }
    input += pitch;
    output += pitch;
  }
}

/**
 * z[m, n] = x[m, k] · weights[k, n]. `statistics` (2·n; 0 for none) receives Σz and Σz² of each column.
 * Scratch: 90·k numbers.
 */
export function pointwiseForward(
  input: usize,
  scale: usize,
  shift: usize,
  weights: usize,
  z: usize,
  m: i32,
  k: i32,
  n: i32,
  statistics: usize,
  scratch: usize,
): void {
  const inputPitch = (<usize>k) << 2;
  const pitch = (<usize>n) << 2;
  if (statistics) clear(statistics, 2 * n);
  while (m > 0) {
    const rows = min(m, BAND);
    let x = input;
    if (scale) {
      activate(input, scale, shift, scratch, rows, k);
      x = scratch;
    }
    multiply(x, weights, z, rows, k, n);
    if (statistics) addStatistics(z, rows, n, statistics);
    m -= rows;
    input += <usize>rows * inputPitch;
    z += <usize>rows * pitch;
  }
}

/**
 * From the gradient `g` after this layer's batch norm, whose backward pass is dz = g·a + z·b + d for each column:
 * weightGradient[k, n] = xᵀ · dz, and, unless `inputGradient` is 0, the gradient of its input dz · weightsᵀ[m, k].
 * Where the input came through a ReLU6, that gradient is masked and `sums` (2·k) receives Σg and Σg·input of each
 * column, as the batch norm before needs them; otherwise `residual` (0 for none) is added to it.
 * Scratch: k·n + 90·(k + n) numbers.
 */
export function pointwiseBackward(
  g: usize,
  z: usize,
  a: usize,
  b: usize,
  d: usize,
  input: usize,
  scale: usize,
  shift: usize,
  weights: usize,
  weightGradient: usize,
  inputGradient: usize,
  residual: usize,
  sums: usize,
  m: i32,
  k: i32,
  n: i32,
  scratch: usize,
): void {
  const inputPitch = (<usize>k) << 2;
  const pitch = (<usize>n) << 2;
  const transposed = scratch;
  const dz = transposed + <usize>k * pitch;
  const activated = dz + <usize>BAND * pitch;
  clear(weightGradient, k * n);
  if (inputGradient) {
    if (scale) clear(sums, 2 * k);
    transpose(weights, transposed, k, n);
  }
  while (m > 0) {
    const rows = min(m, BAND);
    normGradient(g, z, a, b, d, dz, rows, n);
    let x = input;
    if (scale) {
      activate(input, scale, shift, activated, rows, k);
      x = activated;
    }
    multiplyTransposed(x, dz, weightGradient, rows, k, n);
    if (inputGradient) {
      multiply(dz, transposed, inputGradient, rows, n, k);
      if (scale) {
        for (let c: usize = 0; c < inputPitch; c += V) {
          let sum = zeros();
          let products = zeros();
          let at = c;
          for (let i = 0; i < rows; i++, at += inputPitch) {
            const value = passed(v128.load(inputGradient + at), v128.load(activated + at));
            v128.store(inputGradient + at, value);
            sum = f32x4.add(sum, value);
            products = fma(value, v128.load(input + at), products);
          }
          accumulate(sums + c, sum);
          accumulate(sums + inputPitch + c, products);
        }
      } else if (residual) {
        const bytes = <usize>rows * inputPitch;
        for (let at: usize = 0; at < bytes; at += V) accumulate(inputGradient + at, v128.load(residual + at));
        residual += bytes;
      }
      inputGradient += <usize>rows * inputPitch;
    }
    m -= rows;
    g += <usize>rows * pitch;
    z += <usize>rows * pitch;
    input += <usize>rows * inputPitch;
  }
}
