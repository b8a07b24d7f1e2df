import type { Int8Rounding, Network } from '../../core/training/index.ts';
import { doInThread } from '../threads/index.ts';

export interface QuantizeTask {
  readonly network: Network;
  /** count × height × width × channels bytes. */
  readonly calibration: Uint8Array;
}

export interface Quantized {
  /** A .tflite file. */
  readonly file: Uint8Array;
  /** How it rounds activations. */
  readonly rounding: Int8Rounding;
}

/** A network in int8. @throws StudioError of `quantizeNetwork` */
export const quantize = (task: QuantizeTask, signal: AbortSignal): Promise<Quantized> =>
  doInThread('quantize.worker', import.meta.url, task, signal);
