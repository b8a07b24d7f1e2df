// Depthwise windows along one output row. The unrolled forms keep eight sums, as many as V8 keeps in registers, which was
// measured; they are exported for the reason that tiles.ts gives.
import { correlate3s1, correlate3s2 } from './correlate3';
import { correlate5s1, correlate5s2 } from './correlate5';
import { correlate7s1, correlate7s2 } from './correlate7';
import { fma, zeros, V } from './simd';

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
