import type { LongCall } from '../../contract/index.ts';
import type { Architecture } from '../../core/architecture/index.ts';
import type {
  Int8Rounding,
  Network,
  PacePlan,
  Recipe,
  TrainingData,
  TrainingHistory,
  TrainingLength,
} from '../../core/training/index.ts';
import type { BudgetClock } from '../../processes/index.ts';
import type { BackendName } from './backends.ts';

/**
 * A network that knows the task. It is asked about each batch until the one that learns does as well on validation
 * samples: after that it could only hold it back.
 */
export interface Teacher {
  readonly architecture: Architecture;
  readonly weights: Float32Array;
  /** 0 … 1, on validation samples. */
  readonly accuracy: number;
  /** Its part in what is learnt from, 0 … 1; the labels have the rest. */
  readonly weight: number;
}

export interface TrainingOptions extends LongCall {
  readonly architecture: Architecture;
  readonly data: TrainingData;
  readonly length: TrainingLength;
  /** Follows the pace of an earlier training with the same minutes instead of the clock. */
  readonly pace?: PacePlan;
  /** What the minutes of `length` are counted in; the wall's where absent. */
  readonly clock?: BudgetClock;
  /** The same seed, data, recipe, workers and length give the same network; in minutes, with the same `pace`. */
  readonly seed: number;
  /** Threads that share each batch; as many as the machine has cores where absent. */
  readonly workers?: number;
  /** `wasm` where absent. Native TensorFlow keeps all cores busy by itself: one worker is enough. */
  readonly backend?: BackendName;
  /** What differs from `defaultRecipe(data.kind)`. */
  readonly recipe?: Partial<Recipe>;
  /** Weights to begin with, laid out as the architecture's; fresh ones where absent. */
  readonly initial?: Float32Array;
  /** How the int8 model rounds, for a network that is to learn to live with it; of the `wasm` backend alone. */
  readonly rounding?: Int8Rounding;
  /** A network to learn from beside the labels. */
  readonly teacher?: Teacher;
  /**
   * A folder of its own. A checkpoint is kept there and training goes on from one that is found: of the same
   * architecture, seed and recipe, otherwise `training.checkpoint-mismatch`.
   */
  readonly checkpointDir?: string;
  /** Called after every epoch, with the network as it is by then. */
  readonly onEpoch?: (history: TrainingHistory, network: Network) => void;
}

export interface TrainingResult {
  /** What the clock decided, where the length was in minutes: a training that follows it ends the same. */
  readonly pace: PacePlan;
  readonly network: Network;
  readonly history: TrainingHistory;
}

export interface EvaluationOptions extends LongCall {
  readonly workers?: number;
}
