import type { Address } from './kernels.ts';
import type { PlannedLayer } from './plan.ts';

/** What a layer keeps in memory from the forward to the backward pass. */
export interface LayerMemory {
  /** The convolution's raw output. */
  readonly z: Address;
  /** After batch norm, ReLU6 and residual, where it is materialized; otherwise 0. */
  readonly y: Address;
  /** Σz and Σz². */
  readonly statistics: Address;
  /** Σg and Σg·z. */
  readonly sums: Address;
  readonly scale: Address;
  readonly shift: Address;
  readonly mean: Address;
  readonly inverse: Address;
  /** Coefficients of batch norm's backward pass. */
  readonly a: Address;
  readonly b: Address;
  readonly d: Address;
}

/** Room for one layer and batches of a size. */
export function takeLayerMemory(
  { pixels, channels, materialized }: PlannedLayer,
  batch: number,
  take: (numbers: number) => Address,
): LayerMemory {
  return {
    z: take(batch * pixels * channels),
    y: materialized ? take(batch * pixels * channels) : 0,
    statistics: take(2 * channels),
    sums: take(2 * channels),
    scale: take(channels),
    shift: take(channels),
    mean: take(channels),
    inverse: take(channels),
    a: take(channels),
    b: take(channels),
    d: take(channels),
  };
}
