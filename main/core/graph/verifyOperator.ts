/** What each kind of operator demands of its tensors and parameters. */
import {
  additionConstants,
  channelMultipliers,
  hardSwishConstants,
  leakyReluConstants,
  logisticConstants,
  productMultiplier,
  rescaleMultiplier,
} from './constants.ts';
import { convolutionAndSum } from './convolutionAndSum.ts';
import type { QuantizedMultiplier } from './fixedPoint.ts';
import { inputOf, optionalInputOf, outputOf, quoted, scaleOf, zeroPointOf } from './lookup.ts';
import type {
  Clamp,
  Conv2d,
  DepthwiseConv2d,
  FullyConnected,
  Model,
  Operator,
  Pad,
  Pool2d,
  Split,
  StridedSlice,
  Tensor,
} from './model.ts';
import { describeShape, droppedAxes, elementsOf, sameShape } from './shape.ts';
import { inferOutputShape } from './shapeInference.ts';

/** Thrown and caught within this file only: the first demand that is not met. */
class Unmet extends Error {}

function demand(met: boolean, why: string): asserts met {
  if (!met) throw new Unmet(why);
}

/** Why the operator cannot be run, or null. Its tensors exist and are valid by themselves. */
export function whyOperatorIsWrong(model: Model, operator: Operator): string | null {
  try {
    verifyCounts(operator);
    if (operator.kind === 'conv2d_add') {
      const { model: parts, convolution, sum } = convolutionAndSum(model, operator);
      return whyOperatorIsWrong(parts, convolution) ?? whyOperatorIsWrong(parts, sum);
    }
    verifyTypes(model, operator);
    verifyParameters(model, operator);
    verifyShapes(model, operator);
    verifyArithmetic(model, operator);
    return null;
  } catch (thrown) {
    if (thrown instanceof Unmet) return thrown.message;
    throw thrown;
  }
}

function verifyCounts(operator: Operator): void {
  const { inputs, outputs, kind } = operator;
  const [least, most] = inputCounts(kind);
  const wanted = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  demand(inputs.length >= least && inputs.length <= most, `it has ${inputs.length} inputs, not ${wanted}`);
  const fits = kind === 'split' ? outputs.length >= 1 : outputs.length === 1;
  demand(fits, `it has ${outputs.length} outputs`);
}

function inputCounts(kind: Operator['kind']): readonly [number, number] {
  switch (kind) {
    case 'conv2d':
    case 'depthwise_conv2d':
    case 'fully_connected':
      return [2, 3];
    case 'conv2d_add':
      return [3, 4];
    case 'add':
    case 'sub':
    case 'mul':
      return [2, 2];
    case 'concatenation':
      return [1, Infinity];
    default:
      return [1, 1];
  }
}

function verifyTypes(model: Model, operator: Operator): void {
  const weighted =
    operator.kind === 'conv2d' || operator.kind === 'depthwise_conv2d' || operator.kind === 'fully_connected';
  operator.inputs.forEach((_, position) => {
    const tensor = inputOf(model, operator, position);
    const bias = weighted && position === 2;
    const fits = bias
      ? tensor.type === 'int32'
      : tensor.type === 'int8' || (operator.kind === 'quantize' && tensor.type === 'float32');
    demand(fits, `its input ${quoted(tensor.name)} is ${tensor.type}, not ${bias ? 'int32' : 'int8'}`);
    if (!weighted || position === 0) verifyActivationScale(tensor);
  });
  operator.outputs.forEach((_, position) => {
    const tensor = outputOf(model, operator, position);
    const fits = operator.kind === 'dequantize' ? tensor.type === 'float32' : tensor.type === 'int8';
    demand(fits, `its output ${quoted(tensor.name)} is ${tensor.type}`);
    verifyActivationScale(tensor);
  });
}

/** Weights may have several scales, and negative ones (some converters write them); other values may not. */
function verifyActivationScale({ name, quantization }: Tensor): void {
  if (quantization === null) return;
  demand(quantization.scales.length === 1, `${quoted(name)} has several scales`);
  demand((quantization.scales[0] ?? 0) > 0, `${quoted(name)} has a scale of ${quantization.scales[0]}`);
}

