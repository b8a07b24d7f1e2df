import { parentPort, workerData } from 'node:worker_threads';
import { judgeSubnet, SubnetRunner, supernetLayout } from '../../core/nas/index.ts';
import type { JudgeAnswer, JudgeRequest, SearchTask } from './messages.ts';
import { SupernetSitting } from './supernetSitting.ts';
import { loadBackend } from '../training/index.ts';

/** A worker thread's entry: takes its share of a supernet's training, or judges candidates as they are asked about. */
const task = workerData as SearchTask;
const backend = await loadBackend('wasm');
if (task.kind === 'supernet') {
  new SupernetSitting(task, backend, (message) => parentPort?.postMessage(message)).run();
} else {
  const runner = new SubnetRunner(backend, supernetLayout(task.space), task.batch);
  parentPort?.on('message', ({ id, genotype }: JudgeRequest) => {
    const accuracy = judgeSubnet(runner, task.weights, genotype, task.calibration, task.validation);
    parentPort?.postMessage({ id, accuracy } satisfies JudgeAnswer);
  });
}
