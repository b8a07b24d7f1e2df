/** Each operator of TensorFlow Lite → the model's operator with the same result. */
import { type Operator, resolvePadding, type TensorId } from '../../graph/index.ts';
import { type GroupedConvolution, splitIntoGroups } from '../groupedConvolution.ts';
import type { Node } from './node.ts';
import type { RawOperator } from './rawModel.ts';
import { Padding } from './schema.ts';
import { resolveSlice } from './stridedSlice.ts';

/** One operator of the model, or several that do the same together. */
type Translate = (node: Node) => Operator | Operator[];

const float32 = Math.fround;
/** More groups than any network has are taken for a damaged file. */
const MOST_GROUPS = 4096;

/** Field numbers of the options tables. */
const PaddedOptions = { padding: 0, strideW: 1, strideH: 2 } as const;
const ConvOptions = { activation: 3, dilationW: 4, dilationH: 5 } as const;
const DepthwiseOptions = { activation: 4, dilationW: 5, dilationH: 6 } as const;
const PoolOptions = { filterW: 3, filterH: 4, activation: 5 } as const;
const FullyConnectedOptions = { activation: 0, weightsFormat: 1 } as const;
const ConcatenationOptions = { axis: 0, activation: 1 } as const;
const ResizeBilinearOptions = { alignCorners: 2, halfPixelCenters: 3 } as const;
const ResizeNearestOptions = { alignCorners: 0, halfPixelCenters: 1 } as const;
const StridedSliceOptions = { beginMask: 0, endMask: 1, ellipsisMask: 2, newAxisMask: 3, shrinkAxisMask: 4 } as const;

const conv2d: Translate = (node) => {
  const options = node.options();
  const dilation = { height: options.int32(ConvOptions.dilationH, 1), width: options.int32(ConvOptions.dilationW, 1) };
  const { channels } = node.image(node.input(0));
  const perWeight = node.image(node.input(1)).channels;
  const geometry = {
    ...windowOf(node, dilation),
    dilationH: dilation.height,
    dilationW: dilation.width,
    clamp: node.clamp(options.int8(ConvOptions.activation)),
  };
  const name = node.named('conv2d');
  if (perWeight !== channels) return groupedConv2d(node, name, geometry, channels / perWeight);
  return { kind: 'conv2d', name, ...geometry, inputs: weightedInputs(node), outputs: [node.int8Output()] };
};

/** TFLite's convolution with weights for fewer channels than the input has. */
function groupedConv2d(node: Node, name: string, geometry: GroupedConvolution['geometry'], groups: number): Operator[] {
  const outputs = node.input(1).shape[0] ?? 0;
  if (!Number.isInteger(groups) || outputs % groups !== 0 || groups > MOST_GROUPS) {
    node.refuse(`its ${outputs} output channels cannot be made in ${groups} groups of input channels`);
  }
  const [input, output] = [node.int8Input(0), node.int8Output()];
  const whole = {
    name,
    groups,
    geometry,
    input: { id: input, tensor: node.tensors.peek(node.input(0).index) },
    weights: node.tensors.peek(node.input(1).index),
    bias: node.hasInput(2) ? node.tensors.peekBias(node.biasIndex(2), impliedBiasScales(node)) : null,
    output: { id: output, tensor: node.tensors.peek(node.output().index) },
  };
  return splitIntoGroups(whole, (tensor) => node.tensors.addNew(tensor));
}

const depthwiseConv2d: Translate = (node) => {
  const options = node.options();
  const dilation = {
    height: options.int32(DepthwiseOptions.dilationH, 1),
    width: options.int32(DepthwiseOptions.dilationW, 1),
  };
  const [inside, outside] = [node.image(node.input(0)).channels, node.image(node.input(1)).channels];
  if (outside % inside !== 0)
    node.refuse(`its ${outside} output channels are no multiple of its ${inside} input channels`);
  return {
    kind: 'depthwise_conv2d',
    name: node.named('depthwise_conv2d'),
    ...windowOf(node, dilation),
    dilationH: dilation.height,
    dilationW: dilation.width,
    depthMultiplier: outside / inside,
    clamp: node.clamp(options.int8(DepthwiseOptions.activation)),
    inputs: weightedInputs(node),
    outputs: [node.int8Output()],
  };
};

