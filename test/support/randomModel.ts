/**
 * Random valid models over all operators: branches and residuals, several inputs and outputs, odd shapes, extreme
 * scales and zero points, scales for each channel. The same seed gives the same model on every machine.
 */
import { elementsOf, type Model, ModelBuilder, type Tensor, type TensorId } from '../../main/core/graph/index.ts';
import { createRandom, type Random } from '../../main/core/random/index.ts';
import { randomOperator, type RandomKind } from './randomOperator.ts';

export interface RandomModelOptions {
  /** How many operators to try for; default 8. Some kinds bring a second one. */
  readonly operators?: number;
  /** The kinds to draw from; default all, the convolutions three times as often. */
  readonly kinds?: readonly RandomKind[];
  /** The most rows and columns of an input image; default 12. */
  readonly mostRows?: number;
  /** The most channels of an input image and of what convolutions make; default 12. */
  readonly mostChannels?: number;
  /** The most elements of any activation; default 4096. */
  readonly mostElements?: number;
  /** Only what .tflite can say: clamps of RELU, RELU6 and RELU_N1_TO_1, padding SAME or VALID; default false. */
  readonly onlyTflite?: boolean;
  /** The most model inputs; default 2. */
  readonly mostInputs?: number;
}

export const ALL_KINDS: readonly RandomKind[] = [
  'conv2d',
  'depthwise_conv2d',
  'fully_connected',
  'add',
  'sub',
  'mul',
  'average_pool_2d',
  'max_pool_2d',
  'mean',
  'pad',
  'reshape',
  'transpose',
  'softmax',
  'logistic',
  'hard_swish',
  'relu',
  'relu6',
  'leaky_relu',
  'concatenation',
  'split',
  'strided_slice',
  'resize_nearest_neighbor',
  'resize_bilinear',
  'quantize',
  'dequantize',
];

const USUAL_MIX: readonly RandomKind[] = [
  ...ALL_KINDS,
  ...(['conv2d', 'conv2d', 'depthwise_conv2d', 'depthwise_conv2d', 'add', 'average_pool_2d', 'max_pool_2d'] as const),
];

/** What the makers of single operators draw from and add to. */
export interface Growth {
  readonly random: Random;
  readonly builder: ModelBuilder;
  readonly limits: Required<Omit<RandomModelOptions, 'operators' | 'kinds' | 'mostInputs'>>;
  /** The int8 values that are there to be read. */
  readonly values: readonly TensorId[];
}

/** A verified model; every value that nothing reads is an output, and sometimes one more. */
export function randomModel(seed: number, options: RandomModelOptions = {}): Model {
  const { operators = 8, kinds = USUAL_MIX, mostInputs = 2 } = options;
  const { mostRows = 12, mostChannels = 12, mostElements = 4096, onlyTflite = false } = options;
  const random = createRandom(seed);
  const builder = new ModelBuilder();
  const limits = { mostRows, mostChannels, mostElements, onlyTflite };
  const values = randomInputs(random, builder, limits, 1 + random.below(mostInputs));
  const unread = new Set(values);
  let made = 0;
  // Not every kind fits every value; a bounded number of tries keeps a narrow choice of kinds from looping.
  for (let attempt = 0; made < operators && attempt < operators * 20; attempt++) {
    const source = pickSource(random, values, unread);
    const outcome = randomOperator(random.pick(kinds), source, { random, builder, limits, values });
    if (outcome === null) continue;
    made++;
    for (const id of outcome.read) unread.delete(id);
    for (const id of outcome.made) {
      values.push(id);
      unread.add(id);
    }
  }
  return builder.build(`random_${seed}`, chooseOutputs(random, builder, values, unread));
}

function randomInputs(random: Random, builder: ModelBuilder, limits: Growth['limits'], count: number): TensorId[] {
  return Array.from({ length: count }, () => {
    const { mostRows, mostChannels, mostElements } = limits;
    const image = [1, 1 + random.below(mostRows), 1 + random.below(mostRows), 1 + random.below(mostChannels)];
    const vector = [1, 1 + random.below(mostChannels * 4)];
    const shape = random.below(8) === 0 || elementsOf(image) > mostElements ? vector : image;
    return builder.input(shape, randomScale(random), randomZeroPoint(random));
  });
}

/** Mostly something nobody has read yet, so that the graph grows deep; now and then anything, so that it branches. */
function pickSource(random: Random, values: readonly TensorId[], unread: ReadonlySet<TensorId>): TensorId {
  return random.below(4) > 0 && unread.size > 0 ? random.pick([...unread]) : random.pick(values);
}

function chooseOutputs(
  random: Random,
  builder: ModelBuilder,
  values: readonly TensorId[],
  unread: ReadonlySet<TensorId>,
): TensorId[] {
  const outputs = [...unread];
  const inner = values.filter((id) => !unread.has(id) && !builder.at(id).name.startsWith('input'));
  if (inner.length > 0 && random.below(4) === 0) outputs.push(random.pick(inner));
  // An input that nothing reads would be an output as it stands; give it one operator instead.
  return outputs.map((id) => {
    const tensor = builder.at(id);
    if (!tensor.name.startsWith('input')) return id;
    const output = builder.activation(tensor.shape, tensor.quantization?.scales[0] ?? 1, zeroPointOf(tensor));
    builder.add({ kind: 'reshape', inputs: [id], outputs: [output] });
    return output;
  });
}

const zeroPointOf = (tensor: Tensor): number => tensor.quantization?.zeroPoints[0] ?? 0;

/** Around 1/64, over six powers of two; one in ten anywhere over thirty. */
export function randomScale(random: Random): number {
  const spread = random.below(10) === 0 ? 30 : 6;
  return Math.fround(2 ** (-6 + (random.next() - 0.5) * spread));
}

/** Anything, with the ends and the middle more often. */
export function randomZeroPoint(random: Random): number {
  return random.below(3) === 0 ? random.pick([-128, 127, 0, -1]) : random.below(256) - 128;
}

/** One random int8 for each byte of the model's inputs. */
export function randomInputs8(seed: number, model: Model): Int8Array[] {
  const random = createRandom(seed).fork('inputs');
  return model.inputs.map((id) => {
    const elements = elementsOf(model.tensors[id]?.shape ?? []);
    return Int8Array.from({ length: elements }, () => random.below(256) - 128);
  });
}
