import { createRandom } from '../random/index.ts';
import { drawVariation } from './augment.ts';
import type { TrainableNetwork } from './backend.ts';
import { sampleBytes, type LabelledSamples } from './data.ts';
import { crossEntropy } from './loss.ts';
import type { Recipe } from './recipe.ts';
import { SampleOrder } from './sampling.ts';

/** Share of a batch's statistics in the running ones. */
const STATISTICS_MOMENTUM = 0.1;

/** Which part of each batch a trainer takes: number `index` of `count` equal parts. */
export interface Share {
  readonly index: number;
  readonly count: number;
}

export interface TrainerOptions {
  readonly train: LabelledSamples;
  readonly recipe: Recipe;
  readonly seed: number;
  /** The whole batch where absent. */
  readonly share?: Share;
}

/** What a step had to show, over the trainer's share of the batch. */
export interface StepOutcome {
  /** Sum of the losses of its samples. */
  readonly loss: number;
  readonly correct: number;
  readonly samples: number;
}

/** Samples of one share of a batch: shares differ by one at most. */
export function shareOf(batch: number, { index, count }: Share): { readonly from: number; readonly to: number } {
  return { from: Math.floor((batch * index) / count), to: Math.floor((batch * (index + 1)) / count) };
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
  readonly #order: SampleOrder;
  readonly #from: number;
  readonly #count: number;
  readonly #samples: Uint8Array;
  readonly #labels: Uint16Array;
  readonly #gradient: Float32Array;

  /** `network` must have room for the share. */
  constructor(network: TrainableNetwork, options: TrainerOptions) {
    const { train, recipe, seed, share = { index: 0, count: 1 } } = options;
    const { from, to } = shareOf(recipe.batch, share);
    this.network = network;
    this.#options = options;
    this.#order = new SampleOrder(train.labels.length, seed);
    this.#from = from;
    this.#count = to - from;
    this.#samples = new Uint8Array(this.#count * sampleBytes(network.architecture.input));
    this.#labels = new Uint16Array(this.#count);
    this.#gradient = new Float32Array(this.#count * network.architecture.classes);
  }

  /** Runs the share of a step's batch forward and backward. Gradients are those of the mean over the whole batch. */
  compute(step: number): StepOutcome {
    const { train, recipe, seed } = this.#options;
    const { architecture } = this.network;
    const size = sampleBytes(architecture.input);
    const variations = [];
    for (let i = 0; i < this.#count; i++) {
      const position = step * recipe.batch + this.#from + i;
      const index = this.#order.at(position);
      this.#samples.set(train.samples.subarray(index * size, (index + 1) * size), i * size);
      this.#labels[i] = train.labels[index];
      const random = createRandom(seed).fork(`sample ${position}`);
      variations.push(drawVariation(random, recipe.augmentation, architecture.input));
    }
    this.network.setSamples(this.#samples, this.#count, variations);
    const logits = this.network.forward('training');
    const { loss, correct } = crossEntropy(
      logits,
      this.#count,
      architecture.classes,
      { labels: this.#labels, labelSmoothing: recipe.labelSmoothing },
      this.#gradient,
      recipe.batch,
    );
    this.network.backward(this.#gradient);
    return { loss: loss * this.#count, correct, samples: this.#count };
  }

  /**
   * Changes the weights.
   *
   * @param sum the step vectors of all shares, added up (see `shareStep`); the own one of a whole batch where absent
   */
  apply(learningRate: number, sum?: Float32Array): void {
    const { momentum, weightDecay } = this.#options.recipe;
    this.network.update({ learningRate, momentum, weightDecay, statisticsMomentum: STATISTICS_MOMENTUM }, sum);
  }

  /** The step vector of the last `compute`, its statistics weighted, so that those of all shares can be added up. */
  shareStep(into: Float32Array): void {
    this.network.step(into);
    const weight = this.#count / this.#options.recipe.batch;
    for (let i = this.network.layout.trainable; i < this.network.layout.total; i++) into[i] *= weight;
  }
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
