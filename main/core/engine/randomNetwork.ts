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
  let current = builder.input([1, height, width, channels], 1 / 128, 0, 'input');
  const reads: TensorId[] = [];
  for (const layer of layersOf(architecture)) {
    if (layer.kind === 'dense') current = addPooling(builder, layer, current);
    reads.push(current);
    current = addLayer(builder, random, layer, current);
    const shortcut = layer.residualFrom === null ? undefined : reads[layer.residualFrom];
    if (shortcut === undefined) continue;
    const sum = builder.activation(builder.at(current).shape, 1 / 24, 0, `${layer.name} sum`);
    builder.add({ kind: 'add', inputs: [current, shortcut], outputs: [sum], clamp: NO_CLAMP }, `${layer.name} sum`);
    current = sum;
  }
  return builder.build(architecture.name, [current]);
}

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
  const made = builder.activation(
    [1, output.height, output.width, output.channels],
    relu6 ? 6 / 255 : 1 / 24,
    relu6 ? -128 : 0,
    name,
  );
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
