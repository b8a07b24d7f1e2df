/**
 * The integer constants that each quantized operator works with, computed from scales exactly as TensorFlow Lite
 * Micro's `Prepare` functions compute them (single-precision steps included). The interpreter and the generated C
 * take their numbers from here and nowhere else.
 *
 * All functions expect a verified model.
 */
import { type QuantizedMultiplier, quantizeMultiplier, roundHalfAwayFromZero, clampTo } from './fixedPoint.ts';
import { inputOf, outputOf, scaleOf, tensorAt, zeroPointOf } from './lookup.ts';
import type {
  Activation,
  Clamp,
  Conv2d,
  DepthwiseConv2d,
  Elementwise,
  FullyConnected,
  LeakyRelu,
  Mean,
  Model,
  Requantize,
  Softmax,
  Tensor,
} from './model.ts';

const float32 = Math.fround;

/** An activation that can be fused into an operator: what TFLite calls `ActivationFunctionType`. */
export type FusedActivation = 'none' | 'relu' | 'relu_n1_to_1' | 'relu6';

/** TFLite's `CalculateActivationRangeQuantized` for an int8 output. */
export function clampFor(activation: FusedActivation, scale: number, zeroPoint: number): Clamp {
  const quantized = (real: number): number => zeroPoint + roundHalfAwayFromZero(float32(real / scale));
  const lowest = { none: -Infinity, relu: 0, relu_n1_to_1: -1, relu6: 0 }[activation];
  const highest = { none: Infinity, relu: Infinity, relu_n1_to_1: 1, relu6: 6 }[activation];
  return { min: Math.max(-128, quantized(lowest)), max: Math.min(127, quantized(highest)) };
}

/** The factor of each output channel of a convolution or a fully connected layer. */
export function channelMultipliers(
  model: Model,
  operator: Conv2d | DepthwiseConv2d | FullyConnected,
): QuantizedMultiplier[] {
  const input = scaleOf(inputOf(model, operator));
  const output = scaleOf(outputOf(model, operator));
  const weights = inputOf(model, operator, 1);
  const scales = weights.quantization?.scales ?? [1];
  const channels = (operator.kind === 'depthwise_conv2d' ? weights.shape[3] : weights.shape[0]) ?? 1;
  // A fully connected layer with one scale multiplies the two scales in single precision; everything else in double.
  const single = operator.kind === 'fully_connected' && scales.length === 1;
  return Array.from({ length: channels }, (_, channel) => {
    const weight = scales[scales.length === 1 ? 0 : channel] ?? 1;
    return quantizeMultiplier((single ? float32(input * weight) : input * weight) / output);
  });
}

export interface AdditionConstants {
  /** Both inputs, less their zero points, are shifted left by so many bits before they are multiplied. */
  readonly leftShift: number;
  readonly first: QuantizedMultiplier;
  readonly second: QuantizedMultiplier;
  readonly output: QuantizedMultiplier;
}

/** ADD (in double precision) and SUB (in single precision, as its `Prepare` has it). */
export function additionConstants(model: Model, operator: Elementwise): AdditionConstants {
  const leftShift = 20;
  const round = operator.kind === 'sub' ? float32 : (x: number): number => x;
  const [first, second] = [scaleOf(inputOf(model, operator, 0)), scaleOf(inputOf(model, operator, 1))];
  const twiceLargest = round(2 * Math.max(first, second));
  const output = round(2 ** leftShift * scaleOf(outputOf(model, operator)));
  return {
    leftShift,
    first: quantizeMultiplier(round(first / twiceLargest)),
    second: quantizeMultiplier(round(second / twiceLargest)),
    output: quantizeMultiplier(round(twiceLargest / output)),
  };
}

/** MUL: the product of the two inputs, less their zero points, times this. */
export function productMultiplier(model: Model, operator: Elementwise): QuantizedMultiplier {
  const [first, second] = [scaleOf(inputOf(model, operator, 0)), scaleOf(inputOf(model, operator, 1))];
  return quantizeMultiplier((first * second) / scaleOf(outputOf(model, operator)));
}

/** RELU and int8 → int8 QUANTIZE: the input, less its zero point, times this. */
export function rescaleMultiplier(model: Model, operator: Activation | Requantize): QuantizedMultiplier {
  return quantizeMultiplier(scaleOf(inputOf(model, operator)) / scaleOf(outputOf(model, operator)));
}

