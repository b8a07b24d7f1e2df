// Vectors of four channels. All pointers are byte addresses of float32 numbers; channel counts are multiples of four.

/** Bytes of one vector. */
export const V: usize = 16;

/** a · b + c: one rounding in the relaxed build, two in the plain one. */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
export function zeros(): v128 {
  return f32x4.splat(0);
}

// @ts-ignore: decorator
@inline
export function relu6(x: v128): v128 {
  return f32x4.pmin(f32x4.splat(6), f32x4.pmax(f32x4.splat(0), x));
}

/** A gradient where the ReLU6 of `x` passes it, otherwise zero. `x` may be the value before or after the ReLU6. */
// @ts-ignore: decorator
@inline
export function passed(gradient: v128, x: v128): v128 {
  return v128.and(gradient, v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.lt(x, f32x4.splat(6))));
}

/** Adds a vector to the one in memory. */
// @ts-ignore: decorator
@inline
export function accumulate(at: usize, x: v128): void {
  v128.store(at, f32x4.add(v128.load(at), x));
}

// @ts-ignore: decorator
@inline
export function clear(at: usize, numbers: i32): void {
  memory.fill(at, 0, (<usize>numbers) << 2);
}
