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
  /** For short trainings of some networks alone, which then decide; 0 where inherited weights do. */
  readonly heatMinutes: number;
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
 * Of the capacity that fits (`capacityOf`), at least this part is made use of where the time is short: with hardly
 * trained weights small networks look better than they will be (CIFAR-10 in three minutes: one of 0.74 MMACs was found
 * where 1.2 were allowed). No more than this, for the largest that fits is not the best in a short time: after eight
 * minutes of one core each, one with 0.56 of the largest capacity had 82.2 % (17 passes), one with all of it 80.0 % (12).
 */
export const LEAST_OF_MOST = 0.5;
/**
 * The same for each of several boards. There inherited weights alone decide, which favour small networks: the plain number of
 * multiply-accumulates orders networks of different size better (docs/ranking.md). And all of them are trained for as many
 * passes, so that what is large has its time.
 */
export const LEAST_OF_MOST_ON_EACH = 0.75;
/** The same for the networks that are trained together: a little less, so that all choices are seen. */
const LEAST_TRAINED = 0.45;
/** The part of the supernet's time that a short search spends on it, where it decides alone. */
const SHORT_SHARE = 0.55;
/** The same where some networks are trained alone afterwards, and what those get. */
const BEFORE_HEATS_SHARE = 0.2;
const HEATS_SHARE = 1;
/** In less time than this the threads of that many trainings would hardly have begun. */
const LEAST_HEAT_MINUTES = 0.5;

/** Passes over the training split in some minutes, by the speed that is expected: the same on every machine. */
export function passesIn(minutes: number, workers: number, macs: number, trainingSamples: number): number {
  return (60 * minutes * workers * TRAINED_MACS_PER_SECOND) / (macs * trainingSamples);
}

/**
 * With time enough, as published, and the sandwich rule with distillation on top: the largest network first, then all of
 * them from its weights, the smaller ones learning from its answers. It costs several times what a network costs that
 * fits the board. Where the time is too short for it, only networks that can fit and make use of what fits are trained,
 * one in a step, from fresh weights: those are the ones among which the search has to choose, and with whose weights the
 * last training begins. A quarter of an hour ranks networks (docs/ranking.md), a minute little better than chance: where
 * there is one board, it only says which networks are to be trained alone for a short time, beside others that are
 * drawn, and that decides.
 *
 * @param fitting the largest multiply-accumulates and the largest capacity among the networks that fit: where nobody
 *   knows, Infinity and 0. The capacity is 0, too, where there are several boards: what fits a small one has far less
 */
export function planSupernet(
  space: SearchSpace,
  trainingSamples: number,
  workers: number,
  budget: SupernetBudget,
  { mostMacs, mostCapacity }: { readonly mostMacs: number; readonly mostCapacity: number },
): SupernetPlan {
  const { macs } = architectureCost(toArchitecture(space, largestGenotype(space)));
  if (passesIn(budget.largest, workers, macs, trainingSamples) >= LEAST_PASSES) {
    const rule = { random: 1, sandwich: true, distillation: true };
    return { largestMinutes: budget.largest, minutes: budget.supernet, rule, learningRate: 0.04, heatMinutes: 0 };
  }
  const bounds = { leastCapacity: LEAST_TRAINED * mostCapacity, mostMacs };
  const rule = { random: 1, sandwich: false, distillation: false, ...bounds };
  const together = budget.largest + budget.supernet;
  const hasHeats = mostCapacity > 0 && HEATS_SHARE * together >= LEAST_HEAT_MINUTES;
  return {
    largestMinutes: null,
    minutes: (hasHeats ? BEFORE_HEATS_SHARE : SHORT_SHARE) * together,
    rule,
    learningRate: 0.1,
    heatMinutes: hasHeats ? HEATS_SHARE * together : 0,
  };
}
