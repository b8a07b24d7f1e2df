import { StudioError } from '../../contract/index.ts';
import type { TrainableNetwork } from './backend.ts';
import { BatchSource, type Batch, type Share } from './batches.ts';
import { sampleBytes, type LabelledSamples } from './data.ts';
import { crossEntropy, softmaxRows } from './loss.ts';
import type { Recipe } from './recipe.ts';
import type { Resizer } from './resizing.ts';

/** Share of a batch's statistics in the running ones. */
const STATISTICS_MOMENTUM = 0.1;

export interface TrainerOptions {
  readonly train: LabelledSamples;
  readonly recipe: Recipe;
  readonly seed: number;
  /** The whole batch where absent. */
  readonly share?: Share;
  /** What makes the split's samples as large as the network's input; absent where they are. */
  readonly resizer?: Resizer;
  /** A network that knows the task already, with room for the share, and its part in what is learnt from. */
  readonly teacher?: { readonly network: TrainableNetwork; readonly weight: number };
}

/** What a step had to show, over the trainer's share of the batch. */
export interface StepOutcome {
  /** Sum of the losses of its samples. */
  readonly loss: number;
  readonly correct: number;
  readonly samples: number;
}

/**
 * Does the steps of a training, in any order that it is told: which samples a step takes and how they are varied is
 * decided by the seed and the step's number alone. So its whole state is the network's weights and momentum and the
 * number of the next step; a training that goes on from these is the same as one that was never stopped. The same
 * holds for a trainer that takes a share of each batch, beside others that take the rest.
 */
export class Trainer {
  readonly network: TrainableNetwork;
  readonly #options: TrainerOptions;
  readonly #batches: BatchSource;
  readonly #gradient: Float32Array;

  /** `network` must have room for the share. */
  constructor(network: TrainableNetwork, options: TrainerOptions) {
    const { train, recipe, seed, share = { index: 0, count: 1 }, resizer } = options;
    this.network = network;
    this.#options = options;
    this.#batches = new BatchSource(train, recipe, network.architecture.input, seed, share, resizer);
    this.#gradient = new Float32Array(this.#batches.count * network.architecture.classes);
  }

  /**
   * Runs the share of a step's batch forward and backward. Gradients are those of the mean over the whole batch.
   *
   * @param taught whether the teacher, where there is one, is asked
   */
  compute(step: number, taught = true): StepOutcome {
    const { recipe } = this.#options;
    const { classes } = this.network.architecture;
    const batch = this.#batches.batch(step);
    const { samples, labels, count, variations } = batch;
    const teacher = taught ? this.#ask(batch) : undefined;
    this.network.setSamples(samples, count, variations);
    const logits = this.network.forward('training');
    const { loss, correct } = crossEntropy(
      logits,
      count,
      classes,
      { labels, labelSmoothing: recipe.labelSmoothing, ...(teacher && { teacher }) },
      this.#gradient,
      recipe.batch,
    );
    this.network.backward(this.#gradient);
    return { loss: loss * count, correct, samples: count };
  }

  /** What the teacher says of a batch, seen as the network sees it. */
  #ask({ samples, count, variations }: Batch): { probabilities: Float32Array; weight: number } | undefined {
    const { teacher } = this.#options;
    if (teacher === undefined) return undefined;
    const { classes } = this.network.architecture;
    teacher.network.setSamples(samples, count, variations);
    const probabilities = teacher.network.forward('inference').slice(0, count * classes);
    softmaxRows(probabilities, classes);
    return { probabilities, weight: teacher.weight };
  }

  /**
   * Changes the weights.
   *
   * @param sum the step vectors of all shares, added up (see `shareStep`); the own one of a whole batch where absent
   */
  apply(learningRate: number, sum?: Float32Array): void {
    const { momentum, weightDecay } = this.#options.recipe;
    if (sum !== undefined) clipGradient(sum, this.network.layout.trainable);
    this.network.update({ learningRate, momentum, weightDecay, statisticsMomentum: STATISTICS_MOMENTUM }, sum);
  }

  /** The step vector of the last `compute`, its statistics weighted, so that those of all shares can be added up. */
  shareStep(into: Float32Array): void {
    this.network.step(into);
    const weight = this.#batches.count / this.#options.recipe.batch;
    for (let i = this.network.layout.trainable; i < this.network.layout.total; i++) into[i] *= weight;
  }
}

/** Gradients longer than this are shortened to it: a wild batch then does no lasting harm. Usual ones are far shorter. */
const LONGEST_GRADIENT = 10;

/**
 * Shortens the gradient at the front of a step vector where it is too long.
 *
 * @throws StudioError `training.diverged` where it is no number any more
 */
export function clipGradient(step: Float32Array, trainable: number): void {
  let squares = 0;
  for (let i = 0; i < trainable; i++) squares += step[i] * step[i];
  if (!Number.isFinite(squares)) {
    throw new StudioError({
      code: 'training.diverged',
      message: 'The training came apart: its gradients are no numbers any more.',
      remedy: 'Train again with a lower learning rate.',
      details: { squares },
    });
  }
  const factor = LONGEST_GRADIENT / Math.sqrt(squares);
  if (factor < 1) for (let i = 0; i < trainable; i++) step[i] *= factor;
}

/**
 * Sets batch norm's running statistics to their mean over some samples as they are, unvaried. After a training with
 * varied samples, or for a subnet with inherited weights.
 *
 * @param samples count × bytes; whole batches of the network's size are taken from it, at least one
 */
export function recalibrate(network: TrainableNetwork, samples: Uint8Array): void {
  const size = sampleBytes(network.architecture.input);
  const count = samples.length / size;
  const batches = Math.max(1, Math.floor(count / network.batch));
  const { trainable, total } = network.layout;
  const step = new Float32Array(total);
  const sums = new Float64Array(total);
  for (let i = 0; i < batches; i++) {
    const from = i * network.batch;
    network.setSamples(samples.subarray(from * size), Math.min(network.batch, count - from));
    network.forward('training');
    network.step(step);
    for (let j = trainable; j < total; j++) sums[j] += step[j];
  }
  const weights = network.weights();
  for (let j = trainable; j < total; j++) weights[j] = sums[j] / batches;
  network.setWeights(weights);
}
