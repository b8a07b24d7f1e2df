import { bestOf, type HeatRound, type Individual } from '../../core/nas/index.ts';

/** What a network's training in a round came to. */
export interface HeatResult {
  readonly round: number;
  readonly key: string;
  /** 0 … 1, on the whole validation split. */
  readonly accuracy: number;
}

export interface HeatsOptions {
  readonly entrants: readonly Individual[];
  readonly rounds: readonly HeatRound[];
  /** What is known from a sitting before. */
  readonly known: readonly HeatResult[];
  /** Whether so many trainings are all that there is time for: then the best so far has won. Not asked before the first. */
  readonly isOver: (trainings: number) => boolean;
  /** Trains a network alone, from fresh weights, and judges it on the whole validation split. */
  readonly train: (individual: Individual, passes: number, heat: { done: number; of: number }) => Promise<number>;
  /** Called after each training with all that is known. */
  readonly keep: (results: readonly HeatResult[]) => void;
}

export interface HeatsOutcome {
  /** Those of the last round that was begun, the best first, with their accuracies. */
  readonly finalists: Individual[];
  readonly trainings: number;
}

/** Lets networks compete, round after round. */
export async function runHeats(options: HeatsOptions): Promise<HeatsOutcome> {
  const { entrants, rounds, known, isOver, train, keep } = options;
  const results = [...known];
  const of = rounds.reduce((sum, round) => sum + Math.min(round.entrants, entrants.length), 0);
  let trainings = 0;
  let standing = [...entrants];
  for (const [round, { entrants: places, passes }] of rounds.entries()) {
    const compete = standing.slice(0, places);
    const judged: Individual[] = [];
    for (const individual of compete) {
      const { key } = individual;
      let result = results.find((each) => each.round === round && each.key === key);
      if (result === undefined) {
        if (trainings > 0 && isOver(trainings)) break;
        result = { round, key, accuracy: await train(individual, passes, { done: trainings, of }) };
        results.push(result);
        keep(results);
      }
      judged.push({ ...individual, accuracy: result.accuracy, passesAlone: passes });
      trainings++;
    }
    // Where the time is over before the first of a round, those of the round before are the last.
    if (judged.length === 0) break;
    standing = bestOf(judged, judged.length);
    if (judged.length < compete.length) break;
  }
  return { finalists: standing, trainings };
}

/** Who leads while the heats go on: those of the last round that has begun, with what they came to in it. */
export function leadersOf(
  judged: readonly Individual[],
  rounds: readonly HeatRound[],
  results: readonly HeatResult[],
): Individual[] {
  const last = Math.max(...results.map(({ round }) => round));
  return results
    .filter(({ round }) => round === last)
    .flatMap(({ key, accuracy }) => {
      const individual = judged.find((each) => each.key === key);
      return individual === undefined ? [] : [{ ...individual, accuracy, passesAlone: rounds[last].passes }];
    });
}

/** Part of the places that inherited weights decide about; hardly trained ones rank networks little better than chance. */
const INHERITED_SHARE = 0.25;

/** Those that compete: a few that inherited weights think the best of, and the first that were drawn at random. */
export function entrantsOf(judged: readonly Individual[], places: number): Individual[] {
  return [...new Set([...bestOf(judged, Math.round(INHERITED_SHARE * places)), ...judged])].slice(0, places);
}
