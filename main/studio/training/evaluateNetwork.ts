import { availableParallelism } from 'node:os';
import { StudioError } from '../../contract/index.ts';
import {
  checkSamples,
  shareOf,
  summarize,
  type Evaluation,
  type EvaluationCounts,
  type LabelledSamples,
  type Network,
} from '../../core/training/index.ts';
import { startWorker } from '../../processes/index.ts';
import type { EvaluationMessage, EvaluationTask, FailureMessage } from './messages.ts';
import { shared } from './trainNetwork.ts';
import type { EvaluationOptions } from './types.ts';

/**
 * Accuracy, loss and confusion of a float network on a split, by worker threads.
 *
 * @throws StudioError `training.cancelled`, `training.data-mismatch`
 */
export async function evaluateNetwork(
  network: Network,
  split: LabelledSamples,
  { workers = availableParallelism(), onProgress, signal }: EvaluationOptions = {},
): Promise<Evaluation> {
  const { architecture, weights } = network;
  checkSamples(split, architecture.input, architecture.classes, 'given');
  if (split.labels.length === 0) throw noSamples();
  const { samples, labels } = shared(split);
  const count = labels.length;
  const started = performance.now();
  const parts: EvaluationCounts[] = [];
  let done = 0;
  const hear = ({ samples: more, counts }: EvaluationMessage): void => {
    parts.push(counts);
    done += more;
    const remainingMs = ((performance.now() - started) / done) * (count - done);
    onProgress?.({ stage: 'evaluating', done, total: count, remainingMs });
  };
  const threads = Math.max(1, Math.min(workers, Math.ceil(count / SMALLEST_PART)));
  const abort = new AbortController();
  const either = signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal]);
  try {
    await Promise.all(
      Array.from({ length: threads }, (_, index) => {
        const { from, to } = shareOf(count, { index, count: threads });
        const split = { samples, labels };
        return evaluateInThread({ kind: 'evaluate', architecture, weights, split, from, to }, hear, either);
      }),
    );
  } finally {
    abort.abort();
  }
  return summarize(parts);
}

/** A thread is not worth its start for fewer samples. */
const SMALLEST_PART = 256;

async function evaluateInThread(
  task: EvaluationTask,
  hear: (message: EvaluationMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  const cancelled = (): StudioError =>
    new StudioError({
      code: 'training.cancelled',
      message: 'The evaluation was stopped before its end.',
      remedy: 'Start it again.',
    });
  if (signal.aborted) throw cancelled();
  const thread = startWorker('trainer.worker', import.meta.url, { workerData: task });
  let stop = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      stop = () => reject(cancelled());
      signal.addEventListener('abort', stop);
      let missing = task.to - task.from;
      thread.on('message', (message: EvaluationMessage | FailureMessage) => {
        if (message.kind === 'failed') {
          reject(new StudioError(message.report));
          return;
        }
        hear(message);
        missing -= message.samples;
        if (missing === 0) resolve();
      });
      thread.once('error', reject);
    });
  } finally {
    signal.removeEventListener('abort', stop);
    await thread.terminate();
  }
}

const noSamples = (): StudioError =>
  new StudioError({
    code: 'training.no-samples',
    message: 'There are no samples to evaluate on.',
    remedy: 'Choose a split that has samples.',
  });
