/**
 * The operators that map each int8 input to one int8 output, whatever its place: RELU, RELU6, LEAKY_RELU, LOGISTIC,
 * HARD_SWISH, and QUANTIZE from int8 to int8. 256 inputs are all there are, so each of them is a table.
 */
import {
  hardSwishConstants,
  leakyReluConstants,
  logisticConstants,
  relu6Clamp,
  rescaleMultiplier,
  type HardSwishConstants,
} from './constants.ts';
import {
  clampTo,
  multiplyByQuantizedMultiplier,
  roundHalfAwayFromZero,
  roundingDivideByPowerOfTwo,
} from './fixedPoint.ts';
import { inputOf, outputOf, scaleOf, zeroPointOf } from './lookup.ts';
import type { Activation, LeakyRelu, Model, Requantize } from './model.ts';
import { logisticOf } from './transcendental.ts';

export type ScalarOperator = Activation | LeakyRelu | Requantize;

/** The outputs for the inputs −128 … 127, in this order: entry `q + 128` is the output for `q`. */
export function tableOf(model: Model, operator: ScalarOperator): Int8Array {
  const map = scalarFunctionOf(model, operator);
  return Int8Array.from({ length: 256 }, (_, index) => map(index - 128));
}

function scalarFunctionOf(model: Model, operator: ScalarOperator): (q: number) => number {
  const inputZero = zeroPointOf(inputOf(model, operator));
  const outputZero = zeroPointOf(outputOf(model, operator));
  switch (operator.kind) {
    case 'relu': {
      const { multiplier, shift } = rescaleMultiplier(model, operator);
      const rescaled = (q: number): number =>
        outputZero + multiplyByQuantizedMultiplier(q - inputZero, multiplier, shift);
      return (q) => clampTo(rescaled(q), outputZero, 127);
    }
    case 'relu6': {
      const { min, max } = relu6Clamp(inputOf(model, operator));
      return (q) => clampTo(q, min, max);
    }
    case 'leaky_relu': {
      const { identity, alpha } = leakyReluConstants(model, operator);
      return (q) => {
        const x = q - inputZero;
        const { multiplier, shift } = x >= 0 ? identity : alpha;
        return clampTo(outputZero + multiplyByQuantizedMultiplier(x, multiplier, shift), -128, 127);
      };
    }
    case 'logistic': {
      const { input, radius } = logisticConstants(model, operator);
      return (q) => {
        const x = q - inputZero;
        if (x <= -radius) return -128;
        if (x >= radius) return 127;
        const q4 = multiplyByQuantizedMultiplier(x, input.multiplier, input.shift);
        return clampTo(roundingDivideByPowerOfTwo(logisticOf(q4, 4), 23) - 128, -128, 127);
      };
    }
    case 'hard_swish': {
      const constants = hardSwishConstants(model, operator);
      return (q) => hardSwish(q - inputZero, outputZero, constants);
    }
    case 'quantize':
    case 'dequantize': {
      if (operator.throughFloat === true) {
        const [from, to] = [scaleOf(inputOf(model, operator)), scaleOf(outputOf(model, operator))];
        return (q) => {
          const real = Math.fround(from * (q - inputZero));
          return clampTo(roundHalfAwayFromZero(Math.fround(real / to)) + outputZero, -128, 127);
        };
      }
      const { multiplier, shift } = rescaleMultiplier(model, operator);
      return (q) => clampTo(outputZero + multiplyByQuantizedMultiplier(q - inputZero, multiplier, shift), -128, 127);
    }
  }
}

const int16 = (x: number): number => (x << 16) >> 16;

/** The 16-bit `SaturatingRoundingDoublingHighMul`; the one product that saturates cannot occur here. */
const roundingHighMul16 = (a: number, b: number): number => (a * b + 0x4000) >> 15;

const saturatingShiftLeft16 = (x: number, amount: number): number => clampTo(x * 2 ** amount, -32768, 32767);

/** x · relu6(x + 3) / 6 in 16-bit fixed point (TFLite `hard_swish.h`). `x` is the input less its zero point. */
function hardSwish(x: number, outputZero: number, constants: HardSwishConstants): number {
  const { outputMultiplier, outputExponent, reluishMultiplier, reluishExponent } = constants;
  const hires = x * 128;
  const preshiftOutput = roundingHighMul16(hires, outputMultiplier);
  let reluish = hires;
  if (reluishExponent > 0) reluish = saturatingShiftLeft16(reluish, reluishExponent - 1);
  reluish = roundingHighMul16(reluish, reluishMultiplier);
  if (reluishExponent > 0) reluish = saturatingShiftLeft16(reluish, 1);
  if (reluishExponent < 0) reluish = roundingDivideByPowerOfTwo(reluish, -reluishExponent);
  // From −1 … 1 to 0 … 1.
  reluish = (reluish + 32768) >> 1;
  const preshift = Math.trunc((reluish * preshiftOutput) / 32768);
  return clampTo(int16(roundingDivideByPowerOfTwo(preshift, -outputExponent) + outputZero), -128, 127);
}
