import { StudioError, type LongCall } from '../../contract/index.ts';
import {
  largestGenotype,
  supernetLayout,
  toArchitecture,
  type SamplingRule,
  type SearchSpace,
} from '../../core/nas/index.ts';
import type { LabelledSamples, PacePlan, Recipe } from '../../core/training/index.ts';
import { budgetNow, startWorker, WALL_CLOCK, type BudgetClock } from '../../processes/index.ts';
import { batchThatFits, Exchange, Meeting, shared, workersFor, type FailureMessage } from '../training/index.ts';
import type { SupernetLength, SupernetMessage, SupernetState, SupernetTask } from './messages.ts';

export interface SupernetOptions extends LongCall {
  readonly space: SearchSpace;
  readonly train: LabelledSamples;
  readonly recipe: Recipe;
  readonly rule: SamplingRule;
  readonly seed: number;
  readonly length: SupernetLength;
  /** Follows the pace of an earlier training with the same minutes instead of the clock. */
  readonly pace?: PacePlan;
  /** What the minutes of `length` are counted in; the wall's where absent. */
  readonly clock?: BudgetClock;
  readonly workers?: number;
  /** From where to go on; fresh weights have step 0 and no momentum. */
  readonly state: SupernetState;
  /** Called about every 15 seconds and in the end, with a state to go on from. */
  readonly onCheckpoint?: (state: SupernetState) => void;
}

/**
 * Trains a supernet on this machine's cores. The same seed, length in steps and number of workers give the same
 * weights.
 *
 * @throws StudioError `training.cancelled` when the signal aborts; `onCheckpoint` was called with the last state before
 */
export async function trainSupernet(options: SupernetOptions): Promise<SupernetState> {
  const { space, clock = WALL_CLOCK, signal, onProgress, onCheckpoint } = options;
  if (options.state.progress >= 1) return options.state;
  const workers = workersFor(options.recipe.batch, options.workers);
  // The largest of the space may be drawn in any step.
  const largest = toArchitecture(space, largestGenotype(space));
  const recipe = { ...options.recipe, batch: batchThatFits(largest, options.recipe.batch, workers) };
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const common: Omit<SupernetTask, 'index'> = {
    kind: 'supernet',
    workers,
    space,
    recipe,
    rule: options.rule,
    seed: options.seed,
    length: options.length,
    pace: options.pace ?? null,
    clock,
    calledAt: budgetNow(clock),
    train: shared(options.train),
    state: options.state,
    meeting: new Meeting(workers).memory,
    exchange: new Exchange(supernetLayout(space).layout.total, workers).memory,
    stop: stop.buffer as SharedArrayBuffer,
  };
  const threads = Array.from({ length: workers }, (_, index) =>
    startWorker('search.worker', import.meta.url, { workerData: { ...common, index } }),
  );
  const askToStop = (): void => void Atomics.store(stop, 0, 1);
  signal?.addEventListener('abort', askToStop);
  if (signal?.aborted) askToStop();
  try {
    const last = await new Promise<SupernetState>((resolve, reject) => {
      const hear = (message: SupernetMessage): void => {
        if (message.kind === 'progress') {
          onProgress?.({
            stage: 'training the supernet',
            done: message.progress,
            total: 1,
            remainingMs: message.remainingMs,
            note: `step ${message.step}, loss ${message.loss.toFixed(3)}, ${(100 * message.accuracy).toFixed(1)} % right`,
          });
          return;
        }
        onCheckpoint?.(message.state);
        if (message.kind !== 'checkpoint') resolve(message.state);
      };
      for (const thread of threads) {
        thread.on('message', (message: SupernetMessage | FailureMessage) => {
          try {
            if (message.kind === 'failed') throw new StudioError(message.report);
            hear(message);
          } catch (error) {
            reject(error as Error);
          }
        });
        thread.once('error', reject);
        thread.once('exit', (code) => code !== 0 && reject(new Error(`a search thread ended with code ${code}`)));
      }
    });
    if (last.progress < 1) throw stopped();
    return last;
  } finally {
    signal?.removeEventListener('abort', askToStop);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

export const stopped = (): StudioError =>
  new StudioError({
    code: 'training.cancelled',
    message: 'The search was stopped before its end.',
    remedy: 'Start it again to go on from where it stopped.',
  });
