import { parentPort, workerData } from 'node:worker_threads';
import { toErrorReport } from '../../contract/index.ts';
import { evaluatePart } from '../../core/training/index.ts';
import { loadBackend } from './backends.ts';
import type { EvaluationMessage, EvaluationTask, FailureMessage, TrainingMessage, TrainingTask } from './messages.ts';
import { TrainingSitting } from './sitting.ts';

/** A worker thread's entry: takes its share of a training, or of an evaluation. */
const EVALUATION_BATCH = 32;
/** Samples between two reports. */
const EVALUATION_PART = 256;

const tell = (message: TrainingMessage | EvaluationMessage | FailureMessage): void => parentPort?.postMessage(message);

async function train(task: TrainingTask): Promise<void> {
  new TrainingSitting(task, await loadBackend(task.backend), tell).run();
}

async function evaluate(task: EvaluationTask): Promise<void> {
  const network = (await loadBackend('wasm')).compile(task.architecture, EVALUATION_BATCH);
  network.setWeights(task.weights);
  for (let from = task.from; from < task.to; from += EVALUATION_PART) {
    const to = Math.min(from + EVALUATION_PART, task.to);
    tell({ kind: 'evaluated', samples: to - from, counts: evaluatePart(network, task.split, from, to) });
  }
}

const task = workerData as TrainingTask | EvaluationTask;
try {
  await (task.kind === 'train' ? train(task) : evaluate(task));
} catch (error) {
  // An error would lose its code and remedy on its way between threads.
  tell({ kind: 'failed', report: toErrorReport(error) });
}
