import { cancelled, type JobEvent } from '../../contract/index.ts';
import type { Network } from '../../core/training/index.ts';
import {
  allocateSplit,
  firstOfEachClass,
  previewSample,
  sampleAt,
  sampleBytes,
  type Dataset,
} from '../../datasets/index.ts';
import { evaluateNetwork } from '../training/index.ts';

/** Samples that are watched, no two of one class. */
const mostSamples = 12;
/** It costs a thread's start: not after every epoch of a small network. */
const leastPauseMs = 4000;

/** Asks a network in training, now and then, what it says of the same few validation samples, and tells whoever looks. */
export class PredictionWatch {
  readonly #dataset: Dataset;
  readonly #emit: (event: JobEvent) => void;
  readonly #places: readonly number[];
  readonly #stop = new AbortController();
  #asking: Promise<void> | null = null;
  #askedAt = -Infinity;
  #failure: unknown = null;

  constructor(dataset: Dataset, emit: (event: JobEvent) => void) {
    this.#dataset = dataset;
    this.#emit = emit;
    this.#places = firstOfEachClass(dataset, 'validation', 1).flat().slice(0, mostSamples);
  }

  /** Returns at once; while one answer is awaited, or the last is new, there is no other. */
  look(network: Network, epoch: number): void {
    const now = performance.now();
    if (this.#asking !== null || now - this.#askedAt < leastPauseMs || this.#places.length === 0) return;
    this.#askedAt = now;
    this.#asking = this.#ask(network, epoch)
      .catch((error: unknown) => {
        // Once the training has ended, nobody needs the answer.
        if (!this.#stop.signal.aborted) this.#failure = error;
      })
      .finally(() => (this.#asking = null));
  }

  /** Resolves when nothing is asked any more; rejects with what went wrong on the way. */
  async end(): Promise<void> {
    this.#stop.abort(cancelled('watching the training'));
    await this.#asking;
    if (this.#failure !== null) throw this.#failure;
  }

  async #ask(network: Network, epoch: number): Promise<void> {
    const { shape, validation, classes } = this.#dataset;
    const few = allocateSplit(shape, this.#places.length);
    this.#places.forEach((place, at) => {
      few.samples.set(sampleAt(shape, validation, place), at * sampleBytes(shape));
      few.labels[at] = validation.labels[place];
    });
    const { confusion } = await evaluateNetwork(network, few, { workers: 1, signal: this.#stop.signal });
    // Each class is there once: its row holds one answer.
    const samples = this.#places.map((place) => {
      const { id, label, png } = previewSample(this.#dataset, 'validation', place);
      return { id, label, predicted: confusion[label].indexOf(1), png };
    });
    if (!this.#stop.signal.aborted) this.#emit({ type: 'predictions', epoch, classes: [...classes], samples });
  }
}
