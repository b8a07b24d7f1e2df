// Gradients of depthwise inputs, spread from a row of output gradients over the columns that its windows saw. `p` and `q` are
// rows of vectors of four channels, laid out densely. Exported for the reason that tiles.ts gives.
import { accumulate, fma, zeros, V } from './simd';

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
