import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { StudioError, toErrorReport, type ErrorReport } from '../../contract/index.ts';
import { startWorker } from '../../processes/index.ts';

interface Reply<T> {
  readonly value: T | null;
  readonly error: ErrorReport | null;
}

/**
 * Does one piece of work in a thread of its own, so that whoever answers the window or the board is not held up.
 *
 * @param name the worker's entry beside the caller, which calls `answerTask`
 * @param importMetaUrl the caller's `import.meta.url`
 * @throws StudioError what the work throws
 */
export async function doInThread<Task, T>(
  name: string,
  importMetaUrl: string,
  task: Task,
  signal: AbortSignal,
): Promise<T> {
  const worker = startWorker(name, importMetaUrl, { workerData: task });
  try {
    const [{ value, error }] = (await once(worker, 'message', { signal })) as [Reply<T>];
    if (error !== null) throw new StudioError({ ...error, details: { ...error.details } });
    return value as T;
  } finally {
    await worker.terminate();
  }
}

/** The other end of `doInThread`: does the work that this thread was started for, and answers. */
export function answerTask<Task, T>(work: (task: Task) => T): void {
  let reply: Reply<T>;
  try {
    reply = { value: work(workerData as Task), error: null };
  } catch (thrown) {
    reply = { value: null, error: toErrorReport(thrown) };
  }
  parentPort?.postMessage(reply);
}
