/** C helpers with single instructions of the DSP extension in them, for kernels that are written in C. */
import type { CFunction } from '../kernel.ts';
import { withTwin } from './assembly.ts';
import { finishHelpers } from './shared.ts';

const text = String;

/** TensorFlow Lite's two roundings of a / 2, exponent at least 1. After `finishHelpers`. */
const roundTwice: CFunction = {
  name: 'model_round_twice',
  code: withTwin(
    `MODEL_INLINE int32_t model_round_twice(int32_t a, int32_t multiplier, uint32_t exponent) {
  int32_t x;
  __asm("smmlar %0, %1, %2, %3" : "=r"(x) : "r"(a), "r"(multiplier), "r"(a >> 31));
  return ((x >> (exponent - 1)) + 1) >> 1;
}`,
    `MODEL_INLINE int32_t model_round_twice(int32_t a, int32_t multiplier, uint32_t exponent) {
  return model_round(a, multiplier, exponent);
}`,
  ),
};

const saturate: CFunction = {
  name: 'model_int8',
  code: withTwin(
    `MODEL_INLINE int32_t model_int8(int32_t x) {
  __asm("ssat %0, #8, %0" : "+r"(x));
  return x;
}`,
    `MODEL_INLINE int32_t model_int8(int32_t x) { return model_clamp(x, -128, 127); }`,
  ),
};

/** `model_round_twice` and `model_int8`, and what they need. */
export const roundingHelpers: readonly CFunction[] = [finishHelpers, roundTwice, saturate];

/** Adds bytes 0 and 2, or 1 and 3, to two 16-bit sums. */
const sumsOfTwo = (name: string, rotate: string, shift: number): CFunction => ({
  name,
  code: withTwin(
    `MODEL_INLINE uint32_t ${name}(uint32_t sums, uint32_t bytes) {
  __asm("sxtab16 %0, %0, %1${rotate}" : "+r"(sums) : "r"(bytes));
  return sums;
}`,
    `MODEL_INLINE uint32_t ${name}(uint32_t sums, uint32_t bytes) {
  const uint32_t low = (sums + (uint32_t)(int8_t)(bytes >> ${text(shift)})) & 0xffffu;
  return low | (((sums >> 16) + (uint32_t)(int8_t)(bytes >> ${text(shift + 16)})) << 16);
}`,
  ),
});

/** `model_add_even` and `model_add_odd`. */
export const summingHelpers: readonly CFunction[] = [
  sumsOfTwo('model_add_even', '', 0),
  sumsOfTwo('model_add_odd', ', ror #8', 8),
];

/** 128 times so many fit 16 bits. */
export const MOST_SUMMED = 255;
