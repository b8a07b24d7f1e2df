/** How a search's minutes are divided. Building and measuring on the board come on top. */
export interface SearchBudget {
  readonly space: number;
  readonly largest: number;
  readonly supernet: number;
  readonly evolve: number;
  /** The training of the network that was found. */
  readonly train: number;
}

/** Most of the time belongs to the network that was found: it is worth what its own training makes of it. */
const SHARES: SearchBudget = { space: 0.02, largest: 0.06, supernet: 0.12, evolve: 0.05, train: 0.75 };
/** Sampling spaces is of no more use after this. */
const MOST_SPACE_MINUTES = 1;

export function divideMinutes(minutes: number): SearchBudget {
  const space = Math.min(SHARES.space * minutes, MOST_SPACE_MINUTES);
  const factor = (minutes - space) / (1 - SHARES.space);
  return {
    space,
    largest: SHARES.largest * factor,
    supernet: SHARES.supernet * factor,
    evolve: SHARES.evolve * factor,
    train: SHARES.train * factor,
  };
}

/** What is left for the last training: its share, less what the steps before it took beyond theirs, or more. */
export function remainingMinutes(budget: SearchBudget, taken: readonly { readonly seconds: number }[]): number {
  const total = Object.values(budget).reduce((sum: number, minutes: number) => sum + minutes, 0);
  const left = total - taken.reduce((sum, { seconds }) => sum + seconds / 60, 0);
  return Math.max(left, LEAST_TRAINING * budget.train);
}
/** However long the search took, what it found is trained for this part of its share. */
const LEAST_TRAINING = 0.25;