/** Strides and padding in numbers, for a window of the size of the weights. */
function windowOf(node: Node, dilation: { height: number; width: number }) {
  return paddedWindow(node, node.image(node.input(1)), dilation);
}

function paddedWindow(
  node: Node,
  window: { readonly height: number; readonly width: number },
  dilation: { readonly height: number; readonly width: number },
) {
  const options = node.options();
  const scheme = options.int8(PaddedOptions.padding);
  if (scheme !== Padding.same && scheme !== Padding.valid)
    node.refuse(`its padding ${scheme} is neither SAME nor VALID`);
  const stride = { height: options.int32(PaddedOptions.strideH), width: options.int32(PaddedOptions.strideW) };
  const sizes = [stride.height, stride.width, dilation.height, dilation.width, window.height, window.width];
  if (sizes.some((size) => size < 1)) node.refuse('its window, strides or dilation are less than 1');
  const padding = resolvePadding(
    scheme === Padding.same ? 'same' : 'valid',
    node.image(node.input(0)),
    window,
    stride,
    dilation,
  );
  return { strideH: stride.height, strideW: stride.width, padding };
}

/** Input, weights and, where there is one, bias. */
function weightedInputs(node: Node): TensorId[] {
  const inputs = [node.int8Input(0), node.int8Input(1)];
  if (!node.hasInput(2)) return inputs;
  return [...inputs, node.tensors.biasIdOf(node.biasIndex(2), impliedBiasScales(node))];
}

/** The scale of input times weights, for each channel that has its own. */
function impliedBiasScales(node: Node): number[] {
  const inputScale = node.input(0).scales[0] ?? 1;
  return node.input(1).scales.map((scale) => float32(scale * inputScale));
}

const fullyConnected: Translate = (node) => {
  const options = node.options();
  if (options.int8(FullyConnectedOptions.weightsFormat) !== 0) node.refuse('its weights are shuffled');
  return {
    kind: 'fully_connected',
    name: node.named('fully_connected'),
    clamp: node.clamp(options.int8(FullyConnectedOptions.activation)),
    inputs: weightedInputs(node),
    outputs: [node.int8Output()],
  };
};

const elementwise =
  (kind: 'add' | 'sub' | 'mul'): Translate =>
  (node) => ({
    kind,
    name: node.named(kind),
    clamp: node.clamp(node.operator.options?.int8(0) ?? 0),
    inputs: [node.int8Input(0), node.int8Input(1)],
    outputs: [node.int8Output()],
  });

const pool2d =
  (kind: 'average_pool_2d' | 'max_pool_2d'): Translate =>
  (node) => {
    const options = node.options();
    const window = { height: options.int32(PoolOptions.filterH), width: options.int32(PoolOptions.filterW) };
    return {
      kind,
      name: node.named(kind),
      ...paddedWindow(node, window, { height: 1, width: 1 }),
      filterH: window.height,
      filterW: window.width,
      clamp: node.clamp(options.int8(PoolOptions.activation)),
      inputs: [node.int8Input(0)],
      outputs: [node.int8Output()],
    };
  };

const mean: Translate = (node) => {
  const rank = node.input(0).shape.length;
  const axes = node.constants(1, 'axes').map((axis) => nonNegativeAxis(node, axis, rank));
  return {
    kind: 'mean',
    name: node.named('mean'),
    axes: [...new Set(axes)].sort((a, b) => a - b),
    keepDims: (node.operator.options?.int8(0) ?? 0) !== 0,
    inputs: [node.int8Input(0)],
    outputs: [node.int8Output()],
  };
};

function nonNegativeAxis(node: Node, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (resolved < 0 || resolved >= rank) node.refuse(`its axis ${axis} does not exist in a tensor of ${rank} axes`);
  return resolved;
}

