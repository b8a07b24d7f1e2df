/** Each operator of the model → one of TensorFlow Lite, with its options and its constant inputs. */
import { StudioError } from '../../../contract/index.ts';
import {
  type Clamp,
  clampFor,
  type Conv2d,
  convolutionAndSum,
  type DepthwiseConv2d,
  droppedAxes,
  type FusedActivation,
  imageShapeOf,
  inferOutputShape,
  inputOf,
  type Model,
  type Operator,
  outputOf,
  type Pool2d,
  quoted,
  resolvePadding,
  scaleOf,
  type SpatialPadding,
  type StridedSlice,
  type Tensor,
  type TensorId,
  zeroPointOf,
} from '../../graph/index.ts';
import { ActivationFunction, Padding } from './schema.ts';

/** One field of an options table. */
export interface OptionField {
  readonly field: number;
  readonly type: 'int8' | 'int32' | 'float32';
  readonly value: number;
}

export interface EncodedOperator {
  /** `CONV_2D`. */
  readonly code: string;
  /** The tag of the union `BuiltinOptions`. */
  readonly optionsType: number;
  readonly options: readonly OptionField[];
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
}

/** Adds a tensor to the file and returns its index. */
export type AddTensor = (tensor: Tensor) => TensorId;

/** Tags of the union `BuiltinOptions` in `schema.fbs`. */
const OptionsType = {
  conv2d: 1,
  depthwiseConv2d: 2,
  pool2d: 5,
  fullyConnected: 8,
  softmax: 9,
  concatenation: 10,
  add: 11,
  resizeBilinear: 15,
  reshape: 17,
  mul: 21,
  pad: 22,
  transpose: 26,
  reducer: 27,
  sub: 28,
  stridedSlice: 32,
  split: 35,
  dequantize: 38,
  padV2: 43,
  resizeNearestNeighbor: 74,
  leakyRelu: 75,
  splitV: 79,
  quantize: 89,
  hardSwish: 91,
} as const;

const NO_OPTIONS = 0;
const int8 = (field: number, value: number): OptionField => ({ field, type: 'int8', value });
const int32 = (field: number, value: number): OptionField => ({ field, type: 'int32', value });
const flag = (field: number, value: boolean): OptionField => int8(field, value ? 1 : 0);

/**
 * The operators of the file that together compute the model's operator: one, or a PAD and one where the padding is
 * neither SAME nor VALID.
 *
 * @throws StudioError `model.cannot-write` for what the format has no words for
 */
