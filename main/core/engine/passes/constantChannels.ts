/**
 * Which channels have the same value at every place, whatever the input: a convolution whose weights for them are all
 * zero makes nothing but its bias, and what follows channel by channel stays constant.
 */
import {
  channelMultipliers,
  clampTo,
  inputOf,
  meanConstants,
  multiplyByQuantizedMultiplier,
  optionalInputOf,
  outputOf,
  tableOf,
  tensorAt,
  zeroPointOf,
  type Conv2d,
  type DepthwiseConv2d,
  type FullyConnected,
  type Model,
  type Operator,
  type SpatialPadding,
  type TensorId,
} from '../../graph/index.ts';

/** For each channel its one value, or null where it has more than one. */
export type ChannelValues = readonly (number | null)[];

export type Weighted = Conv2d | DepthwiseConv2d | FullyConnected;

export const weightsOf = (model: Model, operator: Weighted): Int8Array => inputOf(model, operator, 1).data as Int8Array;

export const biasOf = (model: Model, operator: Weighted, channel: number): number =>
  (optionalInputOf(model, operator, 2)?.data as Int32Array | null | undefined)?.[channel] ?? 0;

/** Operators that make each channel of the output from the same channel of their first input alone. */
export function isChannelwise(model: Model, operator: Operator): boolean {
  switch (operator.kind) {
    case 'depthwise_conv2d':
      return operator.depthMultiplier === 1;
    case 'average_pool_2d':
    case 'max_pool_2d':
    case 'relu':
    case 'relu6':
    case 'leaky_relu':
    case 'logistic':
    case 'hard_swish':
      return true;
    case 'quantize':
      return inputOf(model, operator).type === 'int8';
    case 'mean':
      return !operator.axes.includes(inputOf(model, operator).shape.length - 1);
    default:
      return false;
  }
}

/** A constant channel stays constant at the border too: nothing is padded there, or with the same value. */
export function bordersLookAlike(padding: SpatialPadding, value: number, inputZero: number): boolean {
  return value === inputZero || padding.top + padding.bottom + padding.left + padding.right === 0;
}

/** The constant channels of every tensor that a convolution or something channelwise makes. */
export function constantChannels(model: Model): ReadonlyMap<TensorId, ChannelValues> {
  const values = new Map<TensorId, ChannelValues>();
  for (const operator of model.operators) {
    const [input, output] = [operator.inputs[0], operator.outputs[0]];
    if (input === undefined || output === undefined) continue;
    const channels = tensorAt(model, output).shape.at(-1) ?? 1;
    const before = values.get(input) ?? new Array<null>(tensorAt(model, input).shape.at(-1) ?? 1).fill(null);
    if (operator.kind === 'conv2d') values.set(output, ofConvolution(model, operator, channels));
    else if (isChannelwise(model, operator)) {
      values.set(
        output,
        before.map((value, channel) => afterChannelwise(model, operator, channel, value)),
      );
    }
  }
  return values;
}

/** What a weighted operator makes of an accumulator. */
export function finish(model: Model, operator: Weighted, channel: number, sum: number): number {
  const { multiplier, shift } = channelMultipliers(model, operator)[channel] ?? { multiplier: 0, shift: 0 };
  const { min, max } = operator.clamp;
  const zero = zeroPointOf(outputOf(model, operator));
  return clampTo(zero + multiplyByQuantizedMultiplier(sum, multiplier, shift), min, max);
}

function ofConvolution(model: Model, operator: Conv2d, channels: number): ChannelValues {
  const weights = weightsOf(model, operator);
  const taps = weights.length / channels;
  return Array.from({ length: channels }, (_, channel) => {
    const own = weights.subarray(channel * taps, (channel + 1) * taps);
    return own.every((weight) => weight === 0)
      ? finish(model, operator, channel, biasOf(model, operator, channel))
      : null;
  });
}

function afterChannelwise(model: Model, operator: Operator, channel: number, value: number | null): number | null {
  if (operator.kind === 'depthwise_conv2d') return ofDepthwise(model, operator, channel, value);
  if (value === null) return null;
  const inputZero = zeroPointOf(inputOf(model, operator));
  switch (operator.kind) {
    case 'average_pool_2d':
    case 'max_pool_2d':
      return clampTo(value, operator.clamp.min, operator.clamp.max);
    case 'mean': {
      const { count, factor } = meanConstants(model, operator);
      const mean = multiplyByQuantizedMultiplier(count * (value - inputZero), factor.multiplier, factor.shift);
      return clampTo(mean + zeroPointOf(outputOf(model, operator)), -128, 127);
    }
    case 'relu':
    case 'relu6':
    case 'leaky_relu':
    case 'logistic':
    case 'hard_swish':
    case 'quantize':
      return tableOf(model, operator)[value + 128] ?? null;
    default:
      return null;
  }
}

function ofDepthwise(model: Model, operator: DepthwiseConv2d, channel: number, value: number | null): number | null {
  const weights = weightsOf(model, operator);
  const channels = outputOf(model, operator).shape.at(-1) ?? 1;
  let sum = 0;
  let allZero = true;
  for (let tap = channel; tap < weights.length; tap += channels) {
    sum += weights[tap] ?? 0;
    if (weights[tap] !== 0) allZero = false;
  }
  if (allZero) return finish(model, operator, channel, biasOf(model, operator, channel));
  const inputZero = zeroPointOf(inputOf(model, operator));
  if (value === null || !bordersLookAlike(operator.padding, value, inputZero)) return null;
  return finish(model, operator, channel, (biasOf(model, operator, channel) + (value - inputZero) * sum) | 0);
}
