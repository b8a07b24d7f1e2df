import { architectureCost, type Architecture } from '../../core/architecture/index.ts';

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

/** Where one supernet serves several boards it deserves more, as each of their networks is trained for less. */
const SHARES_OF_MANY: SearchBudget = { space: 0.03, largest: 0.1, supernet: 0.25, evolve: 0.12, train: 0.5 };

/** @param boards among which evolution and last training are divided again, by `shareOf` */
export function divideMinutes(minutes: number, boards = 1): SearchBudget {
  const shares = boards === 1 ? SHARES : SHARES_OF_MANY;
  const space = Math.min(shares.space * minutes, MOST_SPACE_MINUTES * boards);
  const factor = (minutes - space) / (1 - shares.space);
  return {
    space,
    largest: shares.largest * factor,
    supernet: shares.supernet * factor,
    evolve: shares.evolve * factor,
    train: shares.train * factor,
  };
}

/** One board's part of everything. */
export function shareOf(budget: SearchBudget, boards: number): SearchBudget {
  const part = (minutes: number): number => minutes / boards;
  const { space, largest, supernet, evolve, train } = budget;
  return {
    space: part(space),
    largest: part(largest),
    supernet: part(supernet),
    evolve: part(evolve),
    train: part(train),
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

/** What each value of a sample costs in training besides, in multiply-accumulates (reading, varying, loss, sums). */
const MACS_PER_VALUE = 300;

/** What a pass over the training split costs, in multiply-accumulates per sample. An estimate, only for dividing time. */
export function passCost(architecture: Architecture): number {
  const { height, width, channels } = architecture.input;
  return architectureCost(architecture).macs + MACS_PER_VALUE * height * width * channels;
}

/** Divides minutes in proportion to costs. */
export function divideByCost(minutes: number, costs: readonly number[]): number[] {
  const all = costs.reduce((total, cost) => total + cost, 0);
  return costs.map((cost) => minutes * (cost / all));
}
