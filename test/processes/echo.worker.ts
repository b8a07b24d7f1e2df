import { parentPort, workerData } from 'node:worker_threads';
import type { Progress } from '../../main/contract/index.ts';

const progress: Progress = { stage: 'sending', done: 1, total: 1, remainingMs: 0, note: String(workerData) };
parentPort?.postMessage(progress);