function verifyParameters(model: Model, operator: Operator): void {
  if ('clamp' in operator) verifyClamp(operator.clamp);
  switch (operator.kind) {
    case 'conv2d':
    case 'depthwise_conv2d':
      verifyWindow(operator);
      verifyPositive(operator.dilationH, 'dilation');
      verifyPositive(operator.dilationW, 'dilation');
      return verifyWeights(model, operator);
    case 'fully_connected':
      return verifyWeights(model, operator);
    case 'average_pool_2d':
    case 'max_pool_2d':
      verifyWindow(operator);
      verifyPositive(operator.filterH, 'window');
      return verifyPositive(operator.filterW, 'window');
    case 'mean': {
      const { axes } = operator;
      verifyAxes(axes, inputOf(model, operator));
      return demand(
        axes.every((axis, place) => place === 0 || axis > (axes[place - 1] ?? 0)),
        'its axes do not ascend',
      );
    }
    case 'pad':
      return verifyPad(operator, inputOf(model, operator));
    case 'transpose': {
      const { permutation } = operator;
      verifyAxes(permutation, inputOf(model, operator));
      const rank = inputOf(model, operator).shape.length;
      return demand(permutation.length === rank && new Set(permutation).size === rank, 'its axes are no permutation');
    }
    case 'concatenation':
    case 'split':
      return verifyAxes([operator.axis], inputOf(model, operator));
    case 'strided_slice':
      return verifySlice(operator, inputOf(model, operator));
    case 'softmax':
      return demand(operator.beta > 0 && Number.isFinite(operator.beta), `its beta is ${operator.beta}`);
    case 'leaky_relu':
      return demand(Number.isFinite(operator.alpha), `its alpha is ${operator.alpha}`);
    case 'resize_bilinear':
    case 'resize_nearest_neighbor':
      return demand(
        !(operator.alignCorners && operator.halfPixelCenters),
        'it has aligned corners and half-pixel centres',
      );
    default:
      return;
  }
}

function verifyClamp({ min, max }: Clamp): void {
  const whole = Number.isInteger(min) && Number.isInteger(max);
  demand(whole && min >= -128 && max <= 127 && min <= max, `its output is clamped to ${min} … ${max}`);
}

function verifyPositive(value: number, what: string): void {
  demand(Number.isInteger(value) && value >= 1, `its ${what} is ${value}`);
}

function verifyWindow({ strideH, strideW, padding }: Conv2d | DepthwiseConv2d | Pool2d): void {
  verifyPositive(strideH, 'stride');
  verifyPositive(strideW, 'stride');
  for (const amount of [padding.top, padding.bottom, padding.left, padding.right]) {
    demand(Number.isInteger(amount) && amount >= 0, `its padding is ${amount}`);
  }
}

function verifyAxes(axes: readonly number[], { shape }: Tensor): void {
  for (const axis of axes) {
    const exists = Number.isInteger(axis) && axis >= 0 && axis < shape.length;
    demand(exists, `its axis ${axis} does not exist in ${describeShape(shape)}`);
  }
}

function verifyPad({ amounts, value }: Pad, { shape }: Tensor): void {
  demand(amounts.length === shape.length, `it pads ${amounts.length} axes of ${describeShape(shape)}`);
  const negative = amounts.flat().find((amount) => !Number.isInteger(amount) || amount < 0);
  demand(negative === undefined, `it pads by ${negative}`);
  demand(Number.isInteger(value) && value >= -128 && value <= 127, `it pads with ${value}`);
}

function verifySlice({ begin, end, strides }: StridedSlice, { shape }: Tensor): void {
  for (const list of [begin, end, strides]) {
    demand(list.length === shape.length && list.every(Number.isInteger), `it does not slice ${describeShape(shape)}`);
  }
  shape.forEach((extent, axis) => {
    const [first = 0, stop = 0, stride = 0] = [begin[axis], end[axis], strides[axis]];
    const inside =
      stride > 0 ? first >= 0 && stop <= extent && first < stop : first < extent && stop >= -1 && first > stop;
    demand(stride !== 0 && inside, `its slice ${first}:${stop}:${stride} takes nothing from ${extent} elements`);
  });
}

