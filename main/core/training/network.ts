import { layersOf, type Architecture, type Layer } from '../architecture/index.ts';

/** A run of numbers in a network's weight vector. */
export interface Slice {
  readonly offset: number;
  readonly length: number;
}

/**
 * Where the numbers of one layer stand in the weight vector. Kernels: conv2d Kh·Kw·Ci·Co, depthwise Kh·Kw·C, dense
 * Ci·Co, all row-major. Convolutions have batch norm (gamma, beta, running mean and variance); the classifier a bias.
 */
export interface LayerWeights {
  readonly layer: Layer;
  readonly kernel: Slice;
  readonly gamma: Slice | null;
  readonly beta: Slice | null;
  readonly bias: Slice | null;
  readonly mean: Slice | null;
  readonly variance: Slice | null;
}

/** The layout of an architecture's weight vector: what is trained first, then batch norm's running statistics. */
export interface WeightLayout {
  readonly layers: readonly LayerWeights[];
  /** Numbers that gradients exist for: the front of the vector. */
  readonly trainable: number;
  /** Length of the vector. */
  readonly total: number;
}

/** An architecture with float weights: one immutable value. */
export interface Network {
  readonly architecture: Architecture;
  /** Laid out as `weightLayout(architecture)` says. */
  readonly weights: Float32Array;
}

/** Batch norm's ε, in training and in folding. */
export const BATCH_NORM_EPSILON = 1e-3;

/** @throws StudioError `architecture.invalid` */
export function weightLayout(architecture: Architecture): WeightLayout {
  let offset = 0;
  const take = (length: number): Slice => {
    const slice = { offset, length };
    offset += length;
    return slice;
  };
  const trained = layersOf(architecture).map((layer) => {
    const channels = layer.output.channels;
    const normalized = layer.kind !== 'dense';
    return {
      layer,
      kernel: take(layer.kernelWeights),
      gamma: normalized ? take(channels) : null,
      beta: normalized ? take(channels) : null,
      bias: normalized ? null : take(channels),
    };
  });
  const trainable = offset;
  const layers = trained.map((entry) => {
    const channels = entry.gamma?.length ?? 0;
    return {
      ...entry,
      mean: entry.gamma && take(channels),
      variance: entry.gamma && take(channels),
    };
  });
  return { layers, trainable, total: offset };
}

/** The numbers of a slice, without copying. */
export const sliceOf = (weights: Float32Array, slice: Slice): Float32Array =>
  weights.subarray(slice.offset, slice.offset + slice.length);
