import type { Network } from '../training/index.ts';
import type { Model } from '../graph/index.ts';

/** Choices of post-training quantization. */
export interface QuantizeOptions {
  /** Appends a softmax, so that the outputs are probabilities with scale 1/256 and zero point −128. */
  readonly softmax?: boolean;
}

/**
 * A float network as an int8 model: batch norm folded, kernels quantized symmetrically per channel, activations per
 * tensor with ranges from real samples.
 *
 * @param calibrationSamples some hundred samples, count × height × width × channels bytes (see `LabelledSamples`)
 */
export type QuantizeNetwork = (network: Network, calibrationSamples: Uint8Array, options?: QuantizeOptions) => Model;