/** Constant symmetric weights with a scale for all or for each output channel, and a bias for each output channel. */
function verifyWeights(model: Model, operator: Conv2d | DepthwiseConv2d | FullyConnected): void {
  const weights = inputOf(model, operator, 1);
  const rank = operator.kind === 'fully_connected' ? 2 : 4;
  const channelAxis = operator.kind === 'depthwise_conv2d' ? 3 : 0;
  demand(weights.data !== null, 'its weights are not constant');
  demand(weights.shape.length === rank, `its weights have the shape ${describeShape(weights.shape)}`);
  const channels = weights.shape[channelAxis] ?? 0;
  const { scales, zeroPoints, axis } = weights.quantization ?? { scales: [], zeroPoints: [], axis: 0 };
  const perChannel = scales.length > 1;
  demand(!perChannel || axis === channelAxis, `its weights have a scale for each index of axis ${axis}`);
  demand(
    zeroPoints.every((zero) => zero === 0),
    'its weights are not symmetric: they have a zero point',
  );
  const bias = optionalInputOf(model, operator, 2);
  if (bias === null) return;
  demand(bias.data !== null, 'its bias is not constant');
  demand(elementsOf(bias.shape) === channels, `its bias has ${elementsOf(bias.shape)} values for ${channels} channels`);
}

function verifyShapes(model: Model, operator: Operator): void {
  const input = inputOf(model, operator);
  const output = outputOf(model, operator);
  const shapes = `${describeShape(input.shape)} → ${describeShape(output.shape)}`;
  switch (operator.kind) {
    case 'reshape':
      return demand(elementsOf(input.shape) === elementsOf(output.shape), `it changes the size: ${shapes}`);
    case 'split':
      return verifySplit(model, operator, input);
    case 'fully_connected': {
      const [outputs = 0, inputs = 0] = inputOf(model, operator, 1).shape;
      const rows = elementsOf(input.shape) / inputs;
      demand(Number.isInteger(rows), `its ${describeShape(input.shape)} input is no rows of ${inputs}`);
      const fits = elementsOf(output.shape) === rows * outputs && output.shape.at(-1) === outputs;
      return demand(fits, `it makes ${describeShape(output.shape)}, not ${rows} rows of ${outputs}`);
    }
    case 'resize_nearest_neighbor':
    case 'resize_bilinear': {
      demand(input.shape.length === 4 && output.shape.length === 4, `it does not resize images: ${shapes}`);
      const same = input.shape[0] === output.shape[0] && input.shape[3] === output.shape[3];
      return demand(same, `it changes more than height and width: ${shapes}`);
    }
    default:
  }
  verifyImageShapes(model, operator);
  const inferred = inferOutputShape(
    operator,
    operator.inputs.map((_, position) => inputOf(model, operator, position).shape),
  );
  demand(inferred !== null, `its inputs do not fit each other: ${describeInputs(model, operator)}`);
  // A slice may drop axes of one element (TFLite's shrink mask).
  const fits =
    operator.kind === 'strided_slice'
      ? droppedAxes(inferred, output.shape) !== null
      : sameShape(inferred, output.shape);
  demand(fits, `it makes ${describeShape(inferred)}, but its output has the shape ${describeShape(output.shape)}`);
}

function describeInputs(model: Model, operator: Operator): string {
  return operator.inputs.map((_, position) => describeShape(inputOf(model, operator, position).shape)).join(' and ');
}

function verifyImageShapes(model: Model, operator: Operator): void {
  const input = inputOf(model, operator).shape;
  switch (operator.kind) {
    case 'conv2d':
    case 'depthwise_conv2d': {
      const weights = inputOf(model, operator, 1).shape;
      demand(input.length === 4, `its input ${describeShape(input)} is no image`);
      demand(input[0] === 1, `its input holds ${input[0]} images; models take one at a time`);
      const [channels = 0, perOutput = 0] = [input[3], weights[3]];
      if (operator.kind === 'conv2d') {
        return demand(perOutput === channels, `its weights ${describeShape(weights)} do not fit ${channels} channels`);
      }
      verifyPositive(operator.depthMultiplier, 'depth multiplier');
      demand(weights[0] === 1, `its weights have the shape ${describeShape(weights)}`);
      return demand(
        perOutput === channels * operator.depthMultiplier,
        `its weights ${describeShape(weights)} do not fit ${channels} channels times ${operator.depthMultiplier}`,
      );
    }
    case 'average_pool_2d':
    case 'max_pool_2d': {
      demand(input.length === 4, `its input ${describeShape(input)} is no image`);
      demand(input[0] === 1, `its input holds ${input[0]} images; models take one at a time`);
      const { padding, filterH, filterW } = operator;
      // A window wholly outside the image would have nothing to pool.
      const inside = Math.max(padding.top, padding.bottom) < filterH && Math.max(padding.left, padding.right) < filterW;
      return demand(inside, 'its padding is as large as its window');
    }
    case 'concatenation': {
      const { axis } = operator;
      return operator.inputs.forEach((_, position) => {
        const { shape } = inputOf(model, operator, position);
        const fits = shape.length === input.length && shape.every((extent, at) => at === axis || extent === input[at]);
        demand(fits, `its inputs do not fit each other: ${describeInputs(model, operator)}`);
      });
    }
    case 'softmax':
      return demand(input.length >= 1, 'its input is a scalar');
    default:
      return;
  }
}

