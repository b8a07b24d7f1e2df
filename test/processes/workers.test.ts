import { once } from 'node:events';
import { expect, it } from 'vitest';
import { startWorker } from '../../main/processes/index.ts';

it('starts a TypeScript worker that imports TypeScript', async () => {
  const worker = startWorker('echo.worker', import.meta.url, { workerData: 'echo' });
  const [message] = (await once(worker, 'message')) as [unknown];
  expect(message).toEqual({ stage: 'sending', done: 1, total: 1, remainingMs: 0, note: 'echo' });
  await worker.terminate();
});
