import type { Worker } from 'node:worker_threads';
import type { Genotype, SearchSpace } from '../../core/nas/index.ts';
import type { LabelledSamples } from '../../core/training/index.ts';
import { startWorker } from '../../processes/index.ts';
import { shared } from '../training/index.ts';
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
    batch = 64,
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
      batch,
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
  async judge(
    genotypes: readonly Genotype[],
    samples?: number,
    onJudged?: (done: number) => void,
    signal?: AbortSignal,
  ): Promise<number[]> {
    const accuracies = new Array<number>(genotypes.length);
    let next = 0;
    let done = 0;
    const work = async (thread: Worker): Promise<void> => {
      while (next < genotypes.length) {
        signal?.throwIfAborted();
        const id = next++;
        accuracies[id] = await ask(thread, { id, genotype: genotypes[id], samples: samples ?? this.#validation });
        onJudged?.(++done);
      }
    };
    await Promise.all(this.#threads.map(work));
    return accuracies;
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
    const onMessage = ({ accuracy }: JudgeAnswer): void => {
      settle();
      resolve(accuracy);
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