const pad: Translate = (node) => {
  const amounts = node.constants(1, 'amounts');
  const pairs = Array.from({ length: Math.floor(amounts.length / 2) }, (_, axis): readonly [number, number] => [
    amounts[2 * axis] ?? 0,
    amounts[2 * axis + 1] ?? 0,
  ]);
  return {
    kind: 'pad',
    name: node.named('pad'),
    amounts: pairs,
    value: node.hasInput(2) ? padValue(node) : (node.input(0).zeroPoints[0] ?? 0),
    inputs: [node.int8Input(0)],
    outputs: [node.int8Output()],
  };
};

function padValue(node: Node): number {
  const { data } = node.input(2);
  if (data?.length !== 1) node.refuse('its value is not one constant int8');
  return ((data[0] ?? 0) << 24) >> 24;
}

const reshape: Translate = (node) => ({
  kind: 'reshape',
  name: node.named('reshape'),
  inputs: [node.int8Input(0)],
  outputs: [node.int8Output()],
});

const transpose: Translate = (node) => ({
  kind: 'transpose',
  name: node.named('transpose'),
  permutation: node.constants(1, 'permutation').map((axis) => nonNegativeAxis(node, axis, node.input(0).shape.length)),
  inputs: [node.int8Input(0)],
  outputs: [node.int8Output()],
});

const softmax: Translate = (node) => ({
  kind: 'softmax',
  name: node.named('softmax'),
  beta: node.options().float32(0),
  inputs: [node.int8Input(0)],
  outputs: [node.int8Output()],
});

const activation =
  (kind: 'logistic' | 'hard_swish' | 'relu' | 'relu6'): Translate =>
  (node) => ({ kind, name: node.named(kind), inputs: [node.int8Input(0)], outputs: [node.int8Output()] });

const leakyRelu: Translate = (node) => ({
  kind: 'leaky_relu',
  name: node.named('leaky_relu'),
  alpha: node.options().float32(0),
  inputs: [node.int8Input(0)],
  outputs: [node.int8Output()],
});

const concatenation: Translate = (node) => {
  const options = node.options();
  if (options.int8(ConcatenationOptions.activation) !== 0) node.refuse('it has a fused activation');
  return {
    kind: 'concatenation',
    name: node.named('concatenation'),
    axis: nonNegativeAxis(node, options.int32(ConcatenationOptions.axis), node.output().shape.length),
    inputs: node.operator.inputs.map((_, position) => node.int8Input(position)),
    outputs: [node.int8Output()],
  };
};

/** SPLIT has its axis before the input, SPLIT_V after the sizes, which the outputs' shapes repeat. */
const split =
  (inputPosition: number, axisPosition: number): Translate =>
  (node) => ({
    kind: 'split',
    name: node.named('split'),
    axis: nonNegativeAxis(
      node,
      node.constants(axisPosition, 'axis')[0] ?? node.refuse('its axis is empty'),
      node.input(inputPosition).shape.length,
    ),
    inputs: [node.int8Input(inputPosition)],
    outputs: node.operator.outputs.map((_, position) => node.int8Output(position)),
  });

const stridedSlice: Translate = (node) => {
  const options = node.options();
  const resolved = resolveSlice(
    {
      begin: node.constants(1, 'begin'),
      end: node.constants(2, 'end'),
      strides: node.constants(3, 'strides'),
      beginMask: options.int32(StridedSliceOptions.beginMask),
      endMask: options.int32(StridedSliceOptions.endMask),
      ellipsisMask: options.int32(StridedSliceOptions.ellipsisMask),
      newAxisMask: options.int32(StridedSliceOptions.newAxisMask),
      shrinkAxisMask: options.int32(StridedSliceOptions.shrinkAxisMask),
    },
    node.input(0).shape,
  );
  if (typeof resolved === 'string') return node.refuse(resolved);
  return {
    kind: 'strided_slice',
    name: node.named('strided_slice'),
    ...resolved,
    inputs: [node.int8Input(0)],
    outputs: [node.int8Output()],
  };
};

/** SLICE: begin and size, where a size of −1 reaches to the end. */
const slice: Translate = (node) => {
  const { shape } = node.input(0);
  const begin = node.constants(1, 'begin');
  const sizes = node.constants(2, 'size');
  return {
    kind: 'strided_slice',
    name: node.named('slice'),
    begin,
    end: begin.map((first, axis) => (sizes[axis] === -1 ? (shape[axis] ?? 0) : first + (sizes[axis] ?? 0))),
    strides: begin.map(() => 1),
    inputs: [node.int8Input(0)],
    outputs: [node.int8Output()],
  };
};

