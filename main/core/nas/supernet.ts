import { architectureCost } from '../architecture/index.ts';
import { createRandom, type Random } from '../random/index.ts';
import {
  BatchSource,
  clipGradient,
  crossEntropy,
  evaluatePart,
  recalibrate,
  softmaxRows,
  summarize,
  type LabelledSamples,
  type Recipe,
  type Share,
  type StepOutcome,
  type TrainableNetwork,
  type TrainingBackend,
  type Variation,
} from '../training/index.ts';
import { capacityOf } from './capacity.ts';
import { genotypeKey, sampleGenotype, smallestGenotype, toArchitecture, type Genotype } from './genotype.ts';
import type { SearchSpace } from './space.ts';
import { giveBack, inherit, inheritanceOf, type Inheritance, type SupernetLayout } from './inheritance.ts';

/** Which subnets a training step goes through. */
export interface SamplingRule {
  /** Random subnets in each step (the paper: 4). */
  readonly random: number;
  /** Also the largest and the smallest (slimmable networks' sandwich rule). */
  readonly sandwich: boolean;
  /** The others learn from the largest's answers instead of the labels; needs `sandwich`. */
  readonly distillation: boolean;
  /** Random subnets with less capacity, or that cost more multiply-accumulates, are drawn again; no bound where absent. */
  readonly leastCapacity?: number;
  readonly mostMacs?: number;
}

export const PUBLISHED_SAMPLING: SamplingRule = { random: 4, sandwich: false, distillation: false };

/** The subnets of one step; with the sandwich rule the largest comes first. */
export function drawSubnets(supernet: SupernetLayout, rule: SamplingRule, random: Random): Genotype[] {
  const drawn = Array.from({ length: rule.random }, () => drawWithin(supernet.space, rule, random));
  return rule.sandwich ? [supernet.largest, smallestGenotype(supernet.space), ...drawn] : drawn;
}

/** Draws before bounds are given up that hardly any network keeps. */
const MOST_DRAWS = 100;

/** A random network within the bounds; where none was drawn, the one that is the least beyond them. */
function drawWithin(
  space: SearchSpace,
  { leastCapacity = 0, mostMacs = Infinity }: Pick<SamplingRule, 'leastCapacity' | 'mostMacs'>,
  random: Random,
): Genotype {
  let nearest = { genotype: sampleGenotype(space, random), factor: Infinity };
  if (leastCapacity === 0 && mostMacs === Infinity) return nearest.genotype;
  for (let draws = 1, { genotype } = nearest; draws <= MOST_DRAWS; draws++, genotype = sampleGenotype(space, random)) {
    const architecture = toArchitecture(space, genotype);
    const factor = Math.max(leastCapacity / capacityOf(architecture), architectureCost(architecture).macs / mostMacs);
    if (factor <= 1) return genotype;
    if (factor < nearest.factor) nearest = { genotype, factor };
  }
  return nearest.genotype;
}

/** Samples of one training step, of one worker. */
export interface SubnetBatch {
  readonly samples: Uint8Array;
  readonly labels: ArrayLike<number>;
  readonly count: number;
  readonly variations?: readonly Variation[];
}

/** Inheritances are kept for this many subnets; evolution asks for the same ones again. */
const MOST_KEPT = 256;

/** Runs subnets with the supernet's weights, one at a time, in one backend's memory. */
export class SubnetRunner {
  readonly #backend: TrainingBackend;
  readonly #supernet: SupernetLayout;
  readonly #batch: number;
  readonly #inheritances = new Map<string, Inheritance>();
  #network: TrainableNetwork;
  #key: string;

  /** @param batch most samples at once */
  constructor(backend: TrainingBackend, supernet: SupernetLayout, batch: number) {
    this.#backend = backend;
    this.#supernet = supernet;
    this.#batch = batch;
    // The largest first: memory that it fits in holds every other one.
    this.#network = backend.compile(toArchitecture(supernet.space, supernet.largest), batch);
    this.#key = genotypeKey(supernet.largest);
  }

