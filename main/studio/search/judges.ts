import type { Worker } from 'node:worker_threads';
import { StudioError } from '../../contract/index.ts';
import { largestGenotype, toArchitecture, type Genotype, type Proxy, type SearchSpace } from '../../core/nas/index.ts';
import type { LabelledSamples } from '../../core/training/index.ts';
import { startWorker } from '../../processes/index.ts';
import { batchThatFits, shared, type FailureMessage } from '../training/index.ts';
import type { JudgeAnswer, JudgeRequest, JudgeTask } from './messages.ts';

/** Worker threads that judge subnets with a supernet's weights. Close them when done. */
export class Judges {
  readonly #threads: readonly Worker[];
  /** Samples of the validation split. */
  readonly #validation: number;

  constructor(
    space: SearchSpace,
    weights: Float32Array,
    calibration: Uint8Array,
    validation: LabelledSamples,
    workers: number,
    { seed = 1, batch = 64 }: { readonly seed?: number; readonly batch?: number } = {},
  ) {
    this.#validation = validation.labels.length;
    const sharedWeights = new Float32Array(new SharedArrayBuffer(weights.byteLength));
    sharedWeights.set(weights);
    const task: JudgeTask = {
      kind: 'judge',
      space,
      weights: sharedWeights,
      calibration: shared({ samples: calibration, labels: new Uint16Array(0) }).samples,
      validation: shared(validation),
      batch: batchThatFits(toArchitecture(space, largestGenotype(space)), batch, 1),
      seed,
    };
    this.#threads = Array.from({ length: workers }, () =>
      startWorker('search.worker', import.meta.url, { workerData: task }),
    );
  }

  /**
   * Accuracies in the order of the genotypes; whichever thread is free takes the next.
   *
   * @param samples validation samples that each is judged on, from the first on; all where absent
   * @param onJudged called after each, with how many are done
   */
  judge(
    genotypes: readonly Genotype[],
    samples?: number,
    onJudged?: (done: number) => void,
    signal?: AbortSignal,
  ): Promise<number[]> {
    return this.#askAll(genotypes, { samples: samples ?? this.#validation }, onJudged, signal);
  }

  /** What a training-free proxy says of each, in the order of the genotypes. */
  score(genotypes: readonly Genotype[], proxy: Proxy, signal?: AbortSignal): Promise<number[]> {
    return this.#askAll(genotypes, { proxy }, undefined, signal);
  }

  async #askAll(
    genotypes: readonly Genotype[],
    by: JudgeRequest['by'],
    onAnswered?: (done: number) => void,
    signal?: AbortSignal,
  ): Promise<number[]> {
    const values = new Array<number>(genotypes.length);
    let next = 0;
    let done = 0;
    const work = async (thread: Worker): Promise<void> => {
      while (next < genotypes.length) {
        signal?.throwIfAborted();
        const at = next++;
        values[at] = await ask(thread, { genotype: genotypes[at], by });
        onAnswered?.(++done);
      }
    };
    await Promise.all(this.#threads.map(work));
    return values;
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}

function ask(thread: Worker, request: JudgeRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      thread.off('message', onMessage);
      thread.off('error', onError);
      thread.off('exit', onExit);
    };
    const onMessage = (message: JudgeAnswer | FailureMessage): void => {
      settle();
      if (message.kind === 'failed') reject(new StudioError(message.report));
      else resolve(message.value);
    };
    const onError = (error: unknown): void => {
      settle();
      reject(error as Error);
    };
    const onExit = (): void => {
      settle();
      reject(new Error('a judging thread ended'));
    };
    thread.on('message', onMessage).on('error', onError).on('exit', onExit);
    thread.postMessage(request);
  });
}
