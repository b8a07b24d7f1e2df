import type { Model, Tensor } from '../../main/core/graph/index.ts';
import { createRandom } from '../../main/core/random/index.ts';

/**
 * A skeleton with weights: random int8 kernels and zero biases, so that an image of the network's true size can be built where its
 * trained weights are not at hand.
 */
export function withRandomWeights(skeleton: Model, seed = 1): Model {
  const random = createRandom(seed);
  const tensors: Tensor[] = [...skeleton.tensors];
  for (const operator of skeleton.operators) {
    const [input, weights, bias] = operator.inputs;
    if (input === undefined || weights === undefined || bias === undefined) continue;
    const [x, w, b] = [tensors[input], tensors[weights], tensors[bias]];
    if (x === undefined || w === undefined || b === undefined) continue;
    const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
    const scale = (tensor: Tensor): number => tensor.quantization?.scales[0] ?? 1;
    tensors[weights] = { ...w, data: Int8Array.from({ length: count(w.shape) }, () => random.below(255) - 127) };
    tensors[bias] = {
      ...b,
      type: 'int32',
      quantization: { scales: [scale(x) * scale(w)], zeroPoints: [0], axis: 0 },
      data: new Int32Array(count(b.shape)),
    };
  }
  for (const output of skeleton.outputs) {
    const tensor = tensors[output];
    // A softmax has this quantization and no other (TensorFlow Lite's operator specification).
    if (tensor !== undefined)
      tensors[output] = { ...tensor, quantization: { scales: [1 / 256], zeroPoints: [-128], axis: 0 } };
  }
  return { ...skeleton, tensors };
}
