/** What the fast convolutions need of an operator: shapes, and where the data is there, weights and requantization. */
import {
  channelMultipliers,
  imageShapeOf,
  inputOf,
  optionalInputOf,
  outputOf,
  tensorAt,
  zeroPointOf,
  type Conv2d,
  type DepthwiseConv2d,
  type FullyConnected,
  type Model,
  type Operator,
} from '../../../graph/index.ts';
import { planRequantization, type ChannelScale, type Requantization } from './requantization.ts';

export type Weighted = Conv2d | DepthwiseConv2d | FullyConnected;

export interface WeightedData {
  readonly weights: Int8Array;
  readonly requantization: Requantization;
  /** The largest magnitude that a channel's sum of products reaches, zero points not subtracted. */
  readonly largestSum: number;
}

/** The finish to expect where the data is not there: cheap where the clamp cuts at the zero point. */
function expectedFinish(model: Model, operator: Weighted): 'fit' | 'exact' {
  return operator.clamp.min === zeroPointOf(outputOf(model, operator)) ? 'fit' : 'exact';
}

/** What the code of an operator ends with: its own finish, or where there is no data for it the one to expect. */
export function finishFor(model: Model, operator: Weighted, data: WeightedData | 'absent'): Requantization {
  if (data !== 'absent') return data.requantization;
  const clamp = { min: -128, max: 127 };
  const kind = expectedFinish(model, operator);
  return kind === 'fit'
    ? { kind, scaleBits: 12, shift: 14, base: 0, channels: [], clamp }
    : { kind, zeroPoint: 0, channels: [], clamp };
}

/** The live part of a kernel along one axis. */
export interface LiveTaps {
  readonly first: number;
  readonly count: number;
  readonly before: number;
}

/** Drops the taps at either end that lie in the padding for every output. */
export function liveTaps(
  taps: number,
  stride: number,
  before: number,
  input: number,
  output: number,
  dilation = 1,
): LiveTaps {
  const live = (tap: number): boolean => {
    for (let position = 0; position < output; position++) {
      const at = position * stride - before + tap * dilation;
      if (at >= 0 && at < input) return true;
    }
    return false;
  };
  let first = 0;
  let end = taps;
  while (first < end - 1 && !live(first)) first++;
  while (end > first + 1 && !live(end - 1)) end--;
  return { first, count: end - first, before: before - first * dilation };
}

/** A depthwise convolution of one channel into several is a convolution, but for the order of its weights. */
export function isDepthwiseOfOne(model: Model, operator: Operator): operator is DepthwiseConv2d {
  return (
    operator.kind === 'depthwise_conv2d' &&
    operator.depthMultiplier > 1 &&
    imageShapeOf(inputOf(model, operator)).channels === 1
  );
}

const known = new WeakMap<Operator, WeightedData | 'unfit'>();

/**
 * The weights and the way to finish; `absent` where the weights have no data (costs only), `unfit` where no fast finish
 * is exact.
 */
export function weightedData(model: Model, operator: Weighted): WeightedData | 'absent' | 'unfit' {
  const weights = inputOf(model, operator, 1).data;
  if (!(weights instanceof Int8Array)) return 'absent';
  const found = known.get(operator) ?? analyse(model, operator, weights);
  known.set(operator, found);
  return found;
}

function analyse(model: Model, operator: Weighted, weights: Int8Array): WeightedData | 'unfit' {
  const biasData = optionalInputOf(model, operator, 2)?.data;
  const bias = biasData instanceof Int32Array ? biasData : null;
  const inputZero = zeroPointOf(inputOf(model, operator));
  const factors = channelMultipliers(model, operator);
  const channels = factors.length;
  const depthwise = operator.kind === 'depthwise_conv2d';
  const taps =
    depthwise && !isDepthwiseOfOne(model, operator)
      ? liveIndices(model, operator)
      : Array.from({ length: weights.length / channels }, (_, i) => i);
  const positiveWeights = weights.slice();
  let lost = false;
  let largestSum = 0;
  const scales = factors.map((factor, channel): ChannelScale => {
    // A channel with a negative scale is the same as its negated weights and bias with the scale's magnitude.
    const sign = factor.multiplier < 0 ? -1 : 1;
    let sum = 0;
    let positive = 0;
    for (const tap of taps) {
      const at = depthwise ? tap * channels + channel : channel * taps.length + tap;
      const weight = weights[at] ?? 0;
      positiveWeights[at] = Math.min(127, sign * weight);
      lost ||= sign * weight > 127;
      sum += sign * weight;
      if (sign * weight > 0) positive += sign * weight;
    }
    const negative = sum - positive;
    largestSum = Math.max(largestSum, 127 * positive - 128 * negative, 128 * positive - 127 * negative);
    const real = sign * (bias?.[channel] ?? 0);
    const [least, most] = [-128 - inputZero, 127 - inputZero];
    return {
      factor: { ...factor, multiplier: Math.abs(factor.multiplier) },
      bias: real - inputZero * sum,
      // Taps outside the image count as zero points, so that any tap may also contribute nothing.
      low: real + Math.min(0, positive * least) + Math.min(0, negative * most),
      high: real + Math.max(0, positive * most) + Math.max(0, negative * least),
    };
  });
  const requantization = planRequantization(scales, zeroPointOf(outputOf(model, operator)), operator.clamp);
  return requantization === null || lost ? 'unfit' : { weights: positiveWeights, requantization, largestSum };
}

/** The taps of a depthwise kernel, row-major, that are not dropped: only these are multiplied with padding's zero points. */
function liveIndices(model: Model, operator: DepthwiseConv2d): number[] {
  const { strideH, strideW, dilationH, dilationW, padding, inputs, outputs } = operator;
  const input = imageShapeOf(tensorAt(model, inputs[0]));
  const output = imageShapeOf(tensorAt(model, outputs[0]));
  const [, kernelH = 1, kernelW = 1] = tensorAt(model, inputs[1]).shape;
  const rows = liveTaps(kernelH, strideH, padding.top, input.height, output.height, dilationH);
  const columns = liveTaps(kernelW, strideW, padding.left, input.width, output.width, dilationW);
  return Array.from(
    { length: rows.count * columns.count },
    (_, index) => (rows.first + Math.floor(index / columns.count)) * kernelW + columns.first + (index % columns.count),
  );
}
