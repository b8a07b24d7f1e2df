/** What training had to show after an epoch. */
export interface EpochRecord {
  /** Passes over the training split by then; a fraction where time ran out. */
  readonly epoch: number;
  /** Mean loss of the training steps since the last record, on augmented samples. */
  readonly trainingLoss: number;
  /** Fraction right in those steps. */
  readonly trainingAccuracy: number;
  /** Of images as small as those that were learnt from at the time; see `Recipe.resizing`. */
  readonly validationLoss: number;
  readonly validationAccuracy: number;
  readonly learningRate: number;
  /** Seconds of training by then, pauses and other processes' turns included. */
  readonly seconds: number;
}

export type TrainingHistory = readonly EpochRecord[];

/** How a network or a model does on some labelled samples. */
export interface Evaluation {
  readonly samples: number;
  readonly correct: number;
  /** Fraction right. */
  readonly accuracy: number;
  /** Mean cross entropy. */
  readonly loss: number;
  /** `confusion[actual][answered]`: counts. */
  readonly confusion: readonly (readonly number[])[];
}
