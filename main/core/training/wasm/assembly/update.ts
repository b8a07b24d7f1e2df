// Stochastic gradient descent with momentum.
import { fma, V } from './simd';

/** v = momentum · v + (g · gain + decay · w); w −= rate · v. `count` is a multiple of four. */
export function descend(
  weights: usize,
  gradients: usize,
  velocities: usize,
  count: i32,
  rate: f32,
  momentum: f32,
  decay: f32,
  gain: f32,
): void {
  const step = f32x4.splat(-rate);
  const keep = f32x4.splat(momentum);
  const pull = f32x4.splat(decay);
  const share = f32x4.splat(gain);
  const bytes = (<usize>count) << 2;
  for (let i: usize = 0; i < bytes; i += V) {
    const w = v128.load(weights + i);
    const gradient = fma(pull, w, f32x4.mul(share, v128.load(gradients + i)));
    const v = fma(keep, v128.load(velocities + i), gradient);
    v128.store(velocities + i, v);
    v128.store(weights + i, fma(step, v, w));
  }
}
