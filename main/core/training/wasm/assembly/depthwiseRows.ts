// The inner loops of depthwise convolutions, on one block of four channels that was laid out densely: `p` is an image of
// vectors, `pitch` bytes a row, with its padding in place; `taps` are k·k vectors. The unrolled loops are exported for the
// reason that gemm.ts gives.
import { accumulate, fma, zeros, V } from './simd';

/** Any window and stride, one output after the other. */
function correlateOne(p: usize, pitch: usize, taps: usize, out: usize, count: i32, k: i32, step: usize): void {
  for (; count > 0; count--, p += step, out += V) {
    let sum = zeros();
    let row = p;
    let w = taps;
    for (let ky = 0; ky < k; ky++, row += pitch) {
      for (let kx = 0; kx < k; kx++, w += V) sum = fma(v128.load(row + <usize>kx * V), v128.load(w), sum);
    }
    v128.store(out, sum);
  }
}

/** 3 taps a row, stride 1. */
export function correlate3s1(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 0; count -= 4, p += 4 * V, out += 4 * V) {
    let c0 = zeros(),
      c1 = zeros(),
      c2 = zeros(),
      c3 = zeros();
    let row = p;
    let w = taps;
    for (let ky = 0; ky < 3; ky++, row += pitch, w += 3 * V) {
      const w0 = v128.load(w),
        w1 = v128.load(w, 16),
        w2 = v128.load(w, 32);
      let x = v128.load(row);
      c0 = fma(x, w0, c0);
      x = v128.load(row, 16);
      c0 = fma(x, w1, c0);
      c1 = fma(x, w0, c1);
      x = v128.load(row, 32);
      c0 = fma(x, w2, c0);
      c1 = fma(x, w1, c1);
      c2 = fma(x, w0, c2);
      x = v128.load(row, 48);
      c1 = fma(x, w2, c1);
      c2 = fma(x, w1, c2);
      c3 = fma(x, w0, c3);
      x = v128.load(row, 64);
      c2 = fma(x, w2, c2);
      c3 = fma(x, w1, c3);
      x = v128.load(row, 80);
      c3 = fma(x, w2, c3);
    }
    v128.store(out, c0);
    v128.store(out, c1, 16);
    v128.store(out, c2, 32);
    v128.store(out, c3, 48);
  }
}

/** 5 taps a row, stride 1. */
export function correlate5s1(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 0; count -= 4, p += 4 * V, out += 4 * V) {
    let c0 = zeros(),
      c1 = zeros(),
      c2 = zeros(),
      c3 = zeros();
    let row = p;
    let w = taps;
    for (let ky = 0; ky < 5; ky++, row += pitch, w += 5 * V) {
      const w0 = v128.load(w),
        w1 = v128.load(w, 16),
        w2 = v128.load(w, 32),
        w3 = v128.load(w, 48),
        w4 = v128.load(w, 64);
      let x = v128.load(row);
      c0 = fma(x, w0, c0);
      x = v128.load(row, 16);
      c0 = fma(x, w1, c0);
      c1 = fma(x, w0, c1);
      x = v128.load(row, 32);
      c0 = fma(x, w2, c0);
      c1 = fma(x, w1, c1);
      c2 = fma(x, w0, c2);
      x = v128.load(row, 48);
      c0 = fma(x, w3, c0);
      c1 = fma(x, w2, c1);
      c2 = fma(x, w1, c2);
      c3 = fma(x, w0, c3);
      x = v128.load(row, 64);
      c0 = fma(x, w4, c0);
      c1 = fma(x, w3, c1);
      c2 = fma(x, w2, c2);
      c3 = fma(x, w1, c3);
      x = v128.load(row, 80);
      c1 = fma(x, w4, c1);
      c2 = fma(x, w3, c2);
      c3 = fma(x, w2, c3);
      x = v128.load(row, 96);
      c2 = fma(x, w4, c2);
      c3 = fma(x, w3, c3);
      x = v128.load(row, 112);
      c3 = fma(x, w4, c3);
    }
    v128.store(out, c0);
    v128.store(out, c1, 16);
    v128.store(out, c2, 32);
    v128.store(out, c3, 48);
  }
}

