// Correlations with 7×7 windows, on one block of four channels that was laid out densely: `p` is an image of vectors, `pitch`
// bytes a row, with its padding in place; `taps` are 7·7 vectors. By eights and fours, for strides of one and two.
import { fma, zeros, V } from './simd';

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

/** One row of `count` outputs; up to three more are written. */
export function correlate7s1(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 4; count -= 8, p += 8 * V, out += 8 * V) correlate7s1by8(p, pitch, taps, out);
  if (count > 0) correlate7s1by4(p, pitch, taps, out);
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

/** One row of `count` outputs; up to three more are written. */
export function correlate7s2(p: usize, pitch: usize, taps: usize, out: usize, count: i32): void {
  for (; count > 4; count -= 8, p += 16 * V, out += 8 * V) correlate7s2by8(p, pitch, taps, out);
  if (count > 0) correlate7s2by4(p, pitch, taps, out);
}
