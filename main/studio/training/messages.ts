import type { ErrorReport } from '../../contract/index.ts';
import type { Architecture, InputShape } from '../../core/architecture/index.ts';
import type {
  EvaluationCounts,
  Int8Rounding,
  LabelledSamples,
  PacePlan,
  Recipe,
  TrainingLength,
} from '../../core/training/index.ts';
import type { BudgetClock } from '../../processes/index.ts';
import type { BackendName } from './backends.ts';
import type { Teacher } from './types.ts';
import type { TrainingState } from './checkpoint.ts';

/** What each worker of a training is given. All memory in it is shared. */
export interface TrainingTask {
  readonly kind: 'train';
  readonly index: number;
  readonly workers: number;
  readonly backend: BackendName;
  readonly architecture: Architecture;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly length: TrainingLength;
  /** A plan to follow instead of the clock. */
  readonly pace: PacePlan | null;
  readonly train: LabelledSamples;
  readonly validation: LabelledSamples;
  readonly state: TrainingState;
  readonly teacher: Teacher | null;
  /** How the int8 model rounds, where the network is to learn to live with it. */
  readonly rounding: Int8Rounding | null;
  /** What the minutes of `length` are counted in. */
  readonly clock: BudgetClock;
  /** When the training was asked for, on that clock: the time budget runs from then on. */
  readonly calledAt: number;
  readonly meeting: SharedArrayBuffer;
  /** Two step vectors and their outcomes for each worker, used in turn. */
  readonly exchange: SharedArrayBuffer;
  /** Set to 1 by the owner when the training is to be left. */
  readonly stop: SharedArrayBuffer;
}

export interface EvaluationTask {
  readonly kind: 'evaluate';
  readonly architecture: Architecture;
  readonly weights: Float32Array;
  readonly split: LabelledSamples;
  readonly from: number;
  readonly to: number;
}

/** What any worker tells its owner when it cannot go on. */
export interface FailureMessage {
  readonly kind: 'failed';
  readonly report: ErrorReport;
}

/** What the leading worker of a training tells its owner. */
export type TrainingMessage =
  | {
      readonly kind: 'progress';
      readonly progress: number;
      readonly epoch: number;
      /** What images are resized to for the present; null where they are as they are. */
      readonly resized: InputShape | null;
      readonly loss: number;
      readonly samplesPerSecond: number;
      readonly remainingMs: number | null;
    }
  | { readonly kind: 'epoch'; readonly state: TrainingState }
  | { readonly kind: 'checkpoint'; readonly state: TrainingState }
  | { readonly kind: 'stopped'; readonly state: TrainingState }
  | { readonly kind: 'finished'; readonly state: TrainingState };

/** What a worker of an evaluation tells, part after part. */
export interface EvaluationMessage {
  readonly kind: 'evaluated';
  readonly samples: number;
  readonly counts: EvaluationCounts;
}
