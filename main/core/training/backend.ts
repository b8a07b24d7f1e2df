import type { Architecture } from '../architecture/index.ts';
import type { Variation } from './augment.ts';
import type { Int8Rounding } from './rounding.ts';
import type { WeightLayout } from './network.ts';

/** How weights are changed by a gradient. */
export interface UpdateOptions {
  readonly learningRate: number;
  readonly momentum: number;
  /** Applied to kernels; batch norm and biases are left alone. */
  readonly weightDecay: number;
  /** Share of the batch's statistics in the new running statistics. */
  readonly statisticsMomentum: number;
}

/**
 * An architecture made trainable by a backend. It holds weights, momentum and the activations of one batch.
 *
 * Vectors that pass in and out are laid out as `layout` says. Where a vector stands for a step, its front holds
 * gradients, and in the place of the running statistics it holds the batch's: mean and unbiased variance.
 */
export interface TrainableNetwork {
  readonly architecture: Architecture;
  readonly layout: WeightLayout;
  /** Samples that fit in at once. */
  readonly batch: number;

  setWeights(weights: Float32Array): void;
  weights(): Float32Array;
  /** The momentum of each trainable number. */
  setVelocities(velocities: Float32Array): void;
  velocities(): Float32Array;

  /** Puts `count` samples in; byte b is seen as (b − 128) / 128, after its variation where there is one. */
  setSamples(samples: Uint8Array, count: number, variations?: readonly Variation[]): void;
  /**
   * Runs the samples through, with the batch's statistics (`training`) or the running ones (`inference`).
   *
   * @returns logits, count × classes, valid until the next call
   */
  forward(mode: 'training' | 'inference'): Float32Array;
  /** Follows a forward pass in training mode; `gradient` is the loss's with respect to the logits. */
  backward(gradient: Float32Array): void;
  /** Writes the step vector of the last backward pass (after a forward pass only, the statistics are valid). */
  step(into: Float32Array): void;
  /**
   * From now on forward and backward passes see kernels and activations rounded as the int8 model rounds them; weights
   * keep their full precision and are changed by the gradients of the rounded ones (straight through: Jacob and others,
   * "Quantization and Training of Neural Networks", arXiv 1712.05877). Null ends it. Only on a network that was
   * compiled for it.
   */
  round?(rounding: Int8Rounding | null): void;
  /** Changes the weights by a step vector; by the last backward pass's own where none is given. */
  update(options: UpdateOptions, step?: Float32Array): void;
}

export interface TrainingBackend {
  readonly name: 'wasm' | 'tensorflow';
  /**
   * @param reuse a network of this backend that is done with; its memory is taken over
   * @param rounded whether the network can be told to round as its int8 model does: it then writes out every activation
   * @throws StudioError `architecture.invalid`, `training.out-of-memory`
   */
  compile(architecture: Architecture, batch: number, reuse?: TrainableNetwork, rounded?: boolean): TrainableNetwork;
}
