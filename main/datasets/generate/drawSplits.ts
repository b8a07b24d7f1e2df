import { availableParallelism } from 'node:os';
import type { LongCall } from '../../contract/index.ts';
import { createRandom } from '../../core/random/index.ts';
import { startWorker } from '../../processes/index.ts';
import { allocateSplit, type Split } from '../dataset.ts';
import type { RenderTask } from './draw.worker.ts';
import { type DrawingName, drawings } from './drawings.ts';

export interface DrawOptions extends LongCall {
  readonly drawing: DrawingName;
  /** Pixels along each side, where the drawing has a choice. */
  readonly size: number;
  readonly seed: number;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly workers?: number;
}

export interface DrawnSplits {
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
}

/**
 * Draws a dataset: as many samples of each class as of any other, in random order. The same options give the same
 * bytes on every machine, on any number of threads.
 */
export async function drawSplits(options: DrawOptions): Promise<DrawnSplits> {
  const { drawing, size, seed, signal, onProgress } = options;
  const { classes } = drawings[drawing];
  const shape = drawings[drawing].shape(size);
  const names = ['train', 'validation', 'test'] as const;
  const total = names.reduce((sum, name) => sum + options[name], 0);
  let firstIndex = 0;
  const splits = names.map((name) => {
    const count = options[name];
    const split = allocateSplit(shape, count);
    const even = Array.from({ length: count }, (_, i) => i % classes.length);
    split.labels.set(createRandom(seed).fork(`labels of ${name}`).shuffle(even));
    for (let i = 0; i < count; i++) split.ids.push(`${name}/${classes[split.labels[i]]}/${i}`);
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
    const task: RenderTask = { drawing, size, seed, splits: shared, offset, stride };
    return startWorker('draw.worker', import.meta.url, { workerData: task });
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
              onProgress?.({ stage: 'drawing samples', done, total, remainingMs });
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
