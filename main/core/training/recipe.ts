import type { SampleKind, TrainingData } from './data.ts';
import type { ResizingPhase } from './resizing.ts';

/** How training samples are varied. Fractions are of the sample's size; 0 switches a variation off. */
export interface Augmentation {
  /** Mirror left and right: only where a mirrored sample still is of its class. */
  readonly flip: boolean;
  /** Shift by up to this fraction of height and width. */
  readonly shift: number;
  /** Add up to this fraction of the byte range to all values. */
  readonly brightness: number;
  /** Stretch values around their middle by up to this fraction. */
  readonly contrast: number;
  /** A square of up to this fraction of the shorter side is blanked. */
  readonly cutout: number;
  /** Up to this fraction of the rows (time) is blanked. */
  readonly timeMask: number;
  /** Up to this fraction of the columns (frequency) is blanked. */
  readonly frequencyMask: number;
}

export const NO_AUGMENTATION: Augmentation = {
  flip: false,
  shift: 0,
  brightness: 0,
  contrast: 0,
  cutout: 0,
  timeMask: 0,
  frequencyMask: 0,
};

/** What is safe for any dataset of a kind. Mirroring is not: letters, signs and digits change their meaning. */
export const AUGMENTATION_OF: Readonly<Record<SampleKind, Augmentation>> = {
  images: { ...NO_AUGMENTATION, shift: 0.1, brightness: 0.1, contrast: 0.15 },
  audio: { ...NO_AUGMENTATION, shift: 0.08, brightness: 0.05, timeMask: 0.15, frequencyMask: 0.15 },
  series: { ...NO_AUGMENTATION, shift: 0.05, brightness: 0.05, contrast: 0.1 },
  generated: { ...NO_AUGMENTATION, shift: 0.06, brightness: 0.08, contrast: 0.1 },
};

/** How a network is trained. */
export interface Recipe {
  /** Samples of one step, over all workers. */
  readonly batch: number;
  /** The highest learning rate, for a batch of 64; it grows in proportion with the batch. */
  readonly learningRate: number;
  readonly momentum: number;
  /** On kernels only; batch norm and biases are left alone. */
  readonly weightDecay: number;
  readonly labelSmoothing: number;
  /** Fraction of the training in which the learning rate rises from zero. */
  readonly warmUp: number;
  readonly augmentation: Augmentation;
  /** The parts of the training in which images are smaller than they are, in their order; after them they are as they are. */
  readonly resizing: readonly ResizingPhase[];
}

/** A recipe for short trainings of small networks. */
export const defaultRecipe = ({ kind, mirrorable }: Pick<TrainingData, 'kind' | 'mirrorable'>): Recipe => ({
  batch: 64,
  learningRate: 0.2,
  momentum: 0.9,
  weightDecay: 3e-4,
  labelSmoothing: 0,
  warmUp: 0.05,
  augmentation: { ...AUGMENTATION_OF[kind], flip: mirrorable },
  resizing: [],
});

/**
 * The learning rate at a point of the training: a linear rise, then half a cosine down to zero.
 *
 * @param progress fraction of the training that is done, 0 … 1
 */
export function learningRateAt(recipe: Recipe, progress: number): number {
  const highest = recipe.learningRate * (recipe.batch / REFERENCE_BATCH);
  // The first step, at progress 0, must change something.
  if (progress < recipe.warmUp) return highest * Math.max(progress / recipe.warmUp, 0.01);
  const rest = Math.min((progress - recipe.warmUp) / (1 - recipe.warmUp), 1);
  return highest * 0.5 * (1 + Math.cos(Math.PI * rest));
}

/** The batch for which recipes state their learning rate. */
const REFERENCE_BATCH = 64;

/** How long to train: passes over the training split, or minutes of this machine's time. */
export type TrainingLength = { readonly epochs: number } | { readonly minutes: number };
