// Gradients of depthwise filters, on one block of four channels that was laid out densely. Up to seven sums are kept: these
// loops carry more than those of correlations. Exported for the reason that tiles.ts gives.
import { accumulate, fma, zeros, V } from './simd';

export function filterGradient3(p: usize, rowStep: usize, pitch: usize, step: usize, dz: usize, dzPitch: usize, height: i32, width: i32, sums: usize): void {
  for (let ky = 0; ky < 3; ky++, p += pitch, sums += 3 * V) {
    let s00 = zeros(),
      s01 = zeros(),
      s02 = zeros();
    let s10 = zeros(),
      s11 = zeros(),
      s12 = zeros();
    let row = p;
    let gradient = dz;
    for (let y = height; y > 0; y--, row += rowStep, gradient += dzPitch) {
      let x = row;
      let d = gradient;
      let i = width;
      for (; i >= 2; i -= 2, d += 2 * V) {
        const g = v128.load(d);
        const h = v128.load(d, 16);
        s00 = fma(g, v128.load(x), s00);
        s01 = fma(g, v128.load(x, 16), s01);
        s02 = fma(g, v128.load(x, 32), s02);
        x += step;
        s10 = fma(h, v128.load(x), s10);
        s11 = fma(h, v128.load(x, 16), s11);
        s12 = fma(h, v128.load(x, 32), s12);
        x += step;
      }
      for (; i > 0; i--, d += V, x += step) {
        const g = v128.load(d);
        s00 = fma(g, v128.load(x), s00);
        s01 = fma(g, v128.load(x, 16), s01);
        s02 = fma(g, v128.load(x, 32), s02);
      }
    }
    accumulate(sums, f32x4.add(s00, s10));
    accumulate(sums + 16, f32x4.add(s01, s11));
    accumulate(sums + 32, f32x4.add(s02, s12));
  }
}

export function filterGradient5(p: usize, rowStep: usize, pitch: usize, step: usize, dz: usize, dzPitch: usize, height: i32, width: i32, sums: usize): void {
  for (let ky = 0; ky < 5; ky++, p += pitch, sums += 5 * V) {
    let s00 = zeros(),
      s01 = zeros(),
      s02 = zeros(),
      s03 = zeros(),
      s04 = zeros();
    let row = p;
    let gradient = dz;
    for (let y = height; y > 0; y--, row += rowStep, gradient += dzPitch) {
      let x = row;
      let d = gradient;
      let i = width;
      for (; i > 0; i--, d += V, x += step) {
        const g = v128.load(d);
        s00 = fma(g, v128.load(x), s00);
        s01 = fma(g, v128.load(x, 16), s01);
        s02 = fma(g, v128.load(x, 32), s02);
        s03 = fma(g, v128.load(x, 48), s03);
        s04 = fma(g, v128.load(x, 64), s04);
      }
    }
    accumulate(sums, s00);
    accumulate(sums + 16, s01);
    accumulate(sums + 32, s02);
    accumulate(sums + 48, s03);
    accumulate(sums + 64, s04);
  }
}

export function filterGradient7(p: usize, rowStep: usize, pitch: usize, step: usize, dz: usize, dzPitch: usize, height: i32, width: i32, sums: usize): void {
  for (let ky = 0; ky < 7; ky++, p += pitch, sums += 7 * V) {
    let s00 = zeros(),
      s01 = zeros(),
      s02 = zeros(),
      s03 = zeros(),
      s04 = zeros(),
      s05 = zeros(),
      s06 = zeros();
    let row = p;
    let gradient = dz;
    for (let y = height; y > 0; y--, row += rowStep, gradient += dzPitch) {
      let x = row;
      let d = gradient;
      let i = width;
      for (; i > 0; i--, d += V, x += step) {
        const g = v128.load(d);
        s00 = fma(g, v128.load(x), s00);
        s01 = fma(g, v128.load(x, 16), s01);
        s02 = fma(g, v128.load(x, 32), s02);
        s03 = fma(g, v128.load(x, 48), s03);
        s04 = fma(g, v128.load(x, 64), s04);
        s05 = fma(g, v128.load(x, 80), s05);
        s06 = fma(g, v128.load(x, 96), s06);
      }
    }
    accumulate(sums, s00);
    accumulate(sums + 16, s01);
    accumulate(sums + 32, s02);
    accumulate(sums + 48, s03);
    accumulate(sums + 64, s04);
    accumulate(sums + 80, s05);
    accumulate(sums + 96, s06);
  }
}

/** sums[ky, kx] += Σ dz[y, x] · p[y·strideH + ky, x·strideW + kx]; `rowStep` is strideH rows in bytes. */
export function filterGradient(
  p: usize,
  rowStep: usize,
  pitch: usize,
  step: usize,
  dz: usize,
  dzPitch: usize,
  height: i32,
  width: i32,
  sums: usize,
  k: i32,
): void {
  if (k === 3) filterGradient3(p, rowStep, pitch, step, dz, dzPitch, height, width, sums);
  else if (k === 5) filterGradient5(p, rowStep, pitch, step, dz, dzPitch, height, width, sums);
  else filterGradient7(p, rowStep, pitch, step, dz, dzPitch, height, width, sums);
}