/** 7 taps a row, stride 1. */
export function correlate7s1(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 0; count -= 4, p += 4 * V, out += 4 * V) {
    let c0 = zeros(),
      c1 = zeros(),
      c2 = zeros(),
      c3 = zeros();
    let row = p;
    let w = taps;
    for (let ky = 0; ky < 7; ky++, row += pitch, w += 7 * V) {
      const w0 = v128.load(w),
        w1 = v128.load(w, 16),
        w2 = v128.load(w, 32),
        w3 = v128.load(w, 48),
        w4 = v128.load(w, 64),
        w5 = v128.load(w, 80),
        w6 = v128.load(w, 96);
      let x = v128.load(row);
      c0 = fma(x, w0, c0);
      x = v128.load(row, 16);
      c0 = fma(x, w1, c0);
      c1 = fma(x, w0, c1);
      x = v128.load(row, 32);
      c0 = fma(x, w2, c0);
      c1 = fma(x, w1, c1);
      c2 = fma(x, w0, c2);
      x = v128.load(row, 48);
      c0 = fma(x, w3, c0);
      c1 = fma(x, w2, c1);
      c2 = fma(x, w1, c2);
      c3 = fma(x, w0, c3);
      x = v128.load(row, 64);
      c0 = fma(x, w4, c0);
      c1 = fma(x, w3, c1);
      c2 = fma(x, w2, c2);
      c3 = fma(x, w1, c3);
      x = v128.load(row, 80);
      c0 = fma(x, w5, c0);
      c1 = fma(x, w4, c1);
      c2 = fma(x, w3, c2);
      c3 = fma(x, w2, c3);
      x = v128.load(row, 96);
      c0 = fma(x, w6, c0);
      c1 = fma(x, w5, c1);
      c2 = fma(x, w4, c2);
      c3 = fma(x, w3, c3);
      x = v128.load(row, 112);
      c1 = fma(x, w6, c1);
      c2 = fma(x, w5, c2);
      c3 = fma(x, w4, c3);
      x = v128.load(row, 128);
      c2 = fma(x, w6, c2);
      c3 = fma(x, w5, c3);
      x = v128.load(row, 144);
      c3 = fma(x, w6, c3);
    }
    v128.store(out, c0);
    v128.store(out, c1, 16);
    v128.store(out, c2, 32);
    v128.store(out, c3, 48);
  }
}

/** 3 taps a row, stride 2. */
export function correlate3s2(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 0; count -= 4, p += 8 * V, out += 4 * V) {
    let c0 = zeros(),
      c1 = zeros(),
      c2 = zeros(),
      c3 = zeros();
    let row = p;
    let w = taps;
    for (let ky = 0; ky < 3; ky++, row += pitch, w += 3 * V) {
      const w0 = v128.load(w),
        w1 = v128.load(w, 16),
        w2 = v128.load(w, 32);
      let x = v128.load(row);
      c0 = fma(x, w0, c0);
      x = v128.load(row, 16);
      c0 = fma(x, w1, c0);
      x = v128.load(row, 32);
      c0 = fma(x, w2, c0);
      c1 = fma(x, w0, c1);
      x = v128.load(row, 48);
      c1 = fma(x, w1, c1);
      x = v128.load(row, 64);
      c1 = fma(x, w2, c1);
      c2 = fma(x, w0, c2);
      x = v128.load(row, 80);
      c2 = fma(x, w1, c2);
      x = v128.load(row, 96);
      c2 = fma(x, w2, c2);
      c3 = fma(x, w0, c3);
      x = v128.load(row, 112);
      c3 = fma(x, w1, c3);
      x = v128.load(row, 128);
      c3 = fma(x, w2, c3);
    }
    v128.store(out, c0);
    v128.store(out, c1, 16);
    v128.store(out, c2, 32);
    v128.store(out, c3, 48);
  }
}

