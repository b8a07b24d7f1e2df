import type { Genotype, Limits, Proxy, SamplingRule, SearchSpace, SpaceDistribution } from '../../core/nas/index.ts';
import type { LabelledSamples, PacePlan, Recipe } from '../../core/training/index.ts';
import type { BudgetClock } from '../../processes/index.ts';
import type { CostModel } from './costs.ts';

/** The whole state of a supernet's training between two steps. */
export interface SupernetState {
  readonly weights: Float32Array;
  readonly velocities: Float32Array;
  /** Number of the next step. */
  readonly step: number;
  /** Fraction of the training that is done. */
  readonly progress: number;
  /** Time that was spent, over all sittings. */
  readonly seconds: number;
  /** How the clock was turned into progress so far; empty where the length is in steps. */
  readonly pace: PacePlan;
}

/** How long a supernet is trained: steps are the same on every machine, minutes are not. */
export type SupernetLength = { readonly steps: number } | { readonly minutes: number };

/** What each worker of a supernet's training is given. All memory in it is shared. */
export interface SupernetTask {
  readonly kind: 'supernet';
  readonly index: number;
  readonly workers: number;
  readonly space: SearchSpace;
  readonly recipe: Recipe;
  readonly rule: SamplingRule;
  readonly seed: number;
  readonly length: SupernetLength;
  /** A plan to follow instead of the clock. */
  readonly pace: PacePlan | null;
  /** What the minutes of `length` are counted in, and when the training was asked for on that clock. */
  readonly clock: BudgetClock;
  readonly calledAt: number;
  readonly train: LabelledSamples;
  readonly state: SupernetState;
  readonly meeting: SharedArrayBuffer;
  readonly exchange: SharedArrayBuffer;
  /** Set to 1 by the owner when the training is to be left. */
  readonly stop: SharedArrayBuffer;
}

/** What a worker that judges candidates is given. */
export interface JudgeTask {
  readonly kind: 'judge';
  readonly space: SearchSpace;
  readonly weights: Float32Array;
  readonly calibration: Uint8Array;
  readonly validation: LabelledSamples;
  readonly batch: number;
  /** Where the weights of networks that are scored without training come from. */
  readonly seed: number;
}

/** What a worker that samples search spaces is given. */
export interface SpacesTask {
  readonly kind: 'spaces';
  readonly spaces: readonly SearchSpace[];
  readonly model: CostModel;
  readonly limits: Limits;
  readonly mostMacs: number;
  readonly samples: number;
  /** How many exactly of each space; null where the time decides. */
  readonly sampled: readonly number[] | null;
  readonly secondsEach: number;
  /** What `secondsEach` are counted in. */
  readonly clock: BudgetClock;
  readonly seed: number;
  /** The number of the next space that nobody has taken. */
  readonly next: ArrayBufferLike;
}
export interface SpaceAnswer {
  readonly kind: 'measured';
  readonly index: number;
  readonly distribution: SpaceDistribution;
}

export type SearchTask = SupernetTask | JudgeTask | SpacesTask;

/** What the leading worker of a supernet's training tells its owner. */
export type SupernetMessage =
  | {
      readonly kind: 'progress';
      readonly progress: number;
      readonly step: number;
      /** Mean loss of the first subnet of the recent steps, and the share that it answered right. */
      readonly loss: number;
      readonly accuracy: number;
      readonly remainingMs: number | null;
    }
  | { readonly kind: 'checkpoint' | 'stopped' | 'finished'; readonly state: SupernetState };

/** A candidate that a judging worker is asked about, and its answer. */
export interface JudgeRequest {
  readonly genotype: Genotype;
  /** Validation samples to judge it on, from the first on; or what to score it by without any training. */
  readonly by: { readonly samples: number } | { readonly proxy: Proxy };
}
export interface JudgeAnswer {
  readonly kind: 'judged';
  /** The share that was answered right, or the proxy's score. */
  readonly value: number;
}
