/**
 * An int8 model of an architecture with random weights: for measuring time and memory, which do not depend on what a
 * network has learnt. Weights are normally distributed and scaled so that activations neither die nor saturate.
 */
import { layersOf, type Architecture, type Layer } from '../architecture/index.ts';
import { ModelBuilder, type Clamp, type Model, type TensorId } from '../graph/index.ts';
import { createRandom, type Random } from '../random/index.ts';

const NO_CLAMP: Clamp = { min: -128, max: 127 };
const DEVIATION = 32;

export function randomNetwork(architecture: Architecture, seed: number): Model {
  const random = createRandom(seed);
  const builder = new ModelBuilder();
  const { height, width, channels } = architecture.input;
  const image = builder.input([1, height, width, channels], 1 / 128, 0, 'input');
  const outputs: TensorId[] = [];
  for (const layer of layersOf(architecture)) {
    const read = layer.reads < 0 ? image : outputs[layer.reads];
    const input = layer.kind === 'dense' ? addPooling(builder, layer, read) : read;
    const output = addLayer(builder, random, layer, input);
    outputs.push(layer.adds === null ? output : addSum(builder, layer, output, outputs[layer.adds]));
  }
  const probabilities = builder.activation([1, architecture.classes], 1 / 256, -128, 'softmax');
  const logits = outputs.slice(-1);
  builder.add({ kind: 'softmax', inputs: logits, outputs: [probabilities], beta: 1 }, 'softmax');
  return builder.build(architecture.name, [probabilities]);
}

function addSum(builder: ModelBuilder, { name, sumRelu6 }: Layer, branch: TensorId, shortcut: TensorId): TensorId {
  const sum = builder.activation(builder.at(branch).shape, ...rangeOf(sumRelu6), `${name} sum`);
  builder.add({ kind: 'add', inputs: [branch, shortcut], outputs: [sum], clamp: NO_CLAMP }, `${name} sum`);
  return sum;
}

/** Scale and zero point of an activation; a ReLU6's output uses its whole range, so that its clamp is the type's own. */
const rangeOf = (relu6: boolean): [scale: number, zeroPoint: number] => (relu6 ? [6 / 255, -128] : [1 / 24, 0]);

function addPooling(builder: ModelBuilder, layer: Layer, input: TensorId): TensorId {
  const pooled = builder.activation([1, layer.input.channels], 1 / 24, 0, 'pooled');
  builder.add({ kind: 'mean', inputs: [input], outputs: [pooled], axes: [1, 2], keepDims: false }, 'pooled');
  return pooled;
}

function addLayer(builder: ModelBuilder, random: Random, layer: Layer, input: TensorId): TensorId {
  const { name, kernel, strideH, strideW, padding, relu6, output, kind } = layer;
  const depthwise = kind === 'depthwise_conv2d';
  const taps = kernel * kernel * (depthwise ? 1 : layer.input.channels);
  const values = Int8Array.from({ length: taps * output.channels }, () => normal(random));
  // The sum of `taps` products has about the variance of one input when each weight's deviation is 1/√taps.
  const scales = Array.from(
    { length: output.channels },
    () => (1.4 * (0.5 + random.next())) / (DEVIATION * Math.sqrt(taps)),
  );
  const shape =
    kind === 'dense'
      ? [output.channels, layer.input.channels]
      : depthwise
        ? [1, kernel, kernel, output.channels]
        : [output.channels, kernel, kernel, layer.input.channels];
  const weights = builder.weights(shape, values, scales, depthwise ? 3 : 0);
  const inputScale = builder.at(input).quantization?.scales[0] ?? 1;
  const bias = Int32Array.from(scales, (scale) => Math.round((random.next() - 0.4) / (scale * inputScale)));
  const biases = builder.bias(bias, inputScale, scales);
  const inputs = [input, weights, biases];
  if (kind === 'dense') {
    const logits = builder.activation([1, output.channels], 1 / 16, 0, name);
    builder.add({ kind: 'fully_connected', inputs, outputs: [logits], clamp: NO_CLAMP }, name);
    return logits;
  }
  const made = builder.activation([1, output.height, output.width, output.channels], ...rangeOf(relu6), name);
  const window = { strideH, strideW, padding, dilationH: 1, dilationW: 1, clamp: NO_CLAMP, inputs, outputs: [made] };
  builder.add(
    depthwise ? { kind: 'depthwise_conv2d', depthMultiplier: 1, ...window } : { kind: 'conv2d', ...window },
    name,
  );
  return made;
}

/** Roughly normal (the sum of four uniform values), within −127 … 127. */
function normal(random: Random): number {
  const sum = random.next() + random.next() + random.next() + random.next() - 2;
  return Math.max(-127, Math.min(127, Math.round(sum * Math.sqrt(3) * DEVIATION)));
}