/** 5 taps a row, stride 2. */
export function correlate5s2(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 0; count -= 4, p += 8 * V, out += 4 * V) {
    let c0 = zeros(),
      c1 = zeros(),
      c2 = zeros(),
      c3 = zeros();
    let row = p;
    let w = taps;
    for (let ky = 0; ky < 5; ky++, row += pitch, w += 5 * V) {
      const w0 = v128.load(w),
        w1 = v128.load(w, 16),
        w2 = v128.load(w, 32),
        w3 = v128.load(w, 48),
        w4 = v128.load(w, 64);
      let x = v128.load(row);
      c0 = fma(x, w0, c0);
      x = v128.load(row, 16);
      c0 = fma(x, w1, c0);
      x = v128.load(row, 32);
      c0 = fma(x, w2, c0);
      c1 = fma(x, w0, c1);
      x = v128.load(row, 48);
      c0 = fma(x, w3, c0);
      c1 = fma(x, w1, c1);
      x = v128.load(row, 64);
      c0 = fma(x, w4, c0);
      c1 = fma(x, w2, c1);
      c2 = fma(x, w0, c2);
      x = v128.load(row, 80);
      c1 = fma(x, w3, c1);
      c2 = fma(x, w1, c2);
      x = v128.load(row, 96);
      c1 = fma(x, w4, c1);
      c2 = fma(x, w2, c2);
      c3 = fma(x, w0, c3);
      x = v128.load(row, 112);
      c2 = fma(x, w3, c2);
      c3 = fma(x, w1, c3);
      x = v128.load(row, 128);
      c2 = fma(x, w4, c2);
      c3 = fma(x, w2, c3);
      x = v128.load(row, 144);
      c3 = fma(x, w3, c3);
      x = v128.load(row, 160);
      c3 = fma(x, w4, c3);
    }
    v128.store(out, c0);
    v128.store(out, c1, 16);
    v128.store(out, c2, 32);
    v128.store(out, c3, 48);
  }
}

/** 7 taps a row, stride 2. */
export function correlate7s2(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 0; count -= 4, p += 8 * V, out += 4 * V) {
    let c0 = zeros(),
      c1 = zeros(),
      c2 = zeros(),
      c3 = zeros();
    let row = p;
    let w = taps;
    for (let ky = 0; ky < 7; ky++, row += pitch, w += 7 * V) {
      const w0 = v128.load(w),
        w1 = v128.load(w, 16),
        w2 = v128.load(w, 32),
        w3 = v128.load(w, 48),
        w4 = v128.load(w, 64),
        w5 = v128.load(w, 80),
        w6 = v128.load(w, 96);
      let x = v128.load(row);
      c0 = fma(x, w0, c0);
      x = v128.load(row, 16);
      c0 = fma(x, w1, c0);
      x = v128.load(row, 32);
      c0 = fma(x, w2, c0);
      c1 = fma(x, w0, c1);
      x = v128.load(row, 48);
      c0 = fma(x, w3, c0);
      c1 = fma(x, w1, c1);
      x = v128.load(row, 64);
      c0 = fma(x, w4, c0);
      c1 = fma(x, w2, c1);
      c2 = fma(x, w0, c2);
      x = v128.load(row, 80);
      c0 = fma(x, w5, c0);
      c1 = fma(x, w3, c1);
      c2 = fma(x, w1, c2);
      x = v128.load(row, 96);
      c0 = fma(x, w6, c0);
      c1 = fma(x, w4, c1);
      c2 = fma(x, w2, c2);
      c3 = fma(x, w0, c3);
      x = v128.load(row, 112);
      c1 = fma(x, w5, c1);
      c2 = fma(x, w3, c2);
      c3 = fma(x, w1, c3);
      x = v128.load(row, 128);
      c1 = fma(x, w6, c1);
      c2 = fma(x, w4, c2);
      c3 = fma(x, w2, c3);
      x = v128.load(row, 144);
      c2 = fma(x, w5, c2);
      c3 = fma(x, w3, c3);
      x = v128.load(row, 160);
      c2 = fma(x, w6, c2);
      c3 = fma(x, w4, c3);
      x = v128.load(row, 176);
      c3 = fma(x, w5, c3);
      x = v128.load(row, 192);
      c3 = fma(x, w6, c3);
    }
    v128.store(out, c0);
    v128.store(out, c1, 16);
    v128.store(out, c2, 32);
    v128.store(out, c3, 48);
  }
}

/**
 * out[i] = Σ p[ky, i·stride + kx] · taps[ky, kx] for one output row of `count` vectors. Works by fours: up to three more
 * are written, from whatever lies behind the row, so that narrow rows are as fast as wide ones.
 */
