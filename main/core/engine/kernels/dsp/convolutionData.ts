/** What the fast convolutions need of an operator: shapes, and where the data is there, weights and requantization. */
import {
  channelMultipliers,
  inputOf,
  optionalInputOf,
  outputOf,
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
}

/** The finish to expect where the data is not there: cheap where the clamp cuts at the zero point. */
export function expectedFinish(model: Model, operator: Weighted): 'fit' | 'exact' {
  return operator.clamp.min === zeroPointOf(outputOf(model, operator)) ? 'fit' : 'exact';
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
  const taps = weights.length / channels;
  const scales = factors.map((factor, channel): ChannelScale => {
    let sum = 0;
    let positive = 0;
    for (let tap = 0; tap < taps; tap++) {
      const weight = weights[depthwise ? tap * channels + channel : channel * taps + tap] ?? 0;
      sum += weight;
      if (weight > 0) positive += weight;
    }
    const negative = sum - positive;
    const real = bias?.[channel] ?? 0;
    const [least, most] = [-128 - inputZero, 127 - inputZero];
    return {
      factor,
      bias: real - inputZero * sum,
      // Taps outside the image count as zero points, so that any tap may also contribute nothing.
      low: real + Math.min(0, positive * least) + Math.min(0, negative * most),
      high: real + Math.max(0, positive * most) + Math.max(0, negative * least),
    };
  });
  const requantization = planRequantization(scales, zeroPointOf(outputOf(model, operator)), operator.clamp);
  return requantization === null ? 'unfit' : { weights, requantization };
}
