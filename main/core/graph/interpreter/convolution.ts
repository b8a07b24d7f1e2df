/** CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED, as TFLite's `reference/integer_ops` have them. */
import { channelMultipliers } from '../constants.ts';
import { clampTo, multiplyByQuantizedMultiplier } from '../fixedPoint.ts';
import { imageShapeOf, inputOf, outputOf, zeroPointOf } from '../lookup.ts';
import type { Conv2d, DepthwiseConv2d, FullyConnected, Model } from '../model.ts';

/** From an accumulator of a channel to its int8 output. */
function channelOutputs(
  model: Model,
  operator: Conv2d | DepthwiseConv2d | FullyConnected,
): (accumulator: number, channel: number) => number {
  const factors = channelMultipliers(model, operator);
  const multipliers = Int32Array.from(factors, ({ multiplier }) => multiplier);
  const shifts = Int32Array.from(factors, ({ shift }) => shift);
  const zeroPoint = zeroPointOf(outputOf(model, operator));
  const { min, max } = operator.clamp;
  return (accumulator, channel) => {
    const [multiplier, shift] = [multipliers[channel] as number, shifts[channel] as number];
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
  const sums = new Int32Array(to.channels);
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
        dotProducts(patch, weights, sums);
        for (let channel = 0; channel < to.channels; channel++) {
          output[target++] = toOutput(((sums[channel] as number) + (bias?.[channel] ?? 0)) | 0, channel);
        }
      }
    }
  }
}

/** The dot product of the patch with each row of the weights, four rows at a time so that a value is loaded once. */
function dotProducts(patch: Int16Array, weights: Int8Array, sums: Int32Array): void {
  const length = patch.length;
  let row = 0;
  for (; row + 4 <= sums.length; row += 4) {
    const w0 = row * length;
    const w1 = w0 + length;
    const w2 = w1 + length;
    const w3 = w2 + length;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let index = 0; index < length; index++) {
      const value = patch[index] as number;
      a = (a + value * (weights[w0 + index] as number)) | 0;
      b = (b + value * (weights[w1 + index] as number)) | 0;
      c = (c + value * (weights[w2 + index] as number)) | 0;
      d = (d + value * (weights[w3 + index] as number)) | 0;
    }
    sums[row] = a;
    sums[row + 1] = b;
    sums[row + 2] = c;
    sums[row + 3] = d;
  }
  for (; row < sums.length; row++) {
    let sum = 0;
    for (let index = 0; index < length; index++) {
      sum = (sum + (patch[index] as number) * (weights[row * length + index] as number)) | 0;
    }
    sums[row] = sum;
  }
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
            addTap(sums, input, source, inputZero, weights, tap, depthMultiplier);
          }
        }
        for (let channel = 0; channel < to.channels; channel++) {
          output[target++] = toOutput(sums[channel] as number, channel);
        }
      }
    }
  }
}

/** Adds one tap of a depthwise window: each input channel times the weights of the outputs that it goes into. */
function addTap(
  sums: Int32Array,
  input: Int8Array,
  source: number,
  inputZero: number,
  weights: Int8Array,
  tap: number,
  depthMultiplier: number,
): void {
  if (depthMultiplier === 1) {
    for (let channel = 0; channel < sums.length; channel++) {
      const value = (input[source + channel] as number) - inputZero;
      sums[channel] = (sums[channel] as number) + value * (weights[tap + channel] as number);
    }
    return;
  }
  for (let channel = 0; channel < sums.length; channel++) {
    const value = (input[source + Math.floor(channel / depthMultiplier)] as number) - inputZero;
    sums[channel] = (sums[channel] as number) + value * (weights[tap + channel] as number);
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
  const sums = new Int32Array(outputs);
  for (let batch = 0; batch * inputs < input.length; batch++) {
    for (let index = 0; index < inputs; index++) row[index] = (input[batch * inputs + index] as number) - inputZero;
    dotProducts(row, weights, sums);
    for (let channel = 0; channel < outputs; channel++) {
      const sum = ((sums[channel] as number) + (bias?.[channel] ?? 0)) | 0;
      output[batch * outputs + channel] = toOutput(sum, channel);
    }
  }
}
