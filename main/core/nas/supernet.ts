import type { Random } from '../random/index.ts';
import {
  crossEntropy,
  softmaxRows,
  type LabelledSamples,
  type TrainableNetwork,
  type TrainingBackend,
  type Variation,
} from '../training/index.ts';
import { genotypeKey, sampleGenotype, smallestGenotype, toArchitecture, type Genotype } from './genotype.ts';
import { giveBack, inherit, inheritanceOf, type Inheritance, type SupernetLayout } from './inheritance.ts';

/** Which subnets a training step goes through. */
export interface SamplingRule {
  /** Random subnets in each step (the paper: 4). */
  readonly random: number;
  /** Also the largest and the smallest (slimmable networks' sandwich rule). */
  readonly sandwich: boolean;
  /** The others learn from the largest's answers instead of the labels; needs `sandwich`. */
  readonly distillation: boolean;
}

export const PUBLISHED_SAMPLING: SamplingRule = { random: 4, sandwich: false, distillation: false };

/** The subnets of one step; with the sandwich rule the largest comes first. */
export function drawSubnets(supernet: SupernetLayout, rule: SamplingRule, random: Random): Genotype[] {
  const drawn = Array.from({ length: rule.random }, () => sampleGenotype(supernet.space, random));
  return rule.sandwich ? [supernet.largest, smallestGenotype(supernet.space), ...drawn] : drawn;
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
 * A subnet's weights with batch norm's running statistics measured anew: inherited ones belong to other subnets
 * (20 batches of 64 in the paper).
 */
export function recalibrated(
  network: TrainableNetwork,
  samples: Uint8Array,
  batches: number,
  sampleLength: number,
): Float32Array {
  const { layout, batch } = network;
  const weights = network.weights();
  const step = new Float32Array(layout.total);
  const available = Math.floor(samples.length / sampleLength);
  const used = Math.max(1, Math.min(batches, Math.floor(available / batch)));
  const sums = new Float64Array(layout.total - layout.trainable);
  for (let b = 0; b < used; b++) {
    const count = Math.min(batch, available - b * batch);
    network.setSamples(samples.subarray(b * batch * sampleLength, (b * batch + count) * sampleLength), count);
    network.forward('training');
    network.step(step);
    for (let i = 0; i < sums.length; i++) sums[i] += step[layout.trainable + i];
  }
  for (let i = 0; i < sums.length; i++) weights[layout.trainable + i] = sums[i] / used;
  return weights;
}

/** The share of `split` that a network answers right, with its running statistics. */
export function accuracyOf(
  network: TrainableNetwork,
  split: LabelledSamples,
  sampleLength: number,
  classes: number,
): number {
  const total = split.labels.length;
  let correct = 0;
  for (let at = 0; at < total; at += network.batch) {
    const count = Math.min(network.batch, total - at);
    network.setSamples(split.samples.subarray(at * sampleLength, (at + count) * sampleLength), count);
    const logits = network.forward('inference');
    const labels = split.labels.subarray(at, at + count);
    correct += crossEntropy(logits, count, classes, { labels, labelSmoothing: 0 }).correct;
  }
  return total === 0 ? 0 : correct / total;
}

/** How well a subnet does with inherited weights: recalibrated on training samples, judged on validation samples. */
export function judgeSubnet(
  runner: SubnetRunner,
  weights: Float32Array,
  genotype: Genotype,
  calibration: Uint8Array,
  validation: LabelledSamples,
  options: { readonly sampleLength: number; readonly classes: number; readonly calibrationBatches: number },
): number {
  const network = runner.load(genotype, weights);
  network.setWeights(recalibrated(network, calibration, options.calibrationBatches, options.sampleLength));
  return accuracyOf(network, validation, options.sampleLength, options.classes);
}