function verifySplit(model: Model, operator: Split, input: Tensor): void {
  const parts = operator.outputs.map((_, position) => outputOf(model, operator, position).shape);
  const sum = parts.reduce((total, shape) => total + (shape[operator.axis] ?? 0), 0);
  demand(sum === input.shape[operator.axis], `its parts add up to ${sum} of ${input.shape[operator.axis] ?? 0}`);
  for (const shape of parts) {
    const fits =
      shape.length === input.shape.length &&
      shape.every((extent, axis) => axis === operator.axis || extent === input.shape[axis]);
    demand(fits, `it makes ${describeShape(shape)} from ${describeShape(input.shape)}`);
  }
}

/** The ranges of scales that TensorFlow Lite Micro's kernels accept (its `Prepare` functions' checks). */
function verifyArithmetic(model: Model, operator: Operator): void {
  switch (operator.kind) {
    case 'conv2d':
    case 'depthwise_conv2d':
    case 'fully_connected':
      return channelMultipliers(model, operator).forEach(verifyMultiplier);
    case 'add':
    case 'sub': {
      const { output } = additionConstants(model, operator);
      return demand(output.shift <= 0, 'its output scale is less than 2^-19 of its inputs’');
    }
    case 'mul':
      return verifyMultiplier(productMultiplier(model, operator));
    case 'mean':
      return verifyRescale(model, operator);
    case 'relu':
      return verifyMultiplier(rescaleMultiplier(model, operator));
    case 'leaky_relu': {
      const { identity, alpha } = leakyReluConstants(model, operator);
      verifyMultiplier(identity);
      return verifyMultiplier(alpha);
    }
    case 'hard_swish': {
      const { outputExponent, reluishExponent } = hardSwishConstants(model, operator);
      demand(outputExponent <= 0, 'its output scale is less than 1/128 of its input scale');
      return demand(outputExponent >= -15 && reluishExponent >= -15 && reluishExponent <= 31, 'its scales are extreme');
    }
    case 'logistic': {
      verifyProbability(outputOf(model, operator));
      const { input } = logisticConstants(model, operator);
      // From a shift of 31 on every input lies beyond the radius, and nothing is multiplied.
      return demand(input.shift >= 0 && input.shift <= 62, `its input scale is ${scaleOf(inputOf(model, operator))}`);
    }
    case 'softmax': {
      verifyProbability(outputOf(model, operator));
      const real = Math.fround(operator.beta) * scaleOf(inputOf(model, operator)) * 2 ** 26;
      demand(real > 1, 'its input scale times beta is less than 2^-26');
      const classes = inputOf(model, operator).shape.at(-1) ?? 1;
      // The sum of the exponentials has 12 integer bits.
      return demand(classes < 4096, `its ${classes} classes are more than 4095`);
    }
    case 'quantize':
      return inputOf(model, operator).type === 'int8'
        ? verifyMultiplier(rescaleMultiplier(model, operator))
        : undefined;
    default:
      return;
  }
}

function verifyRescale(model: Model, operator: Operator): void {
  const ratio = scaleOf(inputOf(model, operator)) / scaleOf(outputOf(model, operator));
  demand(ratio < 2 ** 30 && ratio > 2 ** -31, 'its scales are too far apart');
}

/** A shift of 31 or more would leave nothing of a 32-bit accumulator. */
function verifyMultiplier({ shift }: QuantizedMultiplier): void {
  demand(shift <= 30, 'its output scale is too small for its inputs’');
}

function verifyProbability(output: Tensor): void {
  const fits = scaleOf(output) === 1 / 256 && zeroPointOf(output) === -128;
  demand(fits, 'its output is not quantized with scale 1/256 and zero point −128');
}
