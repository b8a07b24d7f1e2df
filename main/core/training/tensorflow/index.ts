import type { Architecture } from '../../architecture/index.ts';
import type { TrainableNetwork, TrainingBackend } from '../backend.ts';
import { TensorflowNetwork, type TensorFlowModule } from './tensorflowNetwork.ts';

export type { TensorFlowModule } from './tensorflowNetwork.ts';

/** The backend on TensorFlow.js: native TensorFlow where `@tensorflow/tfjs-node` was loaded, or any other of its own. */
export function createTensorflowBackend(tf: TensorFlowModule): TrainingBackend {
  return {
    name: 'tensorflow',
    compile(architecture: Architecture, batch: number, reuse?: TrainableNetwork): TrainableNetwork {
      if (reuse instanceof TensorflowNetwork) reuse.dispose();
      return new TensorflowNetwork(tf, architecture, batch);
    },
  };
}
