/**
 * Channels that are constant, or that nobody looks at, go: they are taken out of the convolution that makes them, of
 * what follows channel by channel, and of the convolutions that read them, whose biases take over what they added.
 * It halves the multiply-accumulates of the MLPerf Tiny person detector, and changes no byte of its output.
 */
import {
  inputOf,
  tensorAt,
  zeroPointOf,
  type Model,
  type Operator,
  type Tensor,
  type TensorId,
} from '../../graph/index.ts';
import {
  biasOf,
  bordersLookAlike,
  constantChannels,
  isChannelwise,
  weightsOf,
  type ChannelValues,
  type Weighted,
} from './constantChannels.ts';
import { addTensor, consumersOf, replaceTensor, untilSettled, type Pass } from './rewrite.ts';

export const foldDeadChannels: Pass = {
  name: 'fold dead channels',
  run: (model) =>
    untilSettled(model, (current) => {
      const values = constantChannels(current);
      for (const operator of current.operators) {
        if (operator.kind !== 'conv2d') continue;
        const next = shrink(current, operator, values);
        if (next !== null) return next;
      }
      return null;
    }),
};

/** Kernels work on four channels at a time; a dead channel that only fills such a four is left where it is. */
const CHANNELS_AT_A_TIME = 4;

/** A convolution's output, what follows it channel by channel, and the convolutions that read any of that. */
interface ChannelGroup {
  readonly tensors: readonly TensorId[];
  readonly followers: readonly Operator[];
  readonly readers: readonly (readonly [reader: Weighted, read: TensorId])[];
}

/** The group that begins with a tensor, or null where something in it needs all channels. */
function groupFrom(model: Model, first: TensorId): ChannelGroup | null {
  const tensors: TensorId[] = [first];
  const followers: Operator[] = [];
  const readers: [Weighted, TensorId][] = [];
  for (let place = 0; place < tensors.length; place++) {
    const tensor = tensors[place] as TensorId;
    if (model.outputs.includes(tensor)) return null;
    for (const consumer of consumersOf(model, tensor)) {
      const [output] = consumer.outputs;
      if (consumer.inputs.filter((id) => id === tensor).length > 1 || output === undefined) return null;
      if (consumer.kind === 'conv2d') readers.push([consumer, tensor]);
      else if (consumer.kind === 'fully_connected' && takesChannels(model, consumer, tensor))
        readers.push([consumer, tensor]);
      else if (isChannelwise(model, consumer)) {
        followers.push(consumer);
        tensors.push(output);
      } else return null;
    }
  }
  return readers.length > 0 ? { tensors, followers, readers } : null;
}

/** One input of the layer for each channel. */
function takesChannels(model: Model, layer: Operator, tensor: TensorId): boolean {
  return inputOf(model, layer, 1).shape[1] === tensorAt(model, tensor).shape.at(-1);
}

function shrink(model: Model, convolution: Operator, values: ReadonlyMap<TensorId, ChannelValues>): Model | null {
  const [first] = convolution.outputs;
  const group = first === undefined ? null : groupFrom(model, first);
  if (group === null || first === undefined) return null;
  const channels = tensorAt(model, first).shape.at(-1) ?? 1;
  const dead = Array.from({ length: channels }, (_, channel) =>
    group.readers.every(([reader, read]) =>
      isDeadFor(model, reader, read, channel, values.get(read)?.[channel] ?? null),
    ),
  );
  const kept = keptChannels(dead);
  if (kept.length === channels) return null;
  return withChannels(model, convolution as Weighted, group, kept, values);
}

/** The reader multiplies the channel by nothing but zeros, or by what can go into its bias. */
function isDeadFor(model: Model, reader: Weighted, read: TensorId, channel: number, value: number | null): boolean {
  const padding = reader.kind === 'fully_connected' ? null : reader.padding;
  const zero = zeroPointOf(tensorAt(model, read));
  if (value !== null && (padding === null || bordersLookAlike(padding, value, zero))) return true;
  const weights = weightsOf(model, reader);
  const channels = tensorAt(model, read).shape.at(-1) ?? 1;
  for (let tap = channel; tap < weights.length; tap += channels) if (weights[tap] !== 0) return false;
  return true;
}

function keptChannels(dead: readonly boolean[]): number[] {
  const alive = dead.filter((isDead) => !isDead).length;
  const wanted = Math.max(1, Math.ceil(alive / CHANNELS_AT_A_TIME)) * CHANNELS_AT_A_TIME;
  let fillers = wanted - alive;
  return dead.flatMap((isDead, channel) => (!isDead || fillers-- > 0 ? [channel] : []));
}