export function encode(model: Model, operator: Operator, add: AddTensor): EncodedOperator[] {
  const { inputs, outputs } = operator;
  const simple = (
    code: string,
    optionsType: number,
    options: OptionField[],
    more: TensorId[] = [],
  ): EncodedOperator[] => [{ code, optionsType, options, inputs: [...inputs, ...more], outputs }];
  const ints = (values: readonly number[], what: string): TensorId =>
    add(intTensor(`${operator.name}/${what}`, values));
  switch (operator.kind) {
    case 'conv2d': {
      const dilation = [int32(4, operator.dilationW), int32(5, operator.dilationH)];
      const activation = int8(3, activationFor(model, operator, operator.clamp));
      return windowed(model, operator, add, 'CONV_2D', OptionsType.conv2d, [activation, ...dilation]);
    }
    case 'conv2d_add': {
      // Its id in the parts' model, and in the file.
      const between = model.tensors.length;
      const parts = convolutionAndSum(model, operator);
      const stored = add(outputOf(parts.model, parts.convolution));
      const swap = (id: TensorId): TensorId => (id === between ? stored : id);
      return [parts.convolution, parts.sum]
        .flatMap((part) => encode(parts.model, part, add))
        .map((part) => ({ ...part, inputs: part.inputs.map(swap), outputs: part.outputs.map(swap) }));
    }
    case 'depthwise_conv2d': {
      const dilation = [int32(5, operator.dilationW), int32(6, operator.dilationH)];
      const activation = int8(4, activationFor(model, operator, operator.clamp));
      const multiplier = int32(3, operator.depthMultiplier);
      const options = [multiplier, activation, ...dilation];
      return windowed(model, operator, add, 'DEPTHWISE_CONV_2D', OptionsType.depthwiseConv2d, options);
    }
    case 'average_pool_2d':
    case 'max_pool_2d': {
      const window = [int32(3, operator.filterW), int32(4, operator.filterH)];
      const activation = int8(5, activationFor(model, operator, operator.clamp));
      const code = operator.kind === 'average_pool_2d' ? 'AVERAGE_POOL_2D' : 'MAX_POOL_2D';
      return windowed(model, operator, add, code, OptionsType.pool2d, [...window, activation]);
    }
    case 'fully_connected': {
      const keepDims = outputOf(model, operator).shape.length !== 2;
      const options = [int8(0, activationFor(model, operator, operator.clamp)), flag(2, keepDims)];
      return simple('FULLY_CONNECTED', OptionsType.fullyConnected, options);
    }
    case 'add':
    case 'sub':
    case 'mul': {
      const activation = int8(0, activationFor(model, operator, operator.clamp));
      return simple(operator.kind.toUpperCase(), OptionsType[operator.kind], [activation]);
    }
    case 'mean':
      return simple('MEAN', OptionsType.reducer, [flag(0, operator.keepDims)], [ints(operator.axes, 'axes')]);
    case 'pad':
      return [encodePad(model, operator.name, operator, inputs[0] ?? 0, outputs[0] ?? 0, add)];
    case 'reshape':
      return simple('RESHAPE', OptionsType.reshape, [], [ints(outputOf(model, operator).shape, 'shape')]);
    case 'transpose':
      return simple('TRANSPOSE', OptionsType.transpose, [], [ints(operator.permutation, 'permutation')]);
    case 'softmax':
      return simple('SOFTMAX', OptionsType.softmax, [{ field: 0, type: 'float32', value: operator.beta }]);
    case 'leaky_relu':
      return simple('LEAKY_RELU', OptionsType.leakyRelu, [{ field: 0, type: 'float32', value: operator.alpha }]);
    case 'hard_swish':
      return simple('HARD_SWISH', OptionsType.hardSwish, []);
    case 'logistic':
    case 'relu':
    case 'relu6':
      return simple(operator.kind.toUpperCase(), NO_OPTIONS, []);
    case 'concatenation':
      return simple('CONCATENATION', OptionsType.concatenation, [int32(0, operator.axis)]);
    case 'split': {
      const sizes = outputs.map((_, position) => outputOf(model, operator, position).shape[operator.axis] ?? 0);
      const [axis, count] = [add(intTensor(`${operator.name}/axis`, [operator.axis], [])), int32(0, outputs.length)];
      if (sizes.every((size) => size === sizes[0])) {
        return [
          { code: 'SPLIT', optionsType: OptionsType.split, options: [count], inputs: [axis, ...inputs], outputs },
        ];
      }
      return simple('SPLIT_V', OptionsType.splitV, [count], [ints(sizes, 'sizes'), axis]);
    }
    case 'strided_slice':
      return simple('STRIDED_SLICE', OptionsType.stridedSlice, ...sliceParts(model, operator, ints));
    case 'resize_bilinear': {
      const options = [flag(2, operator.alignCorners), flag(3, operator.halfPixelCenters)];
      return simple('RESIZE_BILINEAR', OptionsType.resizeBilinear, options, [ints(newSize(model, operator), 'size')]);
    }
    case 'resize_nearest_neighbor': {
      const options = [flag(0, operator.alignCorners), flag(1, operator.halfPixelCenters)];
      const size = ints(newSize(model, operator), 'size');
      return simple('RESIZE_NEAREST_NEIGHBOR', OptionsType.resizeNearestNeighbor, options, [size]);
    }
    case 'quantize':
      return simple('QUANTIZE', OptionsType.quantize, []);
    case 'dequantize':
      return simple('DEQUANTIZE', OptionsType.dequantize, []);
  }
}

function newSize(model: Model, operator: Operator): number[] {
  const { height, width } = imageShapeOf(outputOf(model, operator));
  return [height, width];
}

function intTensor(name: string, values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  return { name, shape, type: 'int32', quantization: null, data: Int32Array.from(values) };
}

/** The fused activation whose clamp this is. */
function activationFor(model: Model, operator: Operator, clamp: Clamp): number {
  const output = outputOf(model, operator);
  const activations: [FusedActivation, number][] = [
    ['none', ActivationFunction.none],
    ['relu', ActivationFunction.relu],
    ['relu6', ActivationFunction.relu6],
    ['relu_n1_to_1', ActivationFunction.reluN1To1],
  ];
  const found = activations.find(([name]) => {
    const { min, max } = clampFor(name, scaleOf(output), zeroPointOf(output));
    return min === clamp.min && max === clamp.max;
  });
  if (found !== undefined) return found[1];
  throw cannotWrite(model, operator, `its clamp ${clamp.min} … ${clamp.max} is no RELU, RELU6 or RELU_N1_TO_1`);
}

