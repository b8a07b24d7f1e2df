/** One round of heats: so many networks are trained alone for so many passes; the most accurate of them go on. */
export interface HeatRound {
  readonly entrants: number;
  /** Passes over the training split that each gets, from fresh weights. */
  readonly passes: number;
}

const ENTRANTS = 12;
const KEPT = 4;
/** Those that go on are trained so many times as long. */
const GROWTH = 2.5;
/** After less than this nothing can be told of a network; after more than that nothing is learnt that was not known. */
const LEAST_PASSES = 0.15;
const MOST_PASSES = 2;

/**
 * Divides passes over the training split among networks that compete (successive halving: Jamieson and Talwalkar, arXiv
 * 1502.07943). All of one round get as many passes, not as much time: a short time alone would always favour the small.
 *
 * @param passes that all trainings together may take
 * @returns no rounds where that is too little to tell one from the other
 */
export function planHeats(passes: number): readonly HeatRound[] {
  const first = Math.min(MOST_PASSES, passes / (ENTRANTS + GROWTH * KEPT));
  if (first < LEAST_PASSES) return [];
  return [
    { entrants: ENTRANTS, passes: first },
    { entrants: KEPT, passes: GROWTH * first },
  ];
}