  inheritanceOf(genotype: Genotype): Inheritance {
    const key = genotypeKey(genotype);
    const kept = this.#inheritances.get(key);
    if (kept !== undefined) return kept;
    if (this.#inheritances.size >= MOST_KEPT) this.#inheritances.delete(this.#inheritances.keys().next().value ?? '');
    const inheritance = inheritanceOf(this.#supernet, genotype);
    this.#inheritances.set(key, inheritance);
    return inheritance;
  }

  /** The subnet with what it inherits of `weights`; valid until the next call. */
  load(genotype: Genotype, weights: Float32Array): TrainableNetwork {
    const key = genotypeKey(genotype);
    if (key !== this.#key) {
      this.#network = this.#backend.compile(toArchitecture(this.#supernet.space, genotype), this.#batch, this.#network);
      this.#key = key;
    }
    this.#network.setWeights(inherit(weights, this.inheritanceOf(genotype)));
    return this.#network;
  }
}

export interface SupernetStep {
  /** Mean loss of each subnet, in the order given. */
  readonly losses: readonly number[];
  /** Right answers of the first subnet. */
  readonly correct: number;
}

/**
 * Forward and backward through several subnets on the same samples; their mean gradient is added to `into`, which has
 * the supernet's length. The first is the teacher where `distillation` is on.
 *
 * @param divisor samples that the step's gradient is a mean over, all workers together
 */
export function supernetGradient(
  runner: SubnetRunner,
  weights: Float32Array,
  batch: SubnetBatch,
  subnets: readonly Genotype[],
  options: { readonly distillation: boolean; readonly labelSmoothing: number; readonly classes: number },
  into: Float32Array,
  divisor: number = batch.count,
): SupernetStep {
  const { classes, distillation, labelSmoothing } = options;
  const gradient = new Float32Array(batch.count * classes);
  const losses: number[] = [];
  let correct = 0;
  let teacher: Float32Array | null = null;
  subnets.forEach((genotype, index) => {
    const network = runner.load(genotype, weights);
    network.setSamples(batch.samples, batch.count, batch.variations);
    const logits = network.forward('training');
    const targets = teacher === null ? { labels: batch.labels, labelSmoothing } : { probabilities: teacher };
    const loss = crossEntropy(logits, batch.count, classes, targets, gradient, divisor);
    losses.push(loss.loss);
    if (index === 0) {
      correct = loss.correct;
      if (distillation) {
        teacher = logits.slice(0, batch.count * classes);
        softmaxRows(teacher, classes);
      }
    }
    network.backward(gradient);
    const step = new Float32Array(network.layout.total);
    network.step(step);
    giveBack(into, runner.inheritanceOf(genotype), step, 1 / subnets.length);
  });
  return { losses, correct };
}

/**
 * The share of validation samples that a subnet answers right with inherited weights, after batch norm's statistics
 * were measured anew on training samples: those that it inherits belong to other subnets.
 *
 * @param calibration training samples (20 batches of 64 in the paper)
 * @param samples of the validation split, from its first on
 */
export function judgeSubnet(
  runner: SubnetRunner,
  weights: Float32Array,
  genotype: Genotype,
  calibration: Uint8Array,
  validation: LabelledSamples,
  samples: number = validation.labels.length,
): number {
  const network = runner.load(genotype, weights);
  recalibrate(network, calibration);
  return summarize([evaluatePart(network, validation, 0, Math.min(samples, validation.labels.length))]).accuracy;
}

export interface SupernetTrainerOptions {
  readonly train: LabelledSamples;
  readonly recipe: Recipe;
  readonly rule: SamplingRule;
  readonly seed: number;
  /** The whole batch where absent. */
  readonly share?: Share;
}

/**
 * Does the steps of a supernet's training. As with `Trainer`, the seed and a step's number decide which samples and
 * which subnets it takes; so weights, momentum and the number of the next step are its whole state, and trainers that
 * take shares of the same batches stay equal.
 */
export class SupernetTrainer {
  readonly weights: Float32Array;
  readonly velocities: Float32Array;
  readonly #supernet: SupernetLayout;
  readonly #options: SupernetTrainerOptions;
  readonly #batches: BatchSource;
  readonly #runner: SubnetRunner;
  /** Where weight decay acts: kernels, not batch norm and biases. */
  readonly #decayed: Uint8Array;

  /** @param weights the supernet's vector, changed in place by `apply`; `velocities` as long as its trainable front */
  constructor(
    backend: TrainingBackend,
    supernet: SupernetLayout,
    weights: Float32Array,
    velocities: Float32Array,
    options: SupernetTrainerOptions,
  ) {
    const { train, recipe, seed, share = { index: 0, count: 1 } } = options;
    this.weights = weights;
    this.velocities = velocities;
    this.#supernet = supernet;
    this.#options = options;
    this.#batches = new BatchSource(train, recipe, supernet.space.input, seed, share);
    this.#runner = new SubnetRunner(backend, supernet, this.#batches.count);
    this.#decayed = new Uint8Array(supernet.layout.trainable);
    for (const { kernel } of supernet.layout.layers) {
      this.#decayed.fill(1, kernel.offset, kernel.offset + kernel.length);
    }
  }

  /** Runs the share of a step's batch through the step's subnets; `into` receives its part of the mean gradient. */
  compute(step: number, into: Float32Array): StepOutcome {
    const { recipe, rule, seed } = this.#options;
    const random = createRandom(seed).fork(`subnets of step ${step}`);
    const subnets = drawSubnets(this.#supernet, rule, random);
    const batch = this.#batches.batch(step);
    const options = {
      distillation: rule.distillation && rule.sandwich,
      labelSmoothing: recipe.labelSmoothing,
      classes: this.#supernet.space.classes,
    };
    into.fill(0);
    const { losses, correct } = supernetGradient(
      this.#runner,
      this.weights,
      batch,
      subnets,
      options,
      into,
      recipe.batch,
    );
    return { loss: losses[0] * batch.count, correct, samples: batch.count };
  }

  /** Changes the weights by the gradients of all shares, added up: SGD with momentum and weight decay. */
  apply(learningRate: number, gradient: Float32Array): void {
    const { momentum, weightDecay } = this.#options.recipe;
    const { weights, velocities } = this;
    clipGradient(gradient, velocities.length);
    for (let i = 0; i < velocities.length; i++) {
      const decay = this.#decayed[i] === 1 ? weightDecay * weights[i] : 0;
      velocities[i] = momentum * velocities[i] + gradient[i] + decay;
      weights[i] -= learningRate * velocities[i];
    }
  }
}
