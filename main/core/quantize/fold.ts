import type { Layer } from '../architecture/index.ts';
import { BATCH_NORM_EPSILON, sliceOf, weightLayout, type Network } from '../training/index.ts';

/** A layer whose batch norm has become part of its kernel and bias. Kernels are laid out as in the network. */
export interface FoldedLayer {
  readonly layer: Layer;
  readonly kernel: Float32Array;
  /** One for each output channel. */
  readonly bias: Float32Array;
}

/** Folds batch norm's running statistics, scale and shift into each layer's kernel and a bias. */
export function foldNetwork({ architecture, weights }: Network): FoldedLayer[] {
  return weightLayout(architecture).layers.map((entry) => {
    const kernel = sliceOf(weights, entry.kernel).slice();
    const { layer, gamma, beta, mean, variance } = entry;
    const channels = layer.output.channels;
    const bias = new Float32Array(channels);
    if (entry.bias !== null) bias.set(sliceOf(weights, entry.bias));
    if (gamma !== null && beta !== null && mean !== null && variance !== null) {
      const scale = new Float32Array(channels);
      for (let c = 0; c < channels; c++) {
        scale[c] = weights[gamma.offset + c] / Math.sqrt(weights[variance.offset + c] + BATCH_NORM_EPSILON);
        bias[c] = weights[beta.offset + c] - weights[mean.offset + c] * scale[c];
      }
      // The output channel is the last axis of every kernel.
      for (let i = 0; i < kernel.length; i++) kernel[i] *= scale[i % channels];
    }
    return { layer, kernel, bias };
  });
}
