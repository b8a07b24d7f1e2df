import { architectureCost } from '../../core/architecture/index.ts';
import { largestGenotype, toArchitecture, type SamplingRule, type SearchSpace } from '../../core/nas/index.ts';

/** How a supernet is trained in the time that there is. */
export interface SupernetPlan {
  /** For the largest network alone, before the others; null where it is not worth beginning. */
  readonly largestMinutes: number | null;
  /** For all networks together. */
  readonly minutes: number;
  readonly rule: SamplingRule;
  /** The highest learning rate of the second part. */
  readonly learningRate: number;
}

export interface SupernetBudget {
  readonly largest: number;
  readonly supernet: number;
}

/** Passes over the training split below which the largest network has nothing to teach. */
const LEAST_PASSES = 8;
/** Multiply-accumulates (forward) that a worker trains in a second on one core of a laptop; only for dividing the time. */
const TRAINED_MACS_PER_SECOND = 5e9;

/**
 * Of the multiply-accumulates that fit, at least this part is made use of where the time is short. Networks are then
 * worth about what they can compute, and small ones look better with hardly trained weights than they will be (CIFAR-10
 * in three minutes: one of 0.74 MMACs was found where 1.2 were allowed); to learn them would take time from the others.
 */
export const LEAST_OF_MOST = 0.85;
/** The same for the networks that are trained together: a little less, so that all choices are seen. */
const LEAST_TRAINED = 0.75;
/** The part of the supernet's time that a short search spends on it; the found network's own training gets the rest. */
const SHORT_SHARE = 0.55;

/**
 * With time enough, as published, and the sandwich rule with distillation on top: the largest network first, then all of
 * them from its weights, the smaller ones learning from its answers. It costs several times what a network costs that
 * fits the board. Where the time is too short for it, only networks that can fit and make use of what fits are trained,
 * one in a step, from fresh weights: those are the ones among which the search has to choose, and with whose weights the
 * last training begins.
 *
 * @param fitting the largest multiply-accumulates among the networks that fit, Infinity where that is not known; and
 *   how many boards there are: a small one's networks are far below the largest that fit
 */
export function planSupernet(
  space: SearchSpace,
  trainingSamples: number,
  workers: number,
  budget: SupernetBudget,
  { mostMacs, boards }: { readonly mostMacs: number; readonly boards: number },
): SupernetPlan {
  const { macs } = architectureCost(toArchitecture(space, largestGenotype(space)));
  const passes = (60 * budget.largest * workers * TRAINED_MACS_PER_SECOND) / (macs * trainingSamples);
  if (passes >= LEAST_PASSES) {
    const rule = { random: 1, sandwich: true, distillation: true };
    return { largestMinutes: budget.largest, minutes: budget.supernet, rule, learningRate: 0.04 };
  }
  const leastMacs = boards === 1 && Number.isFinite(mostMacs) ? LEAST_TRAINED * mostMacs : 0;
  const rule = { random: 1, sandwich: false, distillation: false, leastMacs, mostMacs };
  return {
    largestMinutes: null,
    minutes: SHORT_SHARE * (budget.largest + budget.supernet),
    rule,
    learningRate: 0.1,
  };
}
