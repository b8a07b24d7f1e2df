// Global average pooling over [batch, pixels, channels].
import { accumulate, clear, fma, passed, relu6, zeros, V } from './simd';

/** The mean over all pixels of relu6(z · scale + shift), or of z where `scale` is 0. */
export function poolForward(
  z: usize,
  scale: usize,
  shift: usize,
  output: usize,
  batch: i32,
  pixels: i32,
  channels: i32,
): void {
  const pitch = (<usize>channels) << 2;
  const share = f32x4.splat(1 / <f32>pixels);
  for (; batch > 0; batch--) {
    for (let c: usize = 0; c < pitch; c += V) {
      let sum = zeros();
      let from = z + c;
      if (scale) {
        const s = v128.load(scale + c);
        const h = v128.load(shift + c);
        for (let i = 0; i < pixels; i++, from += pitch) sum = f32x4.add(sum, relu6(fma(v128.load(from), s, h)));
      } else {
        for (let i = 0; i < pixels; i++, from += pitch) sum = f32x4.add(sum, v128.load(from));
      }
      v128.store(output + c, f32x4.mul(sum, share));
    }
    z += <usize>pixels * pitch;
    output += pitch;
  }
}

/** Spreads the gradient over the pixels; where `scale` ≠ 0 masked by the ReLU6, with Σg and Σg·z in `sums`. */
export function poolBackward(
  gradient: usize,
  z: usize,
  scale: usize,
  shift: usize,
  output: usize,
  batch: i32,
  pixels: i32,
  channels: i32,
  sums: usize,
): void {
  const pitch = (<usize>channels) << 2;
  const share = f32x4.splat(1 / <f32>pixels);
  if (scale) clear(sums, 2 * channels);
  for (; batch > 0; batch--) {
    for (let c: usize = 0; c < pitch; c += V) {
      const each = f32x4.mul(v128.load(gradient + c), share);
      let at = c;
      if (scale) {
        const s = v128.load(scale + c);
        const h = v128.load(shift + c);
        let sum = zeros();
        let products = zeros();
        for (let i = 0; i < pixels; i++, at += pitch) {
          const x = v128.load(z + at);
          const value = passed(each, fma(x, s, h));
          v128.store(output + at, value);
          sum = f32x4.add(sum, value);
          products = fma(value, x, products);
        }
        accumulate(sums + c, sum);
        accumulate(sums + pitch + c, products);
      } else {
        for (let i = 0; i < pixels; i++, at += pitch) v128.store(output + at, each);
      }
    }
    gradient += pitch;
    z += <usize>pixels * pitch;
    output += <usize>pixels * pitch;
  }
}
