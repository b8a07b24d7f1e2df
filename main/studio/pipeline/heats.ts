import { bestOf, passesOf, type HeatRound, type Individual } from '../../core/nas/index.ts';

/** What a network's training in a round came to. */
export interface HeatResult {
  readonly key: string;
  readonly passes: number;
  /** 0 … 1, on the whole validation split. */
  readonly accuracy: number;
}

export interface HeatProgress {
  /** Part of all passes that are done, 0 … 1. */
  readonly share: number;
  readonly passes: number;
}

export interface HeatsOptions {
  readonly entrants: readonly Individual[];
  readonly rounds: readonly HeatRound[];
  /** Trainings that go on at the same time. */
  readonly lanes: number;
  /** What is known from a sitting before. */
  readonly known: readonly HeatResult[];
  /** New networks from the best so far; the same for the same round and standing. */
  readonly breed: (standing: readonly Individual[], count: number, round: number) => readonly Individual[];
  /** Trains a network alone, from fresh weights, and judges it on the whole validation split. */
  readonly train: (
    individual: Individual,
    passes: number,
    signal: AbortSignal,
    onProgress: (done: number) => void,
  ) => Promise<number>;
  /** Called after each training with all that is known. */
  readonly keep: (results: readonly HeatResult[]) => void;
  /** Called after each training with all that have competed so far, for whoever watches. */
  readonly onJudged?: (judged: readonly Individual[]) => void;
  readonly onProgress?: (progress: HeatProgress) => void;
  readonly signal?: AbortSignal;
}

export interface Heats {
  /** Those of the last round, the best first. */
  readonly finalists: readonly Individual[];
  /** All that competed, each as its longest training judged it. */
  readonly judged: readonly Individual[];
}

/** Lets networks compete, round after round. */
export async function runHeats(options: HeatsOptions): Promise<Heats> {
  const { entrants, rounds, lanes, breed, train, keep, onJudged, onProgress, signal } = options;
  const results = [...options.known];
  const judged = new Map<string, Individual>();
  /** The same in the order in which trainings end, which is chance where several go on at the same time. */
  const soFar = new Map<string, Individual>();
  const total = rounds.reduce((sum, _, round) => sum + passesOf(rounds, round), 0);
  let before = 0;
  let standing: readonly Individual[] = entrants;
  for (const [round, { entrants: places, bred, passes }] of rounds.entries()) {
    const field = [...standing.slice(0, places), ...(bred > 0 ? breed(standing, bred, round) : [])];
    const resultOf = (key: string): HeatResult | undefined =>
      results.find((each) => each.passes === passes && each.key === key);
    const done = new Map<string, number>();
    const tell = (key: string, share: number): void => {
      done.set(key, share);
      const now = passes * [...done.values()].reduce((sum, each) => sum + each, 0);
      onProgress?.({ share: Math.min(1, (before + now) / total), passes });
    };
    const missing = field.filter(({ key }) => resultOf(key) === undefined);
    await inLanes(missing, lanes, signal, async (individual, stopped) => {
      const { key } = individual;
      const accuracy = await train(individual, passes, stopped, (share) => tell(key, share));
      results.push({ key, passes, accuracy });
      tell(key, 1);
      keep(results);
      soFar.set(key, { ...individual, accuracy, passesAlone: passes });
      onJudged?.([...soFar.values()]);
    });
    before += passesOf(rounds, round);
    standing = bestOf(
      field.map((individual) => ({
        ...individual,
        accuracy: resultOf(individual.key)?.accuracy ?? 0,
        passesAlone: passes,
      })),
      field.length,
    );
    for (const individual of standing) judged.set(individual.key, individual);
  }
  return { finalists: standing, judged: [...judged.values()] };
}

/** Works through a list, so many at a time. The first failure stops the others, and is thrown when all have ended. */
async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const stopped = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const failures: unknown[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      try {
        await work(items[next++], stopped);
      } catch (error) {
        failures.push(error);
        stop.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, lanes) }, lane));
  if (failures.length > 0) throw failures[0];
}

/** Part of the places that inherited weights decide about; hardly trained ones rank networks little better than chance. */
const INHERITED_SHARE = 0.25;

/** Those that compete: a few that inherited weights think the best of, and the first that were drawn at random. */
export function entrantsOf(judged: readonly Individual[], places: number): Individual[] {
  return [...new Set([...bestOf(judged, Math.round(INHERITED_SHARE * places)), ...judged])].slice(0, places);
}
