import { parentPort, workerData } from 'node:worker_threads';
import { openContainer } from '../container/open.ts';
import { decodeEntries, type DecodeTask } from './decodeEntries.ts';

const task = workerData as DecodeTask;
const container = openContainer(task.path);
await decodeEntries(task, container, (message) => parentPort?.postMessage(message));
container.close();
