import { StudioError, type LongCall } from '../../contract/index.ts';
import type { Limits, SearchSpace, SpaceDistribution } from '../../core/nas/index.ts';
import { startWorker, WALL_CLOCK, type BudgetClock } from '../../processes/index.ts';
import type { FailureMessage } from '../training/index.ts';
import type { CostModel } from './costs.ts';
import type { SpaceAnswer, SpacesTask } from './messages.ts';
import { stopped } from './trainSupernet.ts';

export interface MeasureOptions extends LongCall {
  readonly spaces: readonly SearchSpace[];
  readonly model: CostModel;
  readonly limits: Limits;
  /** Networks above this many MACs count as not fitting: they could not be trained in the time that there is. */
  readonly mostMacs: number;
  /** Networks sampled of each space (the paper: 1,000), as far as `seconds` allow; each gets at least a few. */
  readonly samples: number;
  /** How many exactly of each, whatever time it takes. */
  readonly sampled?: readonly number[];
  readonly seconds: number;
  /** What `seconds` are counted in; the wall's where absent. */
  readonly clock?: BudgetClock;
  readonly seed: number;
  readonly workers: number;
}

/** Stage 1: what the networks of each space that fit can make use of. Spaces are shared out among threads. */
export async function measureSpaces(options: MeasureOptions): Promise<SpaceDistribution[]> {
  const { spaces, signal, onProgress, workers } = options;
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const threads = Array.from({ length: Math.min(workers, spaces.length) }, () => {
    const { model, limits, mostMacs, samples, seed } = options;
    const secondsEach = (options.seconds * Math.min(workers, spaces.length)) / spaces.length;
    const task: SpacesTask = {
      kind: 'spaces',
      spaces,
      model,
      limits,
      mostMacs,
      samples,
      sampled: options.sampled ?? null,
      secondsEach,
      clock: options.clock ?? WALL_CLOCK,
      seed,
      next: next.buffer,
    };
    return startWorker('search.worker', import.meta.url, { workerData: task });
  });
  const found: SpaceDistribution[] = [];
  const stop = (): void => threads.forEach((thread) => void thread.terminate());
  signal?.addEventListener('abort', stop);
  try {
    await Promise.all(
      threads.map(
        (thread) =>
          new Promise<void>((resolve, reject) => {
            thread.on('message', (message: SpaceAnswer | FailureMessage) => {
              if (message.kind === 'failed') {
                reject(new StudioError(message.report));
                return;
              }
              found[message.index] = message.distribution;
              const done = found.filter((entry) => entry !== undefined).length;
              onProgress?.({ stage: 'measuring spaces', done, total: spaces.length, remainingMs: null });
            });
            thread.once('error', reject);
            thread.once('exit', () => resolve());
          }),
      ),
    );
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
  if (signal?.aborted) throw stopped();
  return found;
}
