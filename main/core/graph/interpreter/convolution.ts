/** CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED, as TFLite's `reference/integer_ops` have them. */
import { channelMultipliers } from '../constants.ts';
import { clampTo, multiplyByQuantizedMultiplier, type QuantizedMultiplier } from '../fixedPoint.ts';
import { imageShapeOf, inputOf, outputOf, zeroPointOf } from '../lookup.ts';
import type { Clamp, Conv2d, DepthwiseConv2d, FullyConnected, Model } from '../model.ts';

/** From an accumulator of a channel to its int8 output. */
function channelOutputs(
  model: Model,
  operator: Conv2d | DepthwiseConv2d | FullyConnected,
): (accumulator: number, channel: number) => number {
  const multipliers = channelMultipliers(model, operator);
  const zeroPoint = zeroPointOf(outputOf(model, operator));
  const { min, max }: Clamp = operator.clamp;
  return (accumulator, channel) => {
    const { multiplier, shift } = multipliers[channel] as QuantizedMultiplier;
    return clampTo(zeroPoint + multiplyByQuantizedMultiplier(accumulator, multiplier, shift), min, max);
  };
}

export function conv2d(
  model: Model,
  operator: Conv2d,
  input: Int8Array,
  weights: Int8Array,
  bias: Int32Array | null,
  output: Int8Array,
): void {
  const from = imageShapeOf(inputOf(model, operator));
  const to = imageShapeOf(outputOf(model, operator));
  const window = imageShapeOf(inputOf(model, operator, 1));
  const toOutput = channelOutputs(model, operator);
  const inputZero = zeroPointOf(inputOf(model, operator));
  const { strideH, strideW, dilationH, dilationW, padding } = operator;
  // The window's inputs less their zero point, in the order of the weights. What lies outside the image counts as
  // the zero point, so it stays 0 here.
  const patch = new Int16Array(window.height * window.width * from.channels);
  let target = 0;
  for (let batch = 0; batch < to.batch; batch++) {
    for (let row = 0; row < to.height; row++) {
      for (let column = 0; column < to.width; column++) {
        patch.fill(0);
        for (let windowRow = 0; windowRow < window.height; windowRow++) {
          const inputRow = row * strideH - padding.top + windowRow * dilationH;
          if (inputRow < 0 || inputRow >= from.height) continue;
          for (let windowColumn = 0; windowColumn < window.width; windowColumn++) {
            const inputColumn = column * strideW - padding.left + windowColumn * dilationW;
            if (inputColumn < 0 || inputColumn >= from.width) continue;
            const source = ((batch * from.height + inputRow) * from.width + inputColumn) * from.channels;
            const place = (windowRow * window.width + windowColumn) * from.channels;
            for (let channel = 0; channel < from.channels; channel++) {
              patch[place + channel] = (input[source + channel] as number) - inputZero;
            }
          }
        }
        for (let channel = 0; channel < to.channels; channel++) {
          const sum = dotProduct(patch, weights, channel * patch.length);
          output[target++] = toOutput((sum + (bias?.[channel] ?? 0)) | 0, channel);
        }
      }
    }
  }
}

function dotProduct(patch: Int16Array, weights: Int8Array, start: number): number {
  let sum = 0;
  for (let index = 0; index < patch.length; index++) {
    sum = (sum + (patch[index] as number) * (weights[start + index] as number)) | 0;
  }
  return sum;
}

export function depthwiseConv2d(
  model: Model,
  operator: DepthwiseConv2d,
  input: Int8Array,
  weights: Int8Array,
  bias: Int32Array | null,
  output: Int8Array,
): void {
  const from = imageShapeOf(inputOf(model, operator));
  const to = imageShapeOf(outputOf(model, operator));
  const window = imageShapeOf(inputOf(model, operator, 1));
  const toOutput = channelOutputs(model, operator);
  const inputZero = zeroPointOf(inputOf(model, operator));
  const { strideH, strideW, dilationH, dilationW, padding, depthMultiplier } = operator;
  const sums = new Int32Array(to.channels);
  let target = 0;
  for (let batch = 0; batch < to.batch; batch++) {
    for (let row = 0; row < to.height; row++) {
      for (let column = 0; column < to.width; column++) {
        if (bias === null) sums.fill(0);
        else sums.set(bias);
        for (let windowRow = 0; windowRow < window.height; windowRow++) {
          const inputRow = row * strideH - padding.top + windowRow * dilationH;
          if (inputRow < 0 || inputRow >= from.height) continue;
          for (let windowColumn = 0; windowColumn < window.width; windowColumn++) {
            const inputColumn = column * strideW - padding.left + windowColumn * dilationW;
            if (inputColumn < 0 || inputColumn >= from.width) continue;
            const source = ((batch * from.height + inputRow) * from.width + inputColumn) * from.channels;
            const tap = (windowRow * window.width + windowColumn) * to.channels;
            for (let channel = 0, outChannel = 0; channel < from.channels; channel++) {
              const value = (input[source + channel] as number) - inputZero;
              for (let copy = 0; copy < depthMultiplier; copy++, outChannel++) {
                sums[outChannel] = (sums[outChannel] as number) + value * (weights[tap + outChannel] as number);
              }
            }
          }
        }
        for (let channel = 0; channel < to.channels; channel++) {
          output[target++] = toOutput(sums[channel] as number, channel);
        }
      }
    }
  }
}

export function fullyConnected(
  model: Model,
  operator: FullyConnected,
  input: Int8Array,
  weights: Int8Array,
  bias: Int32Array | null,
  output: Int8Array,
): void {
  const [outputs = 1, inputs = 1] = inputOf(model, operator, 1).shape;
  const toOutput = channelOutputs(model, operator);
  const inputZero = zeroPointOf(inputOf(model, operator));
  const row = new Int16Array(inputs);
  for (let batch = 0; batch * inputs < input.length; batch++) {
    for (let index = 0; index < inputs; index++) row[index] = (input[batch * inputs + index] as number) - inputZero;
    for (let channel = 0; channel < outputs; channel++) {
      const sum = dotProduct(row, weights, channel * inputs);
      output[batch * outputs + channel] = toOutput((sum + (bias?.[channel] ?? 0)) | 0, channel);
    }
  }
}
