/** A grouped convolution as the operators that the model has: a split, a convolution for each group, a concatenation. */
import type { Conv2d, Operator, Quantization, Tensor, TensorId } from '../graph/index.ts';

export interface GroupedConvolution {
  readonly name: string;
  readonly groups: number;
  readonly geometry: Omit<Conv2d, 'kind' | 'name' | 'inputs' | 'outputs'>;
  readonly input: { readonly id: TensorId; readonly tensor: Tensor };
  /** O·H·W·(I / groups), the outputs of one group after those of the other. */
  readonly weights: Tensor;
  readonly bias: Tensor | null;
  readonly output: { readonly id: TensorId; readonly tensor: Tensor };
}

/**
 * The same result bit for bit: groups share nothing, and splitting and joining only move bytes. `groups` divides the
 * channels of input and output.
 *
 * @param add adds a tensor to the model
 */
export function splitIntoGroups(whole: GroupedConvolution, add: (tensor: Tensor) => TensorId): Operator[] {
  const { name, groups, geometry, input, output } = whole;
  const parts = Array.from({ length: groups }, (_, group) => group);
  const slices = parts.map((group) => add(channelPart(input.tensor, groups, `${name}_input_${group}`)));
  const results = parts.map((group) => add(channelPart(output.tensor, groups, `${name}_output_${group}`)));
  const convolutions = parts.map((group): Operator => {
    const constants = [whole.weights, whole.bias].filter((tensor) => tensor !== null);
    const own = constants.map((tensor) => add(firstAxisPart(tensor, groups, group)));
    const inputs = [slices[group] ?? -1, ...own];
    return { kind: 'conv2d', name: `${name}_group_${group}`, ...geometry, inputs, outputs: [results[group] ?? -1] };
  });
  return [
    { kind: 'split', name: `${name}_split`, axis: 3, inputs: [input.id], outputs: slices },
    ...convolutions,
    { kind: 'concatenation', name, axis: 3, inputs: results, outputs: [output.id] },
  ];
}

/** An image with the channels of one group. */
function channelPart(image: Tensor, groups: number, name: string): Tensor {
  const [batch = 1, height = 1, width = 1, channels = 1] = image.shape;
  return { ...image, name, shape: [batch, height, width, channels / groups], data: null };
}

/** One of `groups` equal parts of a constant along its first axis, with its own scales. */
function firstAxisPart(tensor: Tensor, groups: number, group: number): Tensor {
  const { data, shape, quantization } = tensor;
  const size = (data?.length ?? 0) / groups;
  return {
    ...tensor,
    name: `${tensor.name}_${group}`,
    shape: [(shape[0] ?? 1) / groups, ...shape.slice(1)],
    quantization: quantization === null ? null : scalesPart(quantization, groups, group),
    data: data === null ? null : data.slice(size * group, size * (group + 1)),
  };
}

function scalesPart(quantization: Quantization, groups: number, group: number): Quantization {
  const { scales, zeroPoints } = quantization;
  if (scales.length === 1) return quantization;
  const size = scales.length / groups;
  const part = <T>(list: readonly T[]): readonly T[] => list.slice(size * group, size * (group + 1));
  return { scales: part(scales), zeroPoints: part(zeroPoints), axis: 0 };
}