function withChannels(
  model: Model,
  convolution: Weighted,
  { tensors, followers, readers }: ChannelGroup,
  kept: readonly number[],
  values: ReadonlyMap<TensorId, ChannelValues>,
): Model {
  let current = withOutputs(model, convolution, kept);
  for (const follower of followers) {
    if (follower.kind === 'depthwise_conv2d') current = withOutputs(current, follower, kept);
  }
  for (const [reader, read] of readers) {
    current = withInputs(current, model, reader, read, kept, values.get(read) ?? []);
  }
  for (const id of tensors) {
    const tensor = tensorAt(current, id);
    current = replaceTensor(current, id, { ...tensor, shape: [...tensor.shape.slice(0, -1), kept.length] });
  }
  return current;
}

/** Gives the operator of that name other weights and bias. */
function withConstants(model: Model, name: string, weights: Tensor, bias: Tensor | null): Model {
  const first = addTensor(model, weights);
  const second = bias === null ? null : addTensor(first.model, bias);
  const operators = (second?.model ?? first.model).operators.map((operator) =>
    operator.name === name
      ? { ...operator, inputs: [operator.inputs[0] as TensorId, first.id, ...(second === null ? [] : [second.id])] }
      : operator,
  );
  return { ...(second?.model ?? first.model), operators };
}

/** Keeps some output channels: of a convolution the first axis of the weights, of a depthwise one the last. */
function withOutputs(model: Model, operator: Weighted, kept: readonly number[]): Model {
  const current = model.operators.find(({ name }) => name === operator.name) as Weighted;
  const weights = tensorAt(model, current.inputs[1]);
  const axis = current.kind === 'depthwise_conv2d' ? 3 : 0;
  const bias = current.inputs[2] === undefined ? null : tensorAt(model, current.inputs[2]);
  return withConstants(model, operator.name, pick(weights, axis, kept), bias === null ? null : pick(bias, 0, kept));
}

/** Keeps some input channels of a convolution or a fully connected layer; the constant ones go into its bias. */
function withInputs(
  model: Model,
  original: Model,
  reader: Weighted,
  read: TensorId,
  kept: readonly number[],
  values: ChannelValues,
): Model {
  const current = model.operators.find(({ name }) => name === reader.name) as Weighted;
  const weights = tensorAt(model, current.inputs[1]);
  const data = weights.data as Int8Array;
  const channels = weights.shape.at(-1) ?? 1;
  const outputs = weights.shape[0] ?? 1;
  const zero = zeroPointOf(tensorAt(original, read));
  const gone = values.map((value, channel) => (value === null || kept.includes(channel) ? 0 : value - zero));
  const sums = Int32Array.from({ length: outputs }, (_, output) => {
    let sum = biasOf(model, current, output);
    const taps = data.length / outputs;
    for (let tap = 0; tap < taps; tap++) sum += (data[output * taps + tap] ?? 0) * (gone[tap % channels] ?? 0);
    return sum | 0;
  });
  const bias = current.inputs[2] === undefined ? newBias(model, current) : tensorAt(model, current.inputs[2]);
  return withConstants(model, reader.name, pick(weights, weights.shape.length - 1, kept), { ...bias, data: sums });
}

/** A bias for an operator that has none, on the scale of input times weights. */
function newBias(model: Model, operator: Weighted): Tensor {
  const weights = tensorAt(model, operator.inputs[1]);
  const inputScale = inputOf(model, operator).quantization?.scales[0] ?? 1;
  const scales = (weights.quantization?.scales ?? [1]).map((scale) => Math.fround(scale * inputScale));
  return {
    name: `${operator.name} bias`,
    shape: [weights.shape[0] ?? 1],
    type: 'int32',
    quantization: { scales, zeroPoints: scales.map(() => 0), axis: 0 },
    data: null,
  };
}

/** The constant with only some indices along one axis; its scales likewise, where there is one for each. */
function pick(tensor: Tensor, axis: number, kept: readonly number[]): Tensor {
  const inner = tensor.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  const extent = tensor.shape[axis] ?? 1;
  const data = tensor.data as Int8Array | Int32Array;
  const picked = data.filter((_, index) => kept.includes(Math.floor(index / inner) % extent));
  const { quantization } = tensor;
  const along = quantization !== null && quantization.scales.length > 1 && quantization.axis === axis;
  return {
    ...tensor,
    shape: tensor.shape.map((old, index) => (index === axis ? kept.length : old)),
    data: picked,
    quantization: along
      ? {
          ...quantization,
          scales: kept.map((index) => quantization.scales[index] ?? 1),
          zeroPoints: kept.map((index) => quantization.zeroPoints[index] ?? 0),
        }
      : quantization,
  };
}
