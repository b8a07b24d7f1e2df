/** Convolutions and matrix products with constant weights. */
import { inferOutputShape, type Tensor, type TensorId, type UnnamedOperator } from '../../graph/index.ts';
import { type GroupedConvolution, splitIntoGroups } from '../groupedConvolution.ts';
import { type Import, paddingOf, targetOf } from './common.ts';
import type { Importer, QuantizedConstant, Target } from './importer.ts';
import { IMAGE_ORDER, plainOrder, reorderConstant, storedShape, type Value } from './layout.ts';
import type { OnnxNode } from './onnxNode.ts';

export const conv: Import = (importer, node) => {
  const qLinear = node.type === 'QLinearConv';
  const input = importer.inOrder(node, importer.value(node, 0), IMAGE_ORDER);
  const weights =
    importer.quantizedConstant(node, qLinear ? 3 : 1) ?? node.refuse('its weights are not quantized constants');
  const [outputs = 0, perGroup = 0, height = 0, width = 0] = weights.dims;
  if (weights.dims.length !== 4) node.refuse(`its weights have ${weights.dims.length} axes; only images are convolved`);
  const channels = importer.shapeOf(input)[1] ?? 0;
  const groups = node.int('group', 1);
  const [strideH = 1, strideW = 1] = node.ints('strides') ?? [];
  const [dilationH = 1, dilationW = 1] = node.ints('dilations') ?? [];
  const target = targetOf(importer, node);
  const geometry = {
    strideH,
    strideW,
    dilationH,
    dilationW,
    padding: paddingOf(importer, node, input, [height, width], [strideH, strideW], [dilationH, dilationW]),
    clamp: importer.clampOf(target),
    outputs: [],
  };
  const bias = biasOf(importer, node, qLinear ? 8 : 2, input, weights, outputs);
  if (perGroup * groups !== channels || outputs % groups !== 0) {
    node.refuse(`its weights do not fit ${channels} input channels in ${groups} groups`);
  }
  const depthwise = groups > 1 && perGroup === 1;
  // ONNX has O·I·H·W; depthwise weights become 1·H·W·O, others O·H·W·I.
  const [order, channelAxis] = depthwise ? [[1, 2, 3, 0], 3] : [[0, 2, 3, 1], 0];
  const kernel = weightsTensor(node, weights, order, channelAxis);
  const { builder } = importer;
  const add = (tensor: Tensor): TensorId => builder.tensor(tensor);
  const constants = [kernel, ...bias];
  const emit = (operator: UnnamedOperator): TensorId => importer.emit(node, operator, target.scaling);
  const id = depthwise
    ? emit({
        kind: 'depthwise_conv2d',
        ...geometry,
        depthMultiplier: outputs / channels,
        inputs: [input.id, ...constants.map(add)],
      })
    : groups === 1
      ? emit({ kind: 'conv2d', ...geometry, inputs: [input.id, ...constants.map(add)] })
      : grouped(importer, node, { groups, geometry, input, kernel, bias: bias[0] ?? null, target });
  importer.finish(node, { id, order: IMAGE_ORDER }, target);
};

/** A convolution in several groups that is not depthwise. */
function grouped(
  importer: Importer,
  node: OnnxNode,
  parts: {
    readonly groups: number;
    readonly geometry: GroupedConvolution['geometry'] & { readonly outputs: readonly TensorId[] };
    readonly input: Value;
    readonly kernel: Tensor;
    readonly bias: Tensor | null;
    readonly target: Target;
  },
): TensorId {
  const { builder } = importer;
  const { groups, input, kernel, bias, target } = parts;
  const { outputs: _, ...geometry } = parts.geometry;
  const tensor = builder.at(input.id);
  // The shape is that of a convolution whose input has only as many channels as one group.
  const narrow = [...tensor.shape.slice(0, 3), kernel.shape[3] ?? 1];
  const candidate = { kind: 'conv2d' as const, name: 'new', ...geometry, inputs: [], outputs: [] };
  const shape = inferOutputShape(candidate, [narrow, kernel.shape]);
  if (shape === null || shape.some((extent) => extent < 1)) return node.refuse('its output is empty');
  const { scale, zeroPoint } = target.scaling;
  const output = builder.activation(shape, scale, zeroPoint, node.output());
  const whole = {
    name: `conv2d_${node.place}`,
    groups,
    geometry,
    input: { id: input.id, tensor },
    weights: kernel,
    bias,
    output: { id: output, tensor: builder.at(output) },
  };
  for (const operator of splitIntoGroups(whole, (part) => builder.tensor(part))) builder.add(operator, operator.name);
  return output;
}

