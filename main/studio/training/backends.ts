import util from 'node:util';
import { StudioError } from '../../contract/index.ts';
import {
  createTensorflowBackend,
  createWasmBackend,
  type TensorFlowModule,
  type TrainingBackend,
} from '../../core/training/index.ts';
import { allowRelaxedSimd } from './relaxedSimd.ts';

export type BackendName = TrainingBackend['name'];

/** Optional: it downloads its library when it is installed, so it may be missing. Named apart from bundlers' sight. */
const TENSORFLOW_PACKAGE = '@tensorflow/tfjs-node';

/**
 * @throws StudioError `training.backend-missing` where native TensorFlow was asked for and does not load
 */
export async function loadBackend(name: BackendName): Promise<TrainingBackend> {
  if (name === 'wasm') {
    allowRelaxedSimd();
    return createWasmBackend();
  }
  // tfjs-node 4.22 calls a function that Node 23 took away.
  const utilities = util as { isNullOrUndefined?: (value: unknown) => boolean };
  utilities.isNullOrUndefined ??= (value) => value === null || value === undefined;
  try {
    const loaded = (await import(TENSORFLOW_PACKAGE)) as { default?: TensorFlowModule } & TensorFlowModule;
    return createTensorflowBackend(loaded.default ?? loaded);
  } catch (cause) {
    throw new StudioError({
      code: 'training.backend-missing',
      message: 'Native TensorFlow does not load: @tensorflow/tfjs-node is not installed, or lacks its library.',
      remedy: 'Train with the built-in backend, or install it with network access: npm install @tensorflow/tfjs-node.',
      details: { reason: cause instanceof Error ? cause.message : String(cause) },
      cause,
    });
  }
}
