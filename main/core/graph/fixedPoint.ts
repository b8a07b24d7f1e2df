/**
 * The 32-bit fixed-point arithmetic on which all quantized operators stand, bit for bit as TensorFlow Lite Micro's
 * reference kernels compute it (gemmlowp `fixedpoint.h`, TFLite `quantization_util.cc` and `common.cc`, with the
 * default double rounding). Arguments and results are int32 values held in JavaScript numbers.
 */

/** `real ≈ multiplier · 2^(shift − 31)`; the multiplier is 0 or of magnitude 2^30 … 2^31 − 1, the shift −31 … 31. */
export interface QuantizedMultiplier {
  readonly multiplier: number;
  readonly shift: number;
}

const TWO_31 = 2147483648;
const TWO_32 = 4294967296;
/** Below this a product and the addition of 2^30 are exact in double precision. */
const EXACT = 2 ** 52;
const INT32_MIN = -TWO_31;
const INT32_MAX = TWO_31 - 1;

const bits = new DataView(new ArrayBuffer(8));

/** C's `frexp`: `x = fraction · 2^exponent` with |fraction| in [0.5, 1). `x` is finite, normal and not zero. */
function splitExponent(x: number): { fraction: number; exponent: number } {
  bits.setFloat64(0, x);
  const high = bits.getUint16(0);
  const exponent = ((high >> 4) & 0x7ff) - 1022;
  bits.setUint16(0, (high & 0x800f) | (1022 << 4));
  return { fraction: bits.getFloat64(0), exponent };
}

/** C's `round`: to the nearest integer, halves away from zero. */
export function roundHalfAwayFromZero(x: number): number {
  return x < 0 ? -Math.floor(0.5 - x) : Math.floor(x + 0.5);
}

/**
 * TFLite's `QuantizeMultiplier`. A magnitude below about 2^-32 becomes zero, as there.
 *
 * @param real a finite real factor, of either sign
 */
export function quantizeMultiplier(real: number): QuantizedMultiplier {
  if (real === 0) return { multiplier: 0, shift: 0 };
  const { fraction, exponent } = splitExponent(real);
  let multiplier = roundHalfAwayFromZero(fraction * TWO_31);
  let shift = exponent;
  if (multiplier === TWO_31) {
    multiplier /= 2;
    shift += 1;
  }
  if (shift < -31) return { multiplier: 0, shift: 0 };
  return { multiplier, shift };
}

/** The high 32 bits of `2·a·b`, rounded to nearest with ties towards +∞; −2^31 · −2^31 saturates. */
export function saturatingRoundingDoublingHighMul(a: number, b: number): number {
  const product = a * b;
  // What a double holds exactly needs no more care; accumulators mostly are so small.
  if (product < EXACT && product > -EXACT) return Math.floor((product + 0x40000000) / TWO_31);
  if (a === INT32_MIN && b === INT32_MIN) return INT32_MAX;
  // The exact 64-bit product as high · 2^32 + low. The double product is off by at most 2^9, so that dividing what
  // remains after the exact low word leaves the exact high word within 2^-22.
  const low = Math.imul(a, b) >>> 0;
  const high = Math.round((product - low) / TWO_32);
  return (2 * high + Math.floor((low + 0x40000000) / TWO_31)) | 0;
}

/** `x / 2^exponent`, rounded to nearest with ties away from zero; 0 ≤ exponent ≤ 31. */
export function roundingDivideByPowerOfTwo(x: number, exponent: number): number {
  const mask = exponent === 31 ? INT32_MAX : (1 << exponent) - 1;
  const remainder = x & mask;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/** TFLite's `MultiplyByQuantizedMultiplier`. A left shift wraps at 32 bits, as the compiled kernels do. */
export function multiplyByQuantizedMultiplier(x: number, multiplier: number, shift: number): number {
  const left = shift > 0 ? shift : 0;
  const right = shift > 0 ? 0 : -shift;
  return roundingDivideByPowerOfTwo(saturatingRoundingDoublingHighMul(x << left, multiplier), right);
}

/** gemmlowp's `SaturatingRoundingMultiplyByPOT` for a positive exponent: a left shift that saturates. */
export function saturatingShiftLeft(x: number, exponent: number): number {
  const threshold = 2 ** (31 - exponent) - 1;
  if (x > threshold) return INT32_MAX;
  if (x < -threshold) return INT32_MIN;
  return x << exponent;
}

/** The number of zero bits above the highest one of a uint32; 32 for zero. */
export function countLeadingZeros(x: number): number {
  return Math.clz32(x);
}

/** The mean of two int32 values, rounded to nearest with ties away from zero. */
export function roundingHalfSum(a: number, b: number): number {
  const sum = a + b;
  return Math.trunc((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/** The value, kept within min … max. */
export function clampTo(x: number, min: number, max: number): number {
  return x < min ? min : x > max ? max : x;
}
