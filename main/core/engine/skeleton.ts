/**
 * A model without weights: the shapes that an architecture will have once it is trained and quantized. It is enough
 * for a plan and its price, and for nothing else.
 */
import { layersOf, type Architecture, type Layer } from '../architecture/index.ts';
import type { Clamp, Model, Operator, Tensor, TensorId } from '../graph/index.ts';

const NO_CLAMP: Clamp = { min: -128, max: 127 };
/** ReLU6 outputs use their whole range, so that its clamp is the type's own. */
const RELU6 = { scales: [6 / 255], zeroPoints: [-128], axis: 0 };
const SYMMETRIC = { scales: [1 / 64], zeroPoints: [0], axis: 0 };

/** The lowered model of an architecture as `quantizeNetwork` makes it, its constants without data. */
export function skeletonOf(architecture: Architecture): Model {
  const layers = layersOf(architecture);
  const tensors: Tensor[] = [];
  const operators: Operator[] = [];
  const add = (name: string, shape: readonly number[], relu6 = false): TensorId =>
    tensors.push({ name, shape, type: 'int8', quantization: relu6 ? RELU6 : SYMMETRIC, data: null }) - 1;
  const { height, width, channels } = architecture.input;
  const input = add('input', [1, height, width, channels]);
  const outputs: TensorId[] = [];
  for (const layer of layers) {
    const read = layer.reads < 0 ? input : outputs[layer.reads];
    const made = addLayer(
      layer,
      layer.kind === 'dense' ? addPooling(layer, read, add, operators) : read,
      add,
      operators,
    );
    outputs.push(layer.adds === null ? made : addSum(layer, [made, outputs[layer.adds]], add, operators));
  }
  const output = add('output', [1, architecture.classes]);
  operators.push({ kind: 'softmax', name: 'softmax', inputs: outputs.slice(-1), outputs: [output], beta: 1 });
  return { name: architecture.name, tensors, operators, inputs: [input], outputs: [output] };
}

type AddTensor = (name: string, shape: readonly number[], relu6?: boolean) => TensorId;

const shapeOf = ({ output }: Layer): number[] => [1, output.height, output.width, output.channels];

function addPooling(layer: Layer, input: TensorId, add: AddTensor, operators: Operator[]): TensorId {
  const pooled = add('pooled', [1, layer.input.channels]);
  operators.push({ kind: 'mean', name: 'pooled', inputs: [input], outputs: [pooled], axes: [1, 2], keepDims: false });
  return pooled;
}

function addSum(layer: Layer, inputs: readonly TensorId[], add: AddTensor, operators: Operator[]): TensorId {
  const name = `${layer.name} sum`;
  const sum = add(name, shapeOf(layer), layer.sumRelu6);
  operators.push({ kind: 'add', name, inputs, outputs: [sum], clamp: NO_CLAMP });
  return sum;
}

function addLayer(layer: Layer, input: TensorId, add: AddTensor, operators: Operator[]): TensorId {
  const { name, kernel, strideH, strideW, padding, relu6 } = layer;
  if (layer.kind === 'dense') {
    const weights = add(`${name} weights`, [layer.output.channels, layer.input.channels]);
    const output = add(name, [1, layer.output.channels]);
    const bias = add(`${name} bias`, [layer.output.channels]);
    operators.push({
      kind: 'fully_connected',
      name,
      inputs: [input, weights, bias],
      outputs: [output],
      clamp: NO_CLAMP,
    });
    return output;
  }
  const depthwise = layer.kind === 'depthwise_conv2d';
  const { channels } = layer.output;
  const weights = add(
    `${name} weights`,
    depthwise ? [1, kernel, kernel, channels] : [channels, kernel, kernel, layer.input.channels],
  );
  const bias = add(`${name} bias`, [channels]);
  const output = add(name, shapeOf(layer), relu6);
  const shared = {
    name,
    inputs: [input, weights, bias],
    outputs: [output],
    strideH,
    strideW,
    padding,
    dilationH: 1,
    dilationW: 1,
    clamp: NO_CLAMP,
  };
  operators.push(
    depthwise ? { kind: 'depthwise_conv2d', depthMultiplier: 1, ...shared } : { kind: 'conv2d', ...shared },
  );
  return output;
}
