/** One round of heats: networks are trained alone for so many passes; the most accurate of them go on. */
export interface HeatRound {
  /** So many of the best so far compete in it; those that have had as many passes already are not trained again. */
  readonly entrants: number;
  /** And so many crossovers and mutations of the best so far. */
  readonly bred: number;
  /** Passes over the training split that each gets, from fresh weights. */
  readonly passes: number;
}

const ENTRANTS = 12;
/** Generations that follow them, of so many each: what is better than the best that were drawn. */
const GENERATIONS = 3;
const BRED = 6;
/** Those that the last round decides between are trained for so many times as long. */
const KEPT = 4;
const GROWTH = 3;
/** After less than this nothing can be told of a network; after more than that nothing is learnt that was not known. */
const LEAST_PASSES = 0.15;
const MOST_PASSES = 2;

/**
 * Divides passes over the training split among networks that compete: evolution by short trainings alone, then successive
 * halving (Jamieson and Talwalkar, arXiv 1502.07943). All of one round get as many passes, not as much time: a short time
 * alone would always favour the small. Where the passes are too few for generations there is halving alone.
 *
 * @param passes that all trainings together may take
 * @returns no rounds where that is too little to tell one from the other
 */
export function planHeats(passes: number): readonly HeatRound[] {
  const firstOf = (trainings: number): number => Math.min(MOST_PASSES, passes / (trainings + GROWTH * KEPT));
  const evolved = firstOf(ENTRANTS + GENERATIONS * BRED);
  const generations = evolved < LEAST_PASSES ? 0 : GENERATIONS;
  const first = generations === 0 ? firstOf(ENTRANTS) : evolved;
  if (first < LEAST_PASSES) return [];
  return [
    { entrants: ENTRANTS, bred: 0, passes: first },
    ...Array.from({ length: generations }, (_, i) => ({ entrants: ENTRANTS + i * BRED, bred: BRED, passes: first })),
    { entrants: KEPT, bred: 0, passes: GROWTH * first },
  ];
}

/** The passes of all trainings that a round brings with it, where the rounds before it are done. */
export function passesOf(rounds: readonly HeatRound[], round: number): number {
  const { entrants, bred, passes } = rounds[round];
  const isLonger = passes !== rounds[round - 1]?.passes;
  return passes * ((isLonger ? entrants : 0) + bred);
}