/** SAME or VALID where either makes the same positions; otherwise a PAD in front and VALID. */
function windowed(
  model: Model,
  operator: Conv2d | DepthwiseConv2d | Pool2d,
  add: AddTensor,
  code: string,
  optionsType: number,
  options: readonly OptionField[],
): EncodedOperator[] {
  const strides = [int32(1, operator.strideW), int32(2, operator.strideH)];
  const make = (scheme: number, inputs: readonly TensorId[]): EncodedOperator => ({
    code,
    optionsType,
    options: [int8(0, scheme), ...strides, ...options],
    inputs,
    outputs: operator.outputs,
  });
  const scheme = paddingScheme(model, operator);
  if (scheme !== null) return [make(scheme, operator.inputs)];
  if (operator.kind === 'average_pool_2d') {
    throw cannotWrite(
      model,
      operator,
      'its padding is neither SAME nor VALID, and padded elements must not be averaged',
    );
  }
  const input = inputOf(model, operator);
  const { batch, height, width, channels } = imageShapeOf(input);
  const { top, bottom, left, right } = operator.padding;
  const padded = add({
    ...input,
    name: `${operator.name}/padded`,
    shape: [batch, height + top + bottom, width + left + right, channels],
  });
  const amounts: [number, number][] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  const value = operator.kind === 'max_pool_2d' ? -128 : zeroPointOf(input);
  const pad = encodePad(model, operator.name, { amounts, value }, operator.inputs[0] ?? 0, padded, add);
  return [pad, make(Padding.valid, [padded, ...operator.inputs.slice(1)])];
}

function paddingScheme(model: Model, operator: Conv2d | DepthwiseConv2d | Pool2d): number | null {
  const input = imageShapeOf(inputOf(model, operator));
  const window =
    'filterH' in operator
      ? { height: operator.filterH, width: operator.filterW }
      : imageShapeOf(inputOf(model, operator, 1));
  const dilation =
    'dilationH' in operator ? { height: operator.dilationH, width: operator.dilationW } : { height: 1, width: 1 };
  const stride = { height: operator.strideH, width: operator.strideW };
  const fits = (scheme: 'same' | 'valid'): boolean =>
    samePadding(resolvePadding(scheme, input, window, stride, dilation), operator.padding);
  if (fits('valid')) return Padding.valid;
  return fits('same') ? Padding.same : null;
}

function samePadding(a: SpatialPadding, b: SpatialPadding): boolean {
  return a.top === b.top && a.bottom === b.bottom && a.left === b.left && a.right === b.right;
}

/** PAD, or PADV2 where the value is not the input's zero point. */
function encodePad(
  model: Model,
  name: string,
  { amounts, value }: { readonly amounts: readonly (readonly [number, number])[]; readonly value: number },
  input: TensorId,
  output: TensorId,
  add: AddTensor,
): EncodedOperator {
  const tensor = model.tensors[input];
  const rows = amounts.length;
  const inputs = [input, add(intTensor(`${name}/amounts`, amounts.flat(), [rows, 2]))];
  if (tensor === undefined || value === zeroPointOf(tensor)) {
    return { code: 'PAD', optionsType: OptionsType.pad, options: [], inputs, outputs: [output] };
  }
  const constant = add({ ...tensor, name: `${name}/value`, shape: [], data: Int8Array.of(value) });
  return {
    code: 'PADV2',
    optionsType: OptionsType.padV2,
    options: [],
    inputs: [...inputs, constant],
    outputs: [output],
  };
}

/** Options and constant inputs of a slice: an end of −1 is said by a mask, and so are the axes that fall away. */
function sliceParts(
  model: Model,
  operator: StridedSlice,
  ints: (values: readonly number[], what: string) => TensorId,
): [OptionField[], TensorId[]] {
  const extents = inferOutputShape(operator, [inputOf(model, operator).shape]) ?? [];
  const maskOf = (axes: readonly number[]): number => axes.reduce((mask, axis) => mask | (1 << axis), 0);
  const shrinkMask = maskOf(droppedAxes(extents, outputOf(model, operator).shape) ?? []);
  const endMask = maskOf(operator.end.flatMap((end, axis) => (end < 0 ? [axis] : [])));
  const options = [int32(1, endMask), int32(4, shrinkMask)];
  const constants = [
    ints(operator.begin, 'begin'),
    ints(
      operator.end.map((end) => Math.max(end, 0)),
      'end',
    ),
    ints(operator.strides, 'strides'),
  ];
  return [options, constants];
}

function cannotWrite(model: Model, operator: Operator, why: string): StudioError {
  return new StudioError({
    code: 'model.cannot-write',
    message: `Model ${model.name} cannot be written as .tflite: operator ${quoted(operator.name)} (${operator.kind}): ${why}.`,
    remedy: 'Export the model before the engine’s passes have changed it.',
    details: { operator: operator.name, why },
  });
}
