import { availableParallelism } from 'node:os';
import type { LongCall } from '../../contract/index.ts';
import { createRandom } from '../../core/random/index.ts';
import { startWorker } from '../../processes/index.ts';
import { allocateSplit, type Split } from '../dataset.ts';
import type { RenderTask } from './generate.worker.ts';
import { signs } from './signs.ts';

export interface RoadSignOptions extends LongCall {
  /** Pixels along each side, 32 … 224. */
  readonly size: number;
  readonly seed: number;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly workers?: number;
}

export interface RoadSignSplits {
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
}

/**
 * Draws the dataset: as many pictures of each class as of any other, in random order. The same options give the same
 * bytes on every machine, on any number of threads.
 */
export async function generateRoadSigns(options: RoadSignOptions): Promise<RoadSignSplits> {
  const { size, seed, signal, onProgress } = options;
  const shape = { height: size, width: size, channels: 3 };
  const names = ['train', 'validation', 'test'] as const;
  const total = names.reduce((sum, name) => sum + options[name], 0);
  let firstIndex = 0;
  const splits = names.map((name) => {
    const count = options[name];
    const split = allocateSplit(shape, count);
    const even = Array.from({ length: count }, (_, i) => i % signs.length);
    split.labels.set(createRandom(seed).fork(`labels of ${name}`).shuffle(even));
    for (let i = 0; i < count; i++) split.ids.push(`${name}/${signs[split.labels[i]].name}/${i}`);
    const placed = { split, firstIndex };
    firstIndex += count;
    return placed;
  });

  const stride = Math.max(1, Math.min(options.workers ?? availableParallelism(), total));
  const began = performance.now();
  let done = 0;
  const threads = Array.from({ length: stride }, (_, offset) => {
    const shared = splits.map(({ split, firstIndex: first }) => ({
      samples: split.samples,
      labels: split.labels,
      firstIndex: first,
    }));
    const task: RenderTask = { size, seed, splits: shared, offset, stride };
    return startWorker('generate.worker', import.meta.url, { workerData: task });
  });
  const stop = (): void => threads.forEach((thread) => void thread.terminate());
  signal?.addEventListener('abort', stop);
  try {
    await Promise.all(
      threads.map(
        (thread) =>
          new Promise<void>((resolve, reject) => {
            thread.on('message', (count: number) => {
              done += count;
              const remainingMs = done === 0 ? null : ((performance.now() - began) * (total - done)) / done;
              onProgress?.({ stage: 'drawing road signs', done, total, remainingMs });
            });
            thread.once('error', reject);
            thread.once('exit', () => resolve());
          }),
      ),
    );
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  signal?.throwIfAborted();
  const [train, validation, test] = splits.map(({ split }) => split);
  return { train, validation, test };
}
