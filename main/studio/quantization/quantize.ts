import type { Network } from '../../core/training/index.ts';
import { doInThread } from '../threads/index.ts';

export interface QuantizeTask {
  readonly network: Network;
  /** count × height × width × channels bytes. */
  readonly calibration: Uint8Array;
}

/** A network as an int8 .tflite file. @throws StudioError of `quantizeNetwork` */
export const quantize = (task: QuantizeTask, signal: AbortSignal): Promise<Uint8Array> =>
  doInThread('quantize.worker', import.meta.url, task, signal);