/** RELU6 clamps on the input's scale and does not rescale. */
export function relu6Clamp(input: Tensor): Clamp {
  const zero = zeroPointOf(input);
  return { min: zero, max: clampTo(zero + roundHalfAwayFromZero(float32(6 / scaleOf(input))), -128, 127) };
}

export interface LeakyReluConstants {
  readonly identity: QuantizedMultiplier;
  readonly alpha: QuantizedMultiplier;
}

export function leakyReluConstants(model: Model, operator: LeakyRelu): LeakyReluConstants {
  const [input, output] = [scaleOf(inputOf(model, operator)), scaleOf(outputOf(model, operator))];
  return {
    identity: quantizeMultiplier(float32(input / output)),
    alpha: quantizeMultiplier(float32(float32(input * float32(operator.alpha)) / output)),
  };
}

export interface MeanConstants {
  /** How many input elements go into one output element. */
  readonly count: number;
  /** Applied to their sum, less `count` times the input's zero point. It contains the division by `count`. */
  readonly factor: QuantizedMultiplier;
}

/** TFLite's `QuantizedMeanOrSum`: the division is folded into the multiplier, with as many bits as there is room for. */
export function meanConstants(model: Model, operator: Mean): MeanConstants {
  const input = inputOf(model, operator);
  const count = operator.axes.reduce((product, axis) => product * (input.shape[axis] ?? 1), 1);
  const rescale = quantizeMultiplier(scaleOf(input) / scaleOf(outputOf(model, operator)));
  const spare = Math.min(Math.floor(Math.log2(count)), 32, 31 + rescale.shift);
  const multiplier = Number((BigInt(rescale.multiplier) << BigInt(spare)) / BigInt(count));
  return { count, factor: { multiplier, shift: rescale.shift - spare } };
}

export interface SoftmaxConstants {
  /** Turns the difference to the row's maximum into Q5.26: shifted left by `shift`, then multiplied. */
  readonly input: QuantizedMultiplier;
  /** Smaller differences make an output of −128 and count nothing. */
  readonly smallestDifference: number;
}

export function softmaxConstants(model: Model, operator: Softmax): SoftmaxConstants {
  const integerBits = 5;
  const real = float32(operator.beta) * scaleOf(inputOf(model, operator)) * 2 ** (31 - integerBits);
  const input = quantizeMultiplier(Math.min(real, 2 ** 31 - 1));
  return { input, smallestDifference: -inputRadius(integerBits, input.shift) };
}

/** TFLite's `CalculateInputRadius`: beyond it a rescaled input would not fit 31 bits. */
export function inputRadius(integerBits: number, leftShift: number): number {
  return Math.floor(((2 ** integerBits - 1) * 2 ** (31 - integerBits)) / 2 ** leftShift);
}

export interface LogisticConstants {
  readonly input: QuantizedMultiplier;
  /** Inputs (less their zero point) of this magnitude or more give the ends of the range. */
  readonly radius: number;
}

/** LOGISTIC rescales its input to Q4.27. */
export function logisticConstants(model: Model, operator: Activation): LogisticConstants {
  const input = quantizeMultiplier(scaleOf(inputOf(model, operator)) * 2 ** 27);
  return { input, radius: inputRadius(4, input.shift) };
}

export interface HardSwishConstants {
  /** 16-bit multipliers; the exponents are those of {@link QuantizedMultiplier.shift}. */
  readonly outputMultiplier: number;
  readonly outputExponent: number;
  readonly reluishMultiplier: number;
  readonly reluishExponent: number;
}

export function hardSwishConstants(model: Model, operator: Activation): HardSwishConstants {
  const hiresInput = float32(scaleOf(inputOf(model, operator)) / 128);
  const output = quantizeMultiplier(float32(hiresInput / scaleOf(outputOf(model, operator))));
  const reluish = quantizeMultiplier(float32(hiresInput / float32(3 / 32768)));
  return {
    outputMultiplier: to16Bits(output.multiplier),
    outputExponent: output.shift,
    reluishMultiplier: to16Bits(reluish.multiplier),
    reluishExponent: reluish.shift,
  };
}

/** TFLite's `DownScaleInt32ToInt16Multiplier`. */
function to16Bits(multiplier: number): number {
  return multiplier >= 0x7fffffff - 0x8000 ? 0x7fff : (multiplier + 0x8000) >> 16;
}

/** The quantization of the weights of each output channel: one scale, or one for each. */
export function weightScales(model: Model, operator: Conv2d | DepthwiseConv2d | FullyConnected): readonly number[] {
  return tensorAt(model, operator.inputs[1]).quantization?.scales ?? [];
}
