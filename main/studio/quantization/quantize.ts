import { once } from 'node:events';
import { StudioError, type ErrorReport } from '../../contract/index.ts';
import type { Network } from '../../core/training/index.ts';
import { startWorker } from '../../processes/index.ts';

export interface QuantizeTask {
  readonly network: Network;
  /** count × height × width × channels bytes. */
  readonly calibration: Uint8Array;
}

export interface QuantizeAnswer {
  readonly bytes: Uint8Array | null;
  readonly error: ErrorReport | null;
}

/** A network as an int8 .tflite file, made in a thread of its own. @throws StudioError of `quantizeNetwork` */
export async function quantize(task: QuantizeTask, signal: AbortSignal): Promise<Uint8Array> {
  const worker = startWorker('quantize.worker', import.meta.url, { workerData: task });
  try {
    const [{ bytes, error }] = (await once(worker, 'message', { signal })) as [QuantizeAnswer];
    if (bytes !== null) return bytes;
    if (error === null) throw new Error('the quantizer gave neither a model nor an error');
    throw new StudioError({ ...error, details: { ...error.details } });
  } finally {
    await worker.terminate();
  }
}
