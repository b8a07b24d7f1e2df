// The inner loops of depthwise convolutions, on one block of four channels that was laid out densely: `p` is an image of
// vectors, `pitch` bytes a row, with its padding in place; `taps` are k·k vectors. Unrolled as far as V8 keeps the sums in
// registers, which was measured: eight sums for correlations, up to seven for filter gradients, whose loops carry more.
// Exported for the reason that gemm.ts gives.
import { accumulate, fma, zeros, V } from './simd';

export function correlate3s1by8(p: usize, pitch: usize, taps: usize, out: usize): void {
  let c0 = zeros(), c1 = zeros(), c2 = zeros(), c3 = zeros(), c4 = zeros(), c5 = zeros(), c6 = zeros(), c7 = zeros();
  for (let ky = 0; ky < 3; ky++, p += pitch, taps += 3 * V) {
    let w = v128.load(taps);
    c0 = fma(w, v128.load(p), c0);
    c1 = fma(w, v128.load(p, 16), c1);
    c2 = fma(w, v128.load(p, 32), c2);
    c3 = fma(w, v128.load(p, 48), c3);
    c4 = fma(w, v128.load(p, 64), c4);
    c5 = fma(w, v128.load(p, 80), c5);
    c6 = fma(w, v128.load(p, 96), c6);
    c7 = fma(w, v128.load(p, 112), c7);
    w = v128.load(taps, 16);
    c0 = fma(w, v128.load(p, 16), c0);
    c1 = fma(w, v128.load(p, 32), c1);
    c2 = fma(w, v128.load(p, 48), c2);
    c3 = fma(w, v128.load(p, 64), c3);
    c4 = fma(w, v128.load(p, 80), c4);
    c5 = fma(w, v128.load(p, 96), c5);
    c6 = fma(w, v128.load(p, 112), c6);
    c7 = fma(w, v128.load(p, 128), c7);
    w = v128.load(taps, 32);
    c0 = fma(w, v128.load(p, 32), c0);
    c1 = fma(w, v128.load(p, 48), c1);
    c2 = fma(w, v128.load(p, 64), c2);
    c3 = fma(w, v128.load(p, 80), c3);
    c4 = fma(w, v128.load(p, 96), c4);
    c5 = fma(w, v128.load(p, 112), c5);
    c6 = fma(w, v128.load(p, 128), c6);
    c7 = fma(w, v128.load(p, 144), c7);
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
  v128.store(out, c4, 64);
  v128.store(out, c5, 80);
  v128.store(out, c6, 96);
  v128.store(out, c7, 112);
}

export function correlate3s1by4(p: usize, pitch: usize, taps: usize, out: usize): void {
  let c0 = zeros(), c1 = zeros(), c2 = zeros(), c3 = zeros();
  for (let ky = 0; ky < 3; ky++, p += pitch, taps += 3 * V) {
    let w = v128.load(taps);
    c0 = fma(w, v128.load(p), c0);
    c1 = fma(w, v128.load(p, 16), c1);
    c2 = fma(w, v128.load(p, 32), c2);
    c3 = fma(w, v128.load(p, 48), c3);
    w = v128.load(taps, 16);
    c0 = fma(w, v128.load(p, 16), c0);
    c1 = fma(w, v128.load(p, 32), c1);
    c2 = fma(w, v128.load(p, 48), c2);
    c3 = fma(w, v128.load(p, 64), c3);
    w = v128.load(taps, 32);
    c0 = fma(w, v128.load(p, 32), c0);
    c1 = fma(w, v128.load(p, 48), c1);
    c2 = fma(w, v128.load(p, 64), c2);
    c3 = fma(w, v128.load(p, 80), c3);
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
}

function correlate3s1(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 4; count -= 8, p += 8 * V, out += 8 * V) correlate3s1by8(p, pitch, taps, out);
  if (count > 0) correlate3s1by4(p, pitch, taps, out);
}

export function correlate5s1by8(p: usize, pitch: usize, taps: usize, out: usize): void {
  let c0 = zeros(), c1 = zeros(), c2 = zeros(), c3 = zeros(), c4 = zeros(), c5 = zeros(), c6 = zeros(), c7 = zeros();
  for (let ky = 0; ky < 5; ky++, p += pitch, taps += 5 * V) {
    let w = v128.load(taps);
    c0 = fma(w, v128.load(p), c0);
    c1 = fma(w, v128.load(p, 16), c1);
    c2 = fma(w, v128.load(p, 32), c2);
    c3 = fma(w, v128.load(p, 48), c3);
    c4 = fma(w, v128.load(p, 64), c4);
    c5 = fma(w, v128.load(p, 80), c5);
    c6 = fma(w, v128.load(p, 96), c6);
    c7 = fma(w, v128.load(p, 112), c7);
    w = v128.load(taps, 16);
    c0 = fma(w, v128.load(p, 16), c0);
    c1 = fma(w, v128.load(p, 32), c1);
    c2 = fma(w, v128.load(p, 48), c2);
    c3 = fma(w, v128.load(p, 64), c3);
    c4 = fma(w, v128.load(p, 80), c4);
    c5 = fma(w, v128.load(p, 96), c5);
    c6 = fma(w, v128.load(p, 112), c6);
    c7 = fma(w, v128.load(p, 128), c7);
    w = v128.load(taps, 32);
    c0 = fma(w, v128.load(p, 32), c0);
    c1 = fma(w, v128.load(p, 48), c1);
    c2 = fma(w, v128.load(p, 64), c2);
    c3 = fma(w, v128.load(p, 80), c3);
    c4 = fma(w, v128.load(p, 96), c4);
    c5 = fma(w, v128.load(p, 112), c5);
    c6 = fma(w, v128.load(p, 128), c6);
    c7 = fma(w, v128.load(p, 144), c7);
    w = v128.load(taps, 48);
    c0 = fma(w, v128.load(p, 48), c0);
    c1 = fma(w, v128.load(p, 64), c1);
    c2 = fma(w, v128.load(p, 80), c2);
    c3 = fma(w, v128.load(p, 96), c3);
    c4 = fma(w, v128.load(p, 112), c4);
    c5 = fma(w, v128.load(p, 128), c5);
    c6 = fma(w, v128.load(p, 144), c6);
    c7 = fma(w, v128.load(p, 160), c7);
    w = v128.load(taps, 64);
    c0 = fma(w, v128.load(p, 64), c0);
    c1 = fma(w, v128.load(p, 80), c1);
    c2 = fma(w, v128.load(p, 96), c2);
    c3 = fma(w, v128.load(p, 112), c3);
    c4 = fma(w, v128.load(p, 128), c4);
    c5 = fma(w, v128.load(p, 144), c5);
    c6 = fma(w, v128.load(p, 160), c6);
    c7 = fma(w, v128.load(p, 176), c7);
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
  v128.store(out, c4, 64);
  v128.store(out, c5, 80);
  v128.store(out, c6, 96);
  v128.store(out, c7, 112);
}

export function correlate5s1by4(p: usize, pitch: usize, taps: usize, out: usize): void {
  let c0 = zeros(), c1 = zeros(), c2 = zeros(), c3 = zeros();
  for (let ky = 0; ky < 5; ky++, p += pitch, taps += 5 * V) {
    let w = v128.load(taps);
    c0 = fma(w, v128.load(p), c0);
    c1 = fma(w, v128.load(p, 16), c1);
    c2 = fma(w, v128.load(p, 32), c2);
    c3 = fma(w, v128.load(p, 48), c3);
    w = v128.load(taps, 16);
    c0 = fma(w, v128.load(p, 16), c0);
    c1 = fma(w, v128.load(p, 32), c1);
    c2 = fma(w, v128.load(p, 48), c2);
    c3 = fma(w, v128.load(p, 64), c3);
    w = v128.load(taps, 32);
    c0 = fma(w, v128.load(p, 32), c0);
    c1 = fma(w, v128.load(p, 48), c1);
    c2 = fma(w, v128.load(p, 64), c2);
    c3 = fma(w, v128.load(p, 80), c3);
    w = v128.load(taps, 48);
    c0 = fma(w, v128.load(p, 48), c0);
    c1 = fma(w, v128.load(p, 64), c1);
    c2 = fma(w, v128.load(p, 80), c2);
    c3 = fma(w, v128.load(p, 96), c3);
    w = v128.load(taps, 64);
    c0 = fma(w, v128.load(p, 64), c0);
    c1 = fma(w, v128.load(p, 80), c1);
    c2 = fma(w, v128.load(p, 96), c2);
    c3 = fma(w, v128.load(p, 112), c3);
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
}

function correlate5s1(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 4; count -= 8, p += 8 * V, out += 8 * V) correlate5s1by8(p, pitch, taps, out);
  if (count > 0) correlate5s1by4(p, pitch, taps, out);
}

export function correlate7s1by8(p: usize, pitch: usize, taps: usize, out: usize): void {
  let c0 = zeros(), c1 = zeros(), c2 = zeros(), c3 = zeros(), c4 = zeros(), c5 = zeros(), c6 = zeros(), c7 = zeros();
  for (let ky = 0; ky < 7; ky++, p += pitch, taps += 7 * V) {
    let w = v128.load(taps);
    c0 = fma(w, v128.load(p), c0);
    c1 = fma(w, v128.load(p, 16), c1);
    c2 = fma(w, v128.load(p, 32), c2);
    c3 = fma(w, v128.load(p, 48), c3);
    c4 = fma(w, v128.load(p, 64), c4);
    c5 = fma(w, v128.load(p, 80), c5);
    c6 = fma(w, v128.load(p, 96), c6);
    c7 = fma(w, v128.load(p, 112), c7);
    w = v128.load(taps, 16);
    c0 = fma(w, v128.load(p, 16), c0);
    c1 = fma(w, v128.load(p, 32), c1);
    c2 = fma(w, v128.load(p, 48), c2);
    c3 = fma(w, v128.load(p, 64), c3);
    c4 = fma(w, v128.load(p, 80), c4);
    c5 = fma(w, v128.load(p, 96), c5);
    c6 = fma(w, v128.load(p, 112), c6);
    c7 = fma(w, v128.load(p, 128), c7);
    w = v128.load(taps, 32);
    c0 = fma(w, v128.load(p, 32), c0);
    c1 = fma(w, v128.load(p, 48), c1);
    c2 = fma(w, v128.load(p, 64), c2);
    c3 = fma(w, v128.load(p, 80), c3);
    c4 = fma(w, v128.load(p, 96), c4);
    c5 = fma(w, v128.load(p, 112), c5);
    c6 = fma(w, v128.load(p, 128), c6);
    c7 = fma(w, v128.load(p, 144), c7);
    w = v128.load(taps, 48);
    c0 = fma(w, v128.load(p, 48), c0);
    c1 = fma(w, v128.load(p, 64), c1);
    c2 = fma(w, v128.load(p, 80), c2);
    c3 = fma(w, v128.load(p, 96), c3);
    c4 = fma(w, v128.load(p, 112), c4);
    c5 = fma(w, v128.load(p, 128), c5);
    c6 = fma(w, v128.load(p, 144), c6);
    c7 = fma(w, v128.load(p, 160), c7);
    w = v128.load(taps, 64);
    c0 = fma(w, v128.load(p, 64), c0);
    c1 = fma(w, v128.load(p, 80), c1);
    c2 = fma(w, v128.load(p, 96), c2);
    c3 = fma(w, v128.load(p, 112), c3);
    c4 = fma(w, v128.load(p, 128), c4);
    c5 = fma(w, v128.load(p, 144), c5);
    c6 = fma(w, v128.load(p, 160), c6);
    c7 = fma(w, v128.load(p, 176), c7);
    w = v128.load(taps, 80);
    c0 = fma(w, v128.load(p, 80), c0);
    c1 = fma(w, v128.load(p, 96), c1);
    c2 = fma(w, v128.load(p, 112), c2);
    c3 = fma(w, v128.load(p, 128), c3);
    c4 = fma(w, v128.load(p, 144), c4);
    c5 = fma(w, v128.load(p, 160), c5);
    c6 = fma(w, v128.load(p, 176), c6);
    c7 = fma(w, v128.load(p, 192), c7);
    w = v128.load(taps, 96);
    c0 = fma(w, v128.load(p, 96), c0);
    c1 = fma(w, v128.load(p, 112), c1);
    c2 = fma(w, v128.load(p, 128), c2);
    c3 = fma(w, v128.load(p, 144), c3);
    c4 = fma(w, v128.load(p, 160), c4);
    c5 = fma(w, v128.load(p, 176), c5);
    c6 = fma(w, v128.load(p, 192), c6);
    c7 = fma(w, v128.load(p, 208), c7);
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
  v128.store(out, c4, 64);
  v128.store(out, c5, 80);
  v128.store(out, c6, 96);
  v128.store(out, c7, 112);
}

export function correlate7s1by4(p: usize, pitch: usize, taps: usize, out: usize): void {
  let c0 = zeros(), c1 = zeros(), c2 = zeros(), c3 = zeros();
  for (let ky = 0; ky < 7; ky++, p += pitch, taps += 7 * V) {
    let w = v128.load(taps);
    c0 = fma(w, v128.load(p), c0);
    c1 = fma(w, v128.load(p, 16), c1);
    c2 = fma(w, v128.load(p, 32), c2);
    c3 = fma(w, v128.load(p, 48), c3);
    w = v128.load(taps, 16);
    c0 = fma(w, v128.load(p, 16), c0);
    c1 = fma(w, v128.load(p, 32), c1);
    c2 = fma(w, v128.load(p, 48), c2);
    c3 = fma(w, v128.load(p, 64), c3);
    w = v128.load(taps, 32);
    c0 = fma(w, v128.load(p, 32), c0);
    c1 = fma(w, v128.load(p, 48), c1);
    c2 = fma(w, v128.load(p, 64), c2);
    c3 = fma(w, v128.load(p, 80), c3);
    w = v128.load(taps, 48);
    c0 = fma(w, v128.load(p, 48), c0);
    c1 = fma(w, v128.load(p, 64), c1);
    c2 = fma(w, v128.load(p, 80), c2);
    c3 = fma(w, v128.load(p, 96), c3);
    w = v128.load(taps, 64);
    c0 = fma(w, v128.load(p, 64), c0);
    c1 = fma(w, v128.load(p, 80), c1);
    c2 = fma(w, v128.load(p, 96), c2);
    c3 = fma(w, v128.load(p, 112), c3);
    w = v128.load(taps, 80);
    c0 = fma(w, v128.load(p, 80), c0);
    c1 = fma(w, v128.load(p, 96), c1);
    c2 = fma(w, v128.load(p, 112), c2);
    c3 = fma(w, v128.load(p, 128), c3);
    w = v128.load(taps, 96);
    c0 = fma(w, v128.load(p, 96), c0);
    c1 = fma(w, v128.load(p, 112), c1);
    c2 = fma(w, v128.load(p, 128), c2);
    c3 = fma(w, v128.load(p, 144), c3);
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
}

function correlate7s1(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 4; count -= 8, p += 8 * V, out += 8 * V) correlate7s1by8(p, pitch, taps, out);
  if (count > 0) correlate7s1by4(p, pitch, taps, out);
}

export function correlate3s2by8(p: usize, pitch: usize, taps: usize, out: usize): void {
  let c0 = zeros(), c1 = zeros(), c2 = zeros(), c3 = zeros(), c4 = zeros(), c5 = zeros(), c6 = zeros(), c7 = zeros();
  for (let ky = 0; ky < 3; ky++, p += pitch, taps += 3 * V) {
    let w = v128.load(taps);
    c0 = fma(w, v128.load(p), c0);
    c1 = fma(w, v128.load(p, 32), c1);
    c2 = fma(w, v128.load(p, 64), c2);
    c3 = fma(w, v128.load(p, 96), c3);
    c4 = fma(w, v128.load(p, 128), c4);
    c5 = fma(w, v128.load(p, 160), c5);
    c6 = fma(w, v128.load(p, 192), c6);
    c7 = fma(w, v128.load(p, 224), c7);
    w = v128.load(taps, 16);
    c0 = fma(w, v128.load(p, 16), c0);
    c1 = fma(w, v128.load(p, 48), c1);
    c2 = fma(w, v128.load(p, 80), c2);
    c3 = fma(w, v128.load(p, 112), c3);
    c4 = fma(w, v128.load(p, 144), c4);
    c5 = fma(w, v128.load(p, 176), c5);
    c6 = fma(w, v128.load(p, 208), c6);
    c7 = fma(w, v128.load(p, 240), c7);
    w = v128.load(taps, 32);
    c0 = fma(w, v128.load(p, 32), c0);
    c1 = fma(w, v128.load(p, 64), c1);
    c2 = fma(w, v128.load(p, 96), c2);
    c3 = fma(w, v128.load(p, 128), c3);
    c4 = fma(w, v128.load(p, 160), c4);
    c5 = fma(w, v128.load(p, 192), c5);
    c6 = fma(w, v128.load(p, 224), c6);
    c7 = fma(w, v128.load(p, 256), c7);
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
  v128.store(out, c4, 64);
  v128.store(out, c5, 80);
  v128.store(out, c6, 96);
  v128.store(out, c7, 112);
}

export function correlate3s2by4(p: usize, pitch: usize, taps: usize, out: usize): void {
  let c0 = zeros(), c1 = zeros(), c2 = zeros(), c3 = zeros();
  for (let ky = 0; ky < 3; ky++, p += pitch, taps += 3 * V) {
    let w = v128.load(taps);
    c0 = fma(w, v128.load(p), c0);
    c1 = fma(w, v128.load(p, 32), c1);
    c2 = fma(w, v128.load(p, 64), c2);
    c3 = fma(w, v128.load(p, 96), c3);
    w = v128.load(taps, 16);
    c0 = fma(w, v128.load(p, 16), c0);
    c1 = fma(w, v128.load(p, 48), c1);
    c2 = fma(w, v128.load(p, 80), c2);
    c3 = fma(w, v128.load(p, 112), c3);
    w = v128.load(taps, 32);
    c0 = fma(w, v128.load(p, 32), c0);
    c1 = fma(w, v128.load(p, 64), c1);
    c2 = fma(w, v128.load(p, 96), c2);
    c3 = fma(w, v128.load(p, 128), c3);
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
}

function correlate3s2(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 4; count -= 8, p += 16 * V, out += 8 * V) correlate3s2by8(p, pitch, taps, out);
  if (count > 0) correlate3s2by4(p, pitch, taps, out);
}

export function correlate5s2by8(p: usize, pitch: usize, taps: usize, out: usize): void {
  let c0 = zeros(), c1 = zeros(), c2 = zeros(), c3 = zeros(), c4 = zeros(), c5 = zeros(), c6 = zeros(), c7 = zeros();
  for (let ky = 0; ky < 5; ky++, p += pitch, taps += 5 * V) {
    let w = v128.load(taps);
    c0 = fma(w, v128.load(p), c0);
    c1 = fma(w, v128.load(p, 32), c1);
    c2 = fma(w, v128.load(p, 64), c2);
    c3 = fma(w, v128.load(p, 96), c3);
    c4 = fma(w, v128.load(p, 128), c4);
    c5 = fma(w, v128.load(p, 160), c5);
    c6 = fma(w, v128.load(p, 192), c6);
    c7 = fma(w, v128.load(p, 224), c7);
    w = v128.load(taps, 16);
    c0 = fma(w, v128.load(p, 16), c0);
    c1 = fma(w, v128.load(p, 48), c1);
    c2 = fma(w, v128.load(p, 80), c2);
    c3 = fma(w, v128.load(p, 112), c3);
    c4 = fma(w, v128.load(p, 144), c4);
    c5 = fma(w, v128.load(p, 176), c5);
    c6 = fma(w, v128.load(p, 208), c6);
    c7 = fma(w, v128.load(p, 240), c7);
    w = v128.load(taps, 32);
    c0 = fma(w, v128.load(p, 32), c0);
    c1 = fma(w, v128.load(p, 64), c1);
    c2 = fma(w, v128.load(p, 96), c2);
    c3 = fma(w, v128.load(p, 128), c3);
    c4 = fma(w, v128.load(p, 160), c4);
    c5 = fma(w, v128.load(p, 192), c5);
    c6 = fma(w, v128.load(p, 224), c6);
    c7 = fma(w, v128.load(p, 256), c7);
    w = v128.load(taps, 48);
    c0 = fma(w, v128.load(p, 48), c0);
    c1 = fma(w, v128.load(p, 80), c1);
    c2 = fma(w, v128.load(p, 112), c2);
    c3 = fma(w, v128.load(p, 144), c3);
    c4 = fma(w, v128.load(p, 176), c4);
    c5 = fma(w, v128.load(p, 208), c5);
    c6 = fma(w, v128.load(p, 240), c6);
    c7 = fma(w, v128.load(p, 272), c7);
    w = v128.load(taps, 64);
    c0 = fma(w, v128.load(p, 64), c0);
    c1 = fma(w, v128.load(p, 96), c1);
    c2 = fma(w, v128.load(p, 128), c2);
    c3 = fma(w, v128.load(p, 160), c3);
    c4 = fma(w, v128.load(p, 192), c4);
    c5 = fma(w, v128.load(p, 224), c5);
    c6 = fma(w, v128.load(p, 256), c6);
    c7 = fma(w, v128.load(p, 288), c7);
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
  v128.store(out, c4, 64);
  v128.store(out, c5, 80);
  v128.store(out, c6, 96);
  v128.store(out, c7, 112);
}

export function correlate5s2by4(p: usize, pitch: usize, taps: usize, out: usize): void {
  let c0 = zeros(), c1 = zeros(), c2 = zeros(), c3 = zeros();
  for (let ky = 0; ky < 5; ky++, p += pitch, taps += 5 * V) {
    let w = v128.load(taps);
    c0 = fma(w, v128.load(p), c0);
    c1 = fma(w, v128.load(p, 32), c1);
    c2 = fma(w, v128.load(p, 64), c2);
    c3 = fma(w, v128.load(p, 96), c3);
    w = v128.load(taps, 16);
    c0 = fma(w, v128.load(p, 16), c0);
    c1 = fma(w, v128.load(p, 48), c1);
    c2 = fma(w, v128.load(p, 80), c2);
    c3 = fma(w, v128.load(p, 112), c3);
    w = v128.load(taps, 32);
    c0 = fma(w, v128.load(p, 32), c0);
    c1 = fma(w, v128.load(p, 64), c1);
    c2 = fma(w, v128.load(p, 96), c2);
    c3 = fma(w, v128.load(p, 128), c3);
    w = v128.load(taps, 48);
    c0 = fma(w, v128.load(p, 48), c0);
    c1 = fma(w, v128.load(p, 80), c1);
    c2 = fma(w, v128.load(p, 112), c2);
    c3 = fma(w, v128.load(p, 144), c3);
    w = v128.load(taps, 64);
    c0 = fma(w, v128.load(p, 64), c0);
    c1 = fma(w, v128.load(p, 96), c1);
    c2 = fma(w, v128.load(p, 128), c2);
    c3 = fma(w, v128.load(p, 160), c3);
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
}

function correlate5s2(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 4; count -= 8, p += 16 * V, out += 8 * V) correlate5s2by8(p, pitch, taps, out);
  if (count > 0) correlate5s2by4(p, pitch, taps, out);
}

export function correlate7s2by8(p: usize, pitch: usize, taps: usize, out: usize): void {
  let c0 = zeros(), c1 = zeros(), c2 = zeros(), c3 = zeros(), c4 = zeros(), c5 = zeros(), c6 = zeros(), c7 = zeros();
  for (let ky = 0; ky < 7; ky++, p += pitch, taps += 7 * V) {
    let w = v128.load(taps);
    c0 = fma(w, v128.load(p), c0);
    c1 = fma(w, v128.load(p, 32), c1);
    c2 = fma(w, v128.load(p, 64), c2);
    c3 = fma(w, v128.load(p, 96), c3);
    c4 = fma(w, v128.load(p, 128), c4);
    c5 = fma(w, v128.load(p, 160), c5);
    c6 = fma(w, v128.load(p, 192), c6);
    c7 = fma(w, v128.load(p, 224), c7);
    w = v128.load(taps, 16);
    c0 = fma(w, v128.load(p, 16), c0);
    c1 = fma(w, v128.load(p, 48), c1);
    c2 = fma(w, v128.load(p, 80), c2);
    c3 = fma(w, v128.load(p, 112), c3);
    c4 = fma(w, v128.load(p, 144), c4);
    c5 = fma(w, v128.load(p, 176), c5);
    c6 = fma(w, v128.load(p, 208), c6);
    c7 = fma(w, v128.load(p, 240), c7);
    w = v128.load(taps, 32);
    c0 = fma(w, v128.load(p, 32), c0);
    c1 = fma(w, v128.load(p, 64), c1);
    c2 = fma(w, v128.load(p, 96), c2);
    c3 = fma(w, v128.load(p, 128), c3);
    c4 = fma(w, v128.load(p, 160), c4);
    c5 = fma(w, v128.load(p, 192), c5);
    c6 = fma(w, v128.load(p, 224), c6);
    c7 = fma(w, v128.load(p, 256), c7);
    w = v128.load(taps, 48);
    c0 = fma(w, v128.load(p, 48), c0);
    c1 = fma(w, v128.load(p, 80), c1);
    c2 = fma(w, v128.load(p, 112), c2);
    c3 = fma(w, v128.load(p, 144), c3);
    c4 = fma(w, v128.load(p, 176), c4);
    c5 = fma(w, v128.load(p, 208), c5);
    c6 = fma(w, v128.load(p, 240), c6);
    c7 = fma(w, v128.load(p, 272), c7);
    w = v128.load(taps, 64);
    c0 = fma(w, v128.load(p, 64), c0);
    c1 = fma(w, v128.load(p, 96), c1);
    c2 = fma(w, v128.load(p, 128), c2);
    c3 = fma(w, v128.load(p, 160), c3);
    c4 = fma(w, v128.load(p, 192), c4);
    c5 = fma(w, v128.load(p, 224), c5);
    c6 = fma(w, v128.load(p, 256), c6);
    c7 = fma(w, v128.load(p, 288), c7);
    w = v128.load(taps, 80);
    c0 = fma(w, v128.load(p, 80), c0);
    c1 = fma(w, v128.load(p, 112), c1);
    c2 = fma(w, v128.load(p, 144), c2);
    c3 = fma(w, v128.load(p, 176), c3);
    c4 = fma(w, v128.load(p, 208), c4);
    c5 = fma(w, v128.load(p, 240), c5);
    c6 = fma(w, v128.load(p, 272), c6);
    c7 = fma(w, v128.load(p, 304), c7);
    w = v128.load(taps, 96);
    c0 = fma(w, v128.load(p, 96), c0);
    c1 = fma(w, v128.load(p, 128), c1);
    c2 = fma(w, v128.load(p, 160), c2);
    c3 = fma(w, v128.load(p, 192), c3);
    c4 = fma(w, v128.load(p, 224), c4);
    c5 = fma(w, v128.load(p, 256), c5);
    c6 = fma(w, v128.load(p, 288), c6);
    c7 = fma(w, v128.load(p, 320), c7);
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
  v128.store(out, c4, 64);
  v128.store(out, c5, 80);
  v128.store(out, c6, 96);
  v128.store(out, c7, 112);
}

export function correlate7s2by4(p: usize, pitch: usize, taps: usize, out: usize): void {
  let c0 = zeros(), c1 = zeros(), c2 = zeros(), c3 = zeros();
  for (let ky = 0; ky < 7; ky++, p += pitch, taps += 7 * V) {
    let w = v128.load(taps);
    c0 = fma(w, v128.load(p), c0);
    c1 = fma(w, v128.load(p, 32), c1);
    c2 = fma(w, v128.load(p, 64), c2);
    c3 = fma(w, v128.load(p, 96), c3);
    w = v128.load(taps, 16);
    c0 = fma(w, v128.load(p, 16), c0);
    c1 = fma(w, v128.load(p, 48), c1);
    c2 = fma(w, v128.load(p, 80), c2);
    c3 = fma(w, v128.load(p, 112), c3);
    w = v128.load(taps, 32);
    c0 = fma(w, v128.load(p, 32), c0);
    c1 = fma(w, v128.load(p, 64), c1);
    c2 = fma(w, v128.load(p, 96), c2);
    c3 = fma(w, v128.load(p, 128), c3);
    w = v128.load(taps, 48);
    c0 = fma(w, v128.load(p, 48), c0);
    c1 = fma(w, v128.load(p, 80), c1);
    c2 = fma(w, v128.load(p, 112), c2);
    c3 = fma(w, v128.load(p, 144), c3);
    w = v128.load(taps, 64);
    c0 = fma(w, v128.load(p, 64), c0);
    c1 = fma(w, v128.load(p, 96), c1);
    c2 = fma(w, v128.load(p, 128), c2);
    c3 = fma(w, v128.load(p, 160), c3);
    w = v128.load(taps, 80);
    c0 = fma(w, v128.load(p, 80), c0);
    c1 = fma(w, v128.load(p, 112), c1);
    c2 = fma(w, v128.load(p, 144), c2);
    c3 = fma(w, v128.load(p, 176), c3);
    w = v128.load(taps, 96);
    c0 = fma(w, v128.load(p, 96), c0);
    c1 = fma(w, v128.load(p, 128), c1);
    c2 = fma(w, v128.load(p, 160), c2);
    c3 = fma(w, v128.load(p, 192), c3);
  }
  v128.store(out, c0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
}

function correlate7s2(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 4; count -= 8, p += 16 * V, out += 8 * V) correlate7s2by8(p, pitch, taps, out);
  if (count > 0) correlate7s2by4(p, pitch, taps, out);
}

/** Any window and stride, one output after the other. */
function correlateOne(p: usize, pitch: usize, taps: usize, out: usize, count: i32, k: i32, step: usize): void {
  for (; count > 0; count--, p += step, out += V) {
    let sum = zeros();
    let row = p;
    let w = taps;
    for (let ky = 0; ky < k; ky++, row += pitch) {
      for (let kx = 0; kx < k; kx++, w += V) sum = fma(v128.load(row + (<usize>kx) * V), v128.load(w), sum);
    }
    v128.store(out, sum);
  }
}

/**
 * out[i] = Σ p[ky, i·stride + kx] · taps[ky, kx] for one output row of `count` vectors. Works by eights and fours: up to
 * three more are written, from whatever lies behind the row, so that narrow rows are as fast as wide ones.
 */
export function correlateRow(
  p: usize,
  pitch: usize,
  taps: usize,
  out: usize,
  count: i32,
  k: i32,
  stride: i32,
): void {
  if (stride === 1) {
    if (k === 3) correlate3s1(p, pitch, taps, out, count);
    else if (k === 5) correlate5s1(p, pitch, taps, out, count);
    else correlate7s1(p, pitch, taps, out, count);
  } else if (stride === 2) {
    if (k === 3) correlate3s2(p, pitch, taps, out, count);
    else if (k === 5) correlate5s2(p, pitch, taps, out, count);
    else correlate7s2(p, pitch, taps, out, count);
  } else {
    correlateOne(p, pitch, taps, out, count, k, (<usize>stride) * V);
  }
}

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

// Gradients of inputs for a horizontal stride of 2: even columns meet the even taps, odd columns the odd ones.
// `rows` rows of dz take part, upwards from `dz`, each with taps `tapStep` bytes after those of the row before.

export function spread3(q: usize, dz: usize, dzPitch: usize, taps: usize, tapStep: usize, rows: i32, count: i32): void {
  for (; count > 0; count -= 2, dz += 2 * V, q += 4 * V) {
    let even0 = zeros(), odd0 = zeros(), even1 = zeros(), odd1 = zeros();
    let d = dz;
    let w = taps;
    for (let i = rows; i > 0; i--, d -= dzPitch, w += tapStep) {
      let tap = v128.load(w);
      even0 = fma(tap, v128.load(d), even0);
      even1 = fma(tap, v128.load(d, 16), even1);
      tap = v128.load(w, 16);
      odd0 = fma(tap, v128.load(d), odd0);
      odd1 = fma(tap, v128.load(d, 16), odd1);
      tap = v128.load(w, 32);
      even0 = fma(tap, v128.load(d - 16), even0);
      even1 = fma(tap, v128.load(d), even1);
    }
    v128.store(q, even0);
    v128.store(q, odd0, 16);
    v128.store(q, even1, 32);
    v128.store(q, odd1, 48);
  }
}

export function spread5(q: usize, dz: usize, dzPitch: usize, taps: usize, tapStep: usize, rows: i32, count: i32): void {
  for (; count > 0; count -= 2, dz += 2 * V, q += 4 * V) {
    let even0 = zeros(), odd0 = zeros(), even1 = zeros(), odd1 = zeros();
    let d = dz;
    let w = taps;
    for (let i = rows; i > 0; i--, d -= dzPitch, w += tapStep) {
      let tap = v128.load(w);
      even0 = fma(tap, v128.load(d), even0);
      even1 = fma(tap, v128.load(d, 16), even1);
      tap = v128.load(w, 16);
      odd0 = fma(tap, v128.load(d), odd0);
      odd1 = fma(tap, v128.load(d, 16), odd1);
      tap = v128.load(w, 32);
      even0 = fma(tap, v128.load(d - 16), even0);
      even1 = fma(tap, v128.load(d), even1);
      tap = v128.load(w, 48);
      odd0 = fma(tap, v128.load(d - 16), odd0);
      odd1 = fma(tap, v128.load(d), odd1);
      tap = v128.load(w, 64);
      even0 = fma(tap, v128.load(d - 32), even0);
      even1 = fma(tap, v128.load(d - 16), even1);
    }
    v128.store(q, even0);
    v128.store(q, odd0, 16);
    v128.store(q, even1, 32);
    v128.store(q, odd1, 48);
  }
}

export function spread7(q: usize, dz: usize, dzPitch: usize, taps: usize, tapStep: usize, rows: i32, count: i32): void {
  for (; count > 0; count -= 2, dz += 2 * V, q += 4 * V) {
    let even0 = zeros(), odd0 = zeros(), even1 = zeros(), odd1 = zeros();
    let d = dz;
    let w = taps;
    for (let i = rows; i > 0; i--, d -= dzPitch, w += tapStep) {
      let tap = v128.load(w);
      even0 = fma(tap, v128.load(d), even0);
      even1 = fma(tap, v128.load(d, 16), even1);
      tap = v128.load(w, 16);
      odd0 = fma(tap, v128.load(d), odd0);
      odd1 = fma(tap, v128.load(d, 16), odd1);
      tap = v128.load(w, 32);
      even0 = fma(tap, v128.load(d - 16), even0);
      even1 = fma(tap, v128.load(d), even1);
      tap = v128.load(w, 48);
      odd0 = fma(tap, v128.load(d - 16), odd0);
      odd1 = fma(tap, v128.load(d), odd1);
      tap = v128.load(w, 64);
      even0 = fma(tap, v128.load(d - 32), even0);
      even1 = fma(tap, v128.load(d - 16), even1);
      tap = v128.load(w, 80);
      odd0 = fma(tap, v128.load(d - 32), odd0);
      odd1 = fma(tap, v128.load(d - 16), odd1);
      tap = v128.load(w, 96);
      even0 = fma(tap, v128.load(d - 48), even0);
      even1 = fma(tap, v128.load(d - 32), even1);
    }
    v128.store(q, even0);
    v128.store(q, odd0, 16);
    v128.store(q, even1, 32);
    v128.store(q, odd1, 48);
  }
}

/**
 * q[2·x] and q[2·x + 1] for x < count (or one more), where q[x·2 + kx] = Σ dz[row, x] · taps[row, kx]. Reads three
 * vectors on either side of a row of dz, which must be zeros.
 */
export function spreadRows(
  q: usize,
  dz: usize,
  dzPitch: usize,
  taps: usize,
  tapStep: usize,
  rows: i32,
  count: i32,
  k: i32,
): void {
  if (k === 3) spread3(q, dz, dzPitch, taps, tapStep, rows, count);
  else if (k === 5) spread5(q, dz, dzPitch, taps, tapStep, rows, count);
  else spread7(q, dz, dzPitch, taps, tapStep, rows, count);
}

/** q[x·stride + kx] += dz[x] · taps[kx] for one row of `count` vectors, any stride. */
export function scatterRow(q: usize, dz: usize, taps: usize, count: i32, k: i32, stride: i32): void {
  for (; count > 0; count--, dz += V, q += (<usize>stride) * V) {
    const d = v128.load(dz);
    for (let kx: usize = 0; kx < <usize>k; kx++) {
      const at = q + kx * V;
      v128.store(at, fma(d, v128.load(taps + kx * V), v128.load(at)));
    }
  }
}
