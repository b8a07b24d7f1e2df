/**
 * exp, 1 / (1 + x) and the logistic function in 32-bit fixed point, bit for bit as gemmlowp's `fixedpoint.h` has them.
 * `Qm` is a signed 32-bit number with m integer bits and 31 − m fraction bits.
 */
import {
  countLeadingZeros,
  roundingDivideByPowerOfTwo,
  roundingHalfSum,
  saturatingRoundingDoublingHighMul as multiply,
  saturatingShiftLeft,
} from './fixedPoint.ts';

const Q0_ONE = 0x7fffffff;
const Q2_ONE = 1 << 29;

/** e^x for x in [−1/4, 0): a Taylor expansion around −1/8. Q0 in, Q0 out. */
function expOnLastQuarter(a: number): number {
  const expOfMinusEighth = 1895147668;
  const oneThird = 715827883;
  const x = (a + (1 << 28)) | 0;
  const x2 = multiply(x, x);
  const x3 = multiply(x2, x);
  const x4 = multiply(x2, x2);
  const x4Over4 = roundingDivideByPowerOfTwo(x4, 2);
  const tail = roundingDivideByPowerOfTwo((multiply((x4Over4 + x3) | 0, oneThird) + x2) | 0, 1);
  return (expOfMinusEighth + multiply(expOfMinusEighth, (x + tail) | 0)) | 0;
}

/** Q0 of e^-2^k for k = −2, −1, …, 4. */
const EXP_OF_POWERS = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

/**
 * e^x for x ≤ 0.
 *
 * @param a x in Q`integerBits`
 * @param integerBits 0 … 5
 * @returns Q0
 */
export function expOnNegativeValues(a: number, integerBits: number): number {
  if (a === 0) return Q0_ONE;
  const fractionBits = 31 - integerBits;
  const quarter = 1 << (fractionBits - 2);
  const lastQuarter = (a & (quarter - 1)) - quarter;
  let result = expOnLastQuarter(saturatingShiftLeft(lastQuarter, integerBits));
  const remainder = (lastQuarter - a) | 0;
  EXP_OF_POWERS.forEach((factor, index) => {
    const power = index - 2;
    if (integerBits > power && (remainder & (1 << (fractionBits + power))) !== 0) result = multiply(result, factor);
  });
  return result;
}

/** 1 / (1 + x) for x in (0, 1), by three Newton-Raphson steps. Q0 in, Q0 out. */
export function oneOverOnePlusX(a: number): number {
  const q2Of48Over17 = 1515870810;
  const q2OfMinus32Over17 = -1010580540;
  const halfDenominator = roundingHalfSum(a, Q0_ONE);
  let x = (q2Of48Over17 + multiply(halfDenominator, q2OfMinus32Over17)) | 0;
  for (let step = 0; step < 3; step++) {
    const error = (Q2_ONE - multiply(halfDenominator, x)) | 0;
    x = (x + saturatingShiftLeft(multiply(x, error), 2)) | 0;
  }
  return saturatingShiftLeft(x, 1);
}

/** 1 / (1 + e^-x). `a` is x in Q`integerBits`; the result is Q0. */
export function logisticOf(a: number, integerBits: number): number {
  if (a === 0) return 1 << 30;
  const ofMagnitude = oneOverOnePlusX(expOnNegativeValues(a > 0 ? -a | 0 : a, integerBits));
  return a > 0 ? ofMagnitude : Q0_ONE - ofMagnitude;
}

/** TFLite's `GetReciprocal`: 1/x = `scale` (Q0) · 2^-`bitsOverUnit`, for x > 0 in Q`integerBits`. */
export function reciprocalOf(x: number, integerBits: number): { scale: number; bitsOverUnit: number } {
  const headroomPlusOne = countLeadingZeros(x);
  const shiftedMinusOne = ((x << headroomPlusOne) - (1 << 31)) | 0;
  return { scale: oneOverOnePlusX(shiftedMinusOne), bitsOverUnit: integerBits - headroomPlusOne };
}
