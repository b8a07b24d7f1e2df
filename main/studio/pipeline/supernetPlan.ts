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
 * With time enough, as published, and the sandwich rule with distillation on top: the largest network first, then all of
 * them from its weights, the smaller ones learning from its answers. It costs several times what a network costs that
 * fits the board. Where the time is too short for it, only networks that can fit are trained, two in a step, from fresh
 * weights: those are the ones among which the search has to choose.
 *
 * @param mostMacs the largest multiply-accumulates among the networks that fit
 */
export function planSupernet(
  space: SearchSpace,
  trainingSamples: number,
  workers: number,
  budget: SupernetBudget,
  mostMacs: number,
): SupernetPlan {
  const { macs } = architectureCost(toArchitecture(space, largestGenotype(space)));
  const passes = (60 * budget.largest * workers * TRAINED_MACS_PER_SECOND) / (macs * trainingSamples);
  if (passes >= LEAST_PASSES) {
    const rule = { random: 1, sandwich: true, distillation: true };
    return { largestMinutes: budget.largest, minutes: budget.supernet, rule, learningRate: 0.04 };
  }
  const rule = { random: 2, sandwich: false, distillation: false, mostMacs };
  return { largestMinutes: null, minutes: budget.largest + budget.supernet, rule, learningRate: 0.1 };
}
