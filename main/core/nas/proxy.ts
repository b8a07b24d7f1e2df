/**
 * Training-free proxies: what a network with random weights says of what it will be worth, in one pass of a few samples
 * (Abdelfattah and others, "Zero-Cost Proxies for Lightweight NAS", arXiv 2101.08134). They may put candidates into an order
 * before they are judged; accuracy decides among those that are.
 */
import { architectureCost, type Architecture } from '../architecture/index.ts';
import { createRandom } from '../random/index.ts';
import {
  crossEntropy,
  initializeNetwork,
  sliceOf,
  type TrainableNetwork,
  type TrainingBackend,
} from '../training/index.ts';
import type { Generation } from './evolution.ts';
import type { SubnetBatch } from './supernet.ts';

/**
 * `computations`: multiply-accumulates. `gradient`: the Euclidean norm of the loss's gradient with respect to the kernels.
 * `saliency`: Σ|weight · gradient| over them (Lee and others, "SNIP", arXiv 1810.02340).
 */
export const PROXIES = ['computations', 'gradient', 'saliency'] as const;
export type Proxy = (typeof PROXIES)[number];

/** Scores networks on one batch, each with fresh weights that the seed and its shape decide; more is better. */
export class ProxyJudge {
  readonly #backend: TrainingBackend;
  readonly #batch: SubnetBatch;
  readonly #seed: number;
  #network: TrainableNetwork | undefined;

  constructor(backend: TrainingBackend, batch: SubnetBatch, seed: number) {
    this.#backend = backend;
    this.#batch = batch;
    this.#seed = seed;
  }

  /** @throws StudioError `architecture.invalid`, `training.out-of-memory` */
  score(architecture: Architecture, proxy: Proxy): number {
    if (proxy === 'computations') return architectureCost(architecture).macs;
    const { samples, labels, count } = this.#batch;
    const { classes } = architecture;
    const network = this.#backend.compile(architecture, count, this.#network);
    this.#network = network;
    const { weights } = initializeNetwork(architecture, createRandom(this.#seed));
    network.setWeights(weights);
    network.setSamples(samples, count);
    const gradient = new Float32Array(count * classes);
    crossEntropy(network.forward('training'), count, classes, { labels, labelSmoothing: 0 }, gradient);
    network.backward(gradient);
    const step = new Float32Array(network.layout.total);
    network.step(step);
    let sum = 0;
    for (const { kernel } of network.layout.layers) {
      const [own, slopes] = [sliceOf(weights, kernel), sliceOf(step, kernel)];
      for (let i = 0; i < own.length; i++)
        sum += proxy === 'gradient' ? slopes[i] * slopes[i] : Math.abs(own[i] * slopes[i]);
    }
    return proxy === 'gradient' ? Math.sqrt(sum) : sum;
  }
}

/**
 * The candidates of a generation that are worth judging: those with the highest scores, in the order in which they were
 * proposed, so that ties and the rest of the search do not depend on how sorting breaks them.
 */
export function bestByScore(generation: Generation, scores: readonly number[], count: number): Generation {
  const order = scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
  const kept = new Set(order.slice(0, count));
  return { ...generation, candidates: generation.candidates.filter((_, i) => kept.has(i)) };
}
