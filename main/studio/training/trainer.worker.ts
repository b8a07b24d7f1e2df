import { parentPort, workerData } from 'node:worker_threads';
import { evaluatePart } from '../../core/training/index.ts';
import { loadBackend } from './backends.ts';
import type { EvaluationMessage, EvaluationTask, TrainingMessage, TrainingTask } from './messages.ts';
import { TrainingSitting } from './sitting.ts';

/** A worker thread's entry: takes its share of a training, or of an evaluation. */
const EVALUATION_BATCH = 32;
/** Samples between two reports. */
const EVALUATION_PART = 256;

const task = workerData as TrainingTask | EvaluationTask;
const backend = await loadBackend(task.kind === 'train' ? task.backend : 'wasm');
if (task.kind === 'train') {
  new TrainingSitting(task, backend, (message: TrainingMessage) => parentPort?.postMessage(message)).run();
} else {
  const network = backend.compile(task.architecture, EVALUATION_BATCH);
  network.setWeights(task.weights);
  for (let from = task.from; from < task.to; from += EVALUATION_PART) {
    const to = Math.min(from + EVALUATION_PART, task.to);
    const counts = evaluatePart(network, task.split, from, to);
    const message: EvaluationMessage = { kind: 'evaluated', samples: to - from, counts };
    parentPort?.postMessage(message);
  }
}