const resize =
  (
    kind: 'resize_nearest_neighbor' | 'resize_bilinear',
    fields: { readonly alignCorners: number; readonly halfPixelCenters: number },
  ): Translate =>
  (node) => ({
    kind,
    name: node.named(kind),
    alignCorners: (node.operator.options?.int8(fields.alignCorners) ?? 0) !== 0,
    halfPixelCenters: (node.operator.options?.int8(fields.halfPixelCenters) ?? 0) !== 0,
    inputs: [node.int8Input(0)],
    outputs: [node.int8Output()],
  });

const requantize =
  (kind: 'quantize' | 'dequantize'): Translate =>
  (node) => ({
    kind,
    name: node.named(kind),
    inputs: [node.idOf(node.input(0))],
    outputs: [node.idOf(node.output())],
  });

const TRANSLATIONS: ReadonlyMap<string, Translate> = new Map<string, Translate>([
  ['CONV_2D', conv2d],
  ['DEPTHWISE_CONV_2D', depthwiseConv2d],
  ['FULLY_CONNECTED', fullyConnected],
  ['ADD', elementwise('add')],
  ['SUB', elementwise('sub')],
  ['MUL', elementwise('mul')],
  ['AVERAGE_POOL_2D', pool2d('average_pool_2d')],
  ['MAX_POOL_2D', pool2d('max_pool_2d')],
  ['MEAN', mean],
  ['PAD', pad],
  ['PADV2', pad],
  ['RESHAPE', reshape],
  ['SQUEEZE', reshape],
  ['EXPAND_DIMS', reshape],
  ['TRANSPOSE', transpose],
  ['SOFTMAX', softmax],
  ['LOGISTIC', activation('logistic')],
  ['HARD_SWISH', activation('hard_swish')],
  ['RELU', activation('relu')],
  ['RELU6', activation('relu6')],
  ['LEAKY_RELU', leakyRelu],
  ['CONCATENATION', concatenation],
  ['SPLIT', split(1, 0)],
  ['SPLIT_V', split(0, 2)],
  ['STRIDED_SLICE', stridedSlice],
  ['SLICE', slice],
  ['RESIZE_NEAREST_NEIGHBOR', resize('resize_nearest_neighbor', ResizeNearestOptions)],
  ['RESIZE_BILINEAR', resize('resize_bilinear', ResizeBilinearOptions)],
  ['QUANTIZE', requantize('quantize')],
  ['DEQUANTIZE', requantize('dequantize')],
]);

/** The operators that can be read. */
export const SUPPORTED_OPERATORS: readonly string[] = [...TRANSLATIONS.keys()];

/** The one input that carries values, where the others only carry shapes, axes and the like. */
const FIRST_INPUT_ONLY =
  'MEAN PAD PADV2 RESHAPE SQUEEZE EXPAND_DIMS TRANSPOSE SPLIT_V STRIDED_SLICE SLICE RESIZE_NEAREST_NEIGHBOR ' +
  'RESIZE_BILINEAR';
const VALUE_INPUT: ReadonlyMap<string, number> = new Map([
  ...FIRST_INPUT_ONLY.split(' ').map((name): [string, number] => [name, 0]),
  ['SPLIT', 1],
]);

export function dataInputsOf(operator: RawOperator): number[] {
  const only = operator.custom ? undefined : VALUE_INPUT.get(operator.name);
  return operator.inputs.filter((index, position) => index >= 0 && (only === undefined || only === position));
}

/** The operators of the model for an operator of the file; mostly one. */
export function translate(node: Node): Operator | Operator[] {
  const translation = node.operator.custom ? undefined : TRANSLATIONS.get(node.operator.name);
  if (translation === undefined) {
    return node.refuse(`MCUNet Studio has no ${node.operator.custom ? 'custom operators' : 'int8 kernel for it'}`);
  }
  return translation(node);
}