export function correlateRow(p: usize, pitch: usize, taps: usize, out: usize, count: i32, k: i32, stride: i32): void {
  if (stride === 1) {
    if (k === 3) correlate3s1(p, pitch, taps, out, count);
    else if (k === 5) correlate5s1(p, pitch, taps, out, count);
    else correlate7s1(p, pitch, taps, out, count);
  } else if (stride === 2) {
    if (k === 3) correlate3s2(p, pitch, taps, out, count);
    else if (k === 5) correlate5s2(p, pitch, taps, out, count);
    else correlate7s2(p, pitch, taps, out, count);
  } else {
    correlateOne(p, pitch, taps, out, count, k, <usize>stride * V);
  }
}

/** All nine sums at once: fewer would wait for each other's additions. */
export function filterGradient3(
  p: usize,
  rowStep: usize,
  pitch: usize,
  step: usize,
  dz: usize,
  dzPitch: usize,
  height: i32,
  width: i32,
  sums: usize,
): void {
  let s0 = v128.load(sums),
    s1 = v128.load(sums, 16),
    s2 = v128.load(sums, 32),
    s3 = v128.load(sums, 48),
    s4 = v128.load(sums, 64),
    s5 = v128.load(sums, 80),
    s6 = v128.load(sums, 96),
    s7 = v128.load(sums, 112),
    s8 = v128.load(sums, 128);
  for (; height > 0; height--, p += rowStep, dz += dzPitch) {
    let x0 = p;
    let x1 = p + pitch;
    let x2 = x1 + pitch;
    let d = dz;
    for (let i = width; i > 0; i--, d += V, x0 += step, x1 += step, x2 += step) {
      const g = v128.load(d);
      s0 = fma(g, v128.load(x0), s0);
      s1 = fma(g, v128.load(x0, 16), s1);
      s2 = fma(g, v128.load(x0, 32), s2);
      s3 = fma(g, v128.load(x1), s3);
      s4 = fma(g, v128.load(x1, 16), s4);
      s5 = fma(g, v128.load(x1, 32), s5);
      s6 = fma(g, v128.load(x2), s6);
      s7 = fma(g, v128.load(x2, 16), s7);
      s8 = fma(g, v128.load(x2, 32), s8);
    }
  }
  v128.store(sums, s0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
  v128.store(sums, s4, 64);
  v128.store(sums, s5, 80);
  v128.store(sums, s6, 96);
  v128.store(sums, s7, 112);
  v128.store(sums, s8, 128);
}

export function filterGradient5(
  p: usize,
  rowStep: usize,
  pitch: usize,
  step: usize,
  dz: usize,
  dzPitch: usize,
  height: i32,
  width: i32,
  sums: usize,
): void {
  for (let ky = 0; ky < 5; ky++, p += pitch, sums += 5 * V) {
    let s00 = zeros(),
      s01 = zeros(),
      s02 = zeros(),
      s03 = zeros(),
      s04 = zeros();
    let s10 = zeros(),
      s11 = zeros(),
      s12 = zeros(),
      s13 = zeros(),
      s14 = zeros();
    let row = p;
    let gradient = dz;
    for (let y = height; y > 0; y--, row += rowStep, gradient += dzPitch) {
      let x = row;
      let d = gradient;
      let i = width;
      for (; i >= 2; i -= 2, d += 2 * V, x += 2 * step) {
        const g = v128.load(d);
        const h = v128.load(d, 16);
        const next = x + step;
        s00 = fma(g, v128.load(x), s00);
        s10 = fma(h, v128.load(next), s10);
        s01 = fma(g, v128.load(x, 16), s01);
        s11 = fma(h, v128.load(next, 16), s11);
        s02 = fma(g, v128.load(x, 32), s02);
        s12 = fma(h, v128.load(next, 32), s12);
        s03 = fma(g, v128.load(x, 48), s03);
        s13 = fma(h, v128.load(next, 48), s13);
        s04 = fma(g, v128.load(x, 64), s04);
        s14 = fma(h, v128.load(next, 64), s14);
      }
      for (; i > 0; i--, d += V, x += step) {
        const g = v128.load(d);
        s00 = fma(g, v128.load(x), s00);
        s01 = fma(g, v128.load(x, 16), s01);
        s02 = fma(g, v128.load(x, 32), s02);
        s03 = fma(g, v128.load(x, 48), s03);
        s04 = fma(g, v128.load(x, 64), s04);
      }
    }
    accumulate(sums, f32x4.add(s00, s10));
    accumulate(sums + 16, f32x4.add(s01, s11));
    accumulate(sums + 32, f32x4.add(s02, s12));
    accumulate(sums + 48, f32x4.add(s03, s13));
    accumulate(sums + 64, f32x4.add(s04, s14));
  }
}

export function filterGradient7(
  p: usize,
  rowStep: usize,
  pitch: usize,
  step: usize,
  dz: usize,
  dzPitch: usize,
  height: i32,
  width: i32,
  sums: usize,
): void {
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

/** Stride 2: even columns meet the even taps, odd columns the odd ones. Reads 1 zeros on either side of dz. */
export function scatter3s2(q: usize, dz: usize, taps: usize, count: i32): void {
  const w0 = v128.load(taps),
    w1 = v128.load(taps, 16),
    w2 = v128.load(taps, 32);
  let d1 = zeros();
  for (let i = count + 1; i > 0; i--, dz += V, q += 2 * V) {
    const d0 = v128.load(dz);
    v128.store(q, fma(d1, w2, fma(d0, w0, v128.load(q))));
    v128.store(q, fma(d0, w1, v128.load(q, 16)), 16);
    d1 = d0;
  }
}

/** Stride 2: even columns meet the even taps, odd columns the odd ones. Reads 2 zeros on either side of dz. */
export function scatter5s2(q: usize, dz: usize, taps: usize, count: i32): void {
  const w0 = v128.load(taps),
    w1 = v128.load(taps, 16),
    w2 = v128.load(taps, 32),
    w3 = v128.load(taps, 48),
    w4 = v128.load(taps, 64);
  let d1 = zeros();
  let d2 = zeros();
  for (let i = count + 2; i > 0; i--, dz += V, q += 2 * V) {
    const d0 = v128.load(dz);
    v128.store(q, fma(d2, w4, fma(d1, w2, fma(d0, w0, v128.load(q)))));
    v128.store(q, fma(d1, w3, fma(d0, w1, v128.load(q, 16))), 16);
    d2 = d1;
    d1 = d0;
  }
}

/** Stride 2: even columns meet the even taps, odd columns the odd ones. Reads 3 zeros on either side of dz. */
export function scatter7s2(q: usize, dz: usize, taps: usize, count: i32): void {
  const w0 = v128.load(taps),
    w1 = v128.load(taps, 16),
    w2 = v128.load(taps, 32),
    w3 = v128.load(taps, 48),
    w4 = v128.load(taps, 64),
    w5 = v128.load(taps, 80),
    w6 = v128.load(taps, 96);
  let d1 = zeros();
  let d2 = zeros();
  let d3 = zeros();
  for (let i = count + 3; i > 0; i--, dz += V, q += 2 * V) {
    const d0 = v128.load(dz);
    v128.store(q, fma(d3, w6, fma(d2, w4, fma(d1, w2, fma(d0, w0, v128.load(q))))));
    v128.store(q, fma(d2, w5, fma(d1, w3, fma(d0, w1, v128.load(q, 16)))), 16);
    d3 = d2;
    d2 = d1;
    d1 = d0;
  }
}

/**
 * q[x·stride + kx] += dz[x] · taps[kx] for one row of `count` vectors. For stride 2, three zeros follow dz, and q has
 * room for 2·(count + 3) vectors.
 */
export function scatterRow(q: usize, dz: usize, taps: usize, count: i32, k: i32, stride: i32): void {
  if (stride === 2) {
    if (k === 3) scatter3s2(q, dz, taps, count);
    else if (k === 5) scatter5s2(q, dz, taps, count);
    else scatter7s2(q, dz, taps, count);
    return;
  }
  for (; count > 0; count--, dz += V, q += <usize>stride * V) {
    const d = v128.load(dz);
    for (let kx: usize = 0; kx < <usize>k; kx++) {
      const at = q + kx * V;
      v128.store(at, fma(d, v128.load(taps + kx * V), v128.load(at)));
    }
  }
}