/** Gemm, MatMul and their quantized forms with constant weights: FULLY_CONNECTED. */
export const matrixProduct: Import = (importer, node) => {
  const quantized = node.type === 'QLinearMatMul' || node.type === 'QGemm';
  const value = importer.value(node, 0);
  const input = importer.inOrder(node, value, plainOrder(value.order.length));
  const weights =
    importer.quantizedConstant(node, quantized ? 3 : 1) ?? node.refuse('its weights are not quantized constants');
  if (weights.dims.length !== 2) node.refuse(`its weights have ${weights.dims.length} axes, not two`);
  if (node.int('transA', 0) !== 0 || node.float('alpha', 1) !== 1 || node.float('beta', 1) !== 1) {
    node.refuse('it transposes its input or scales its terms');
  }
  const transposed = node.int('transB', 0) !== 0;
  const outputs = weights.dims[transposed ? 0 : 1] ?? 0;
  const added = node.type === 'MatMul' ? importer.takeBiasAdd(node) : null;
  const target = importer.target(node, undefined, added?.add) ?? node.refuseFloat(node.output());
  const biasPosition = { Gemm: 2, QGemm: 6 }[node.type] ?? null;
  const [biasNode, position] = added === null ? [node, biasPosition] : [added.add, added.position];
  const bias = position === null ? [] : biasOf(importer, biasNode, position, input, weights, outputs);
  const kernel = weightsTensor(node, weights, transposed ? [0, 1] : [1, 0], 0);
  const constants = [kernel, ...bias].map((tensor) => importer.builder.tensor(tensor));
  const shape = [...importer.shapeOf(input).slice(0, -1), outputs];
  const operator = { kind: 'fully_connected' as const, clamp: importer.clampOf(target), outputs: [] };
  const id = importer.emit(node, { ...operator, inputs: [input.id, ...constants] }, target.scaling, shape);
  importer.finish(node, { id, order: plainOrder(shape.length) }, target);
};

/** Symmetric weights in a new order of axes, with a scale for all or for each index of `channelAxis` of the result. */
function weightsTensor(
  node: OnnxNode,
  weights: QuantizedConstant,
  order: readonly number[],
  channelAxis: number,
): Tensor {
  if (weights.zeroPoints.some((zero) => zero !== 0))
    node.refuse('its weights are not symmetric: they have a zero point');
  if (weights.isInt32) node.refuse('its weights are int32');
  const shape = storedShape(weights.dims, order);
  const isElsewhere = weights.axis !== null && weights.axis !== order[channelAxis];
  if (weights.scales.length > 1 && (isElsewhere || weights.scales.length !== shape[channelAxis])) {
    node.refuse('its weights have scales along another axis than their output channels');
  }
  const data = Int8Array.from(reorderConstant(weights.values, weights.dims, order));
  const { scales } = weights;
  const quantization = { scales, zeroPoints: scales.map(() => 0), axis: scales.length === 1 ? 0 : channelAxis };
  return { name: `${node.output()}_weights`, shape, type: 'int8', quantization, data };
}

/** The bias in int32: as it is, or quantized from float with the scale of input times weights. */
function biasOf(
  importer: Importer,
  node: OnnxNode,
  position: number,
  input: Value,
  weights: QuantizedConstant,
  channels: number,
): Tensor[] {
  if (node.input(position) === null) return [];
  const { scale } = importer.scalingOf(input);
  const scaleOf = (channel: number): number => (weights.scales[weights.scales.length === 1 ? 0 : channel] ?? 1) * scale;
  const constant = importer.constant(node, position);
  const values =
    constant?.type === 'int32'
      ? constant.values
      : realValues(importer, node, position).map((real, channel) => real / scaleOf(channel));
  if (values.length !== channels) node.refuse(`its bias has ${values.length} values for ${channels} channels`);
  const rounded = Int32Array.from(values, (value) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.round(value))));
  const scales = weights.scales.map((own) => Math.fround(own * scale));
  const quantization = { scales, zeroPoints: scales.map(() => 0), axis: 0 };
  return [{ name: `${node.output()}_bias`, shape: [channels], type: 'int32', quantization, data: rounded }];
}

/** The real values of a constant: as they are, or dequantized. */
function realValues(importer: Importer, node: OnnxNode, position: number): readonly number[] {
  const quantized = importer.quantizedConstant(node, position);
  if (quantized === null) return importer.constant(node, position)?.values ?? node.refuse('its bias is not constant');
  const { values, scales, zeroPoints } = quantized;
  const at = (list: readonly number[], index: number): number => list[list.length === 1 ? 0 : index] ?? 0;
  return values.map((value, index) => (value - at(zeroPoints, index)) * at(scales, index));
}
