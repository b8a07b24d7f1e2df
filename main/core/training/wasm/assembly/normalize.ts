// Batch norm over [rows, channels] matrices.
import { accumulate, clear, fma, passed, relu6, zeros, V } from './simd';

const BAND: i32 = 96;

// @ts-ignore: decorator
@inline
function at(base: usize, index: i32): usize {
  return base + ((<usize>index) << 2);
}

/**
 * From Σz and Σz² over `count` rows: mean and 1/√(variance + ε), and the scale and shift with which batch norm is
 * applied. `batch` (2·channels; 0 for none) receives mean and unbiased variance for the running statistics.
 */
export function normalizeCoefficients(
  statistics: usize,
  count: i32,
  gamma: usize,
  beta: usize,
  channels: i32,
  epsilon: f32,
  scale: usize,
  shift: usize,
  mean: usize,
  inverse: usize,
  batch: usize,
): void {
  for (let c = 0; c < channels; c++) {
    const m = load<f32>(at(statistics, c)) / <f32>count;
    const v = max<f32>(load<f32>(at(statistics, channels + c)) / <f32>count - m * m, 0);
    const i: f32 = 1 / sqrt<f32>(v + epsilon);
    const s = load<f32>(at(gamma, c)) * i;
    store<f32>(at(mean, c), m);
    store<f32>(at(inverse, c), i);
    store<f32>(at(scale, c), s);
    store<f32>(at(shift, c), load<f32>(at(beta, c)) - m * s);
    if (batch) {
      store<f32>(at(batch, c), m);
      store<f32>(at(batch, channels + c), count > 1 ? (v * <f32>count) / <f32>(count - 1) : v);
    }
  }
}

/** Scale and shift from running statistics. */
export function normalizeInference(
  mean: usize,
  variance: usize,
  gamma: usize,
  beta: usize,
  channels: i32,
  epsilon: f32,
  scale: usize,
  shift: usize,
): void {
  for (let c = 0; c < channels; c++) {
    const s = load<f32>(at(gamma, c)) / sqrt<f32>(load<f32>(at(variance, c)) + epsilon);
    store<f32>(at(scale, c), s);
    store<f32>(at(shift, c), load<f32>(at(beta, c)) - load<f32>(at(mean, c)) * s);
  }
}

/** Where the ReLU6 stands: nowhere, behind batch norm, or behind the sum with the residual. */
const AFTER_NORM: i32 = 1;
const AFTER_SUM: i32 = 2;

/** y = z · scale + shift, plus `residual` where there is one (0 for none), with a ReLU6 where `activated` says. */
export function normalizeApply(
  z: usize,
  scale: usize,
  shift: usize,
  residual: usize,
  activated: i32,
  y: usize,
  rows: i32,
  channels: i32,
): void {
  const pitch = (<usize>channels) << 2;
  let i: usize = 0;
  for (; rows > 0; rows--) {
    for (let c: usize = 0; c < pitch; c += V, i += V) {
      let value = fma(v128.load(z + i), v128.load(scale + c), v128.load(shift + c));
      if (activated === AFTER_NORM) value = relu6(value);
      if (residual) value = f32x4.add(value, v128.load(residual + i));
      if (activated === AFTER_SUM) value = relu6(value);
      v128.store(y + i, value);
    }
  }
}

/** Zeroes the gradient `dy` wherever the ReLU6 that gave `y` does not pass it. `count` is a multiple of four. */
export function maskGradient(dy: usize, y: usize, count: i32): void {
  const bytes = (<usize>count) << 2;
  for (let i: usize = 0; i < bytes; i += V) v128.store(dy + i, passed(v128.load(dy + i), v128.load(y + i)));
}

/**
 * `sums` (2·channels) receives Σg and Σg·z, where g is the gradient `dy` of the output, masked by the ReLU6 where
 * `activated` (the mask is then applied to `dy` in place).
 */
export function normalizeSums(
  dy: usize,
  z: usize,
  scale: usize,
  shift: usize,
  activated: bool,
  rows: i32,
  channels: i32,
  sums: usize,
): void {
  const pitch = (<usize>channels) << 2;
  clear(sums, 2 * channels);
  while (rows > 0) {
    const band = min(rows, BAND);
    for (let c: usize = 0; c < pitch; c += V) {
      const s = v128.load(scale + c);
      const h = v128.load(shift + c);
      let sum = zeros();
      let products = zeros();
      let i = c;
      for (let row = 0; row < band; row++, i += pitch) {
        let gradient = v128.load(dy + i);
        const value = v128.load(z + i);
        if (activated) {
          gradient = passed(gradient, fma(value, s, h));
          v128.store(dy + i, gradient);
        }
        sum = f32x4.add(sum, gradient);
        products = fma(gradient, value, products);
      }
      accumulate(sums + c, sum);
      accumulate(sums + pitch + c, products);
    }
    rows -= band;
    dy += (<usize>band) * pitch;
    z += (<usize>band) * pitch;
  }
}

/** Coefficients of dz = g·a + z·b + d from Σg and Σg·z over `count` rows, and the gradients of gamma and beta. */
export function normalizeBackward(
  sums: usize,
  mean: usize,
  inverse: usize,
  gamma: usize,
  count: i32,
  channels: i32,
  a: usize,
  b: usize,
  d: usize,
  gammaGradient: usize,
  betaGradient: usize,
): void {
  for (let c = 0; c < channels; c++) {
    const m = load<f32>(at(mean, c));
    const i = load<f32>(at(inverse, c));
    const sum = load<f32>(at(sums, c));
    const product = i * (load<f32>(at(sums, channels + c)) - m * sum);
    const slope = load<f32>(at(gamma, c)) * i;
    const curve = (-slope * i * product) / <f32>count;
    store<f32>(at(gammaGradient, c), product);
    store<f32>(at(betaGradient, c), sum);
    store<f32>(at(a, c), slope);
    store<f32>(at(b, c), curve);
    store<f32>(at(d, c), (-slope * sum) / <f32>count - curve * m);
  }
}
