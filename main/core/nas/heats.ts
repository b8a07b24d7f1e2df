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
/**
 * After fewer steps nothing can be told of a network (clothing photos: a choice after 40 steps was worth no more than chance,
 * and took a quarter of the time); after more passes than that nothing is learnt that was not known.
 */
const LEAST_STEPS = 100;
const MOST_PASSES = 2;

/**
 * Divides passes over the training split among networks that compete (successive halving: Jamieson and Talwalkar, arXiv
 * 1502.07943). All of one round get as many passes, not as much time: a short time alone would always favour the small.
 *
 * @param passes that all trainings together may take
 * @param stepsPerPass batches of the training split
 * @returns no rounds where that is too little to tell one from the other
 */
export function planHeats(passes: number, stepsPerPass: number): readonly HeatRound[] {
  const most = Math.max(MOST_PASSES, LEAST_STEPS / stepsPerPass);
  const first = Math.min(most, passes / (ENTRANTS + GROWTH * KEPT));
  if (first * stepsPerPass < LEAST_STEPS) return [];
  return [
    { entrants: ENTRANTS, passes: first },
    { entrants: KEPT, passes: GROWTH * first },
  ];
}
