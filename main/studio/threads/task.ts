import { on } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import {
  StudioError,
  toErrorReport,
  type ErrorReport,
  type Progress,
  type ReportProgress,
} from '../../contract/index.ts';
import { startWorker } from '../../processes/index.ts';

type Message<T> =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'reply'; readonly value: T | null; readonly error: ErrorReport | null };

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
  onProgress?: ReportProgress,
): Promise<T> {
  const worker = startWorker(name, importMetaUrl, { workerData: task });
  try {
    for await (const [message] of on(worker, 'message', { signal }) as AsyncIterable<[Message<T>]>) {
      if (message.type === 'reply') return answerOf(message);
      onProgress?.(message.progress);
    }
    throw new Error(`the thread ${name} ended without an answer`);
  } finally {
    await worker.terminate();
  }
}

function answerOf<T>({ value, error }: Message<T> & { type: 'reply' }): T {
  if (error !== null) throw new StudioError({ ...error, details: { ...error.details } });
  return value as T;
}

/** The other end of `doInThread`: does the work that this thread was started for, and answers. */
export function answerTask<Task, T>(work: (task: Task, onProgress: ReportProgress) => T | Promise<T>): void {
  const send = (message: Message<T>): void => parentPort?.postMessage(message);
  const answer = async (): Promise<void> => {
    try {
      const value = await work(workerData as Task, (progress) => send({ type: 'progress', progress }));
      send({ type: 'reply', value, error: null });
    } catch (thrown) {
      send({ type: 'reply', value: null, error: toErrorReport(thrown) });
    }
  };
  void answer();
}
