import { describe, expect, it } from 'vitest';
import {
  genotypeKey,
  planHeats,
  sampleGenotype,
  spaceFor,
  type HeatRound,
  type Individual,
} from '../../../main/core/nas/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import {
  entrantsOf,
  leadersOf,
  runHeats,
  type HeatResult,
  type HeatsOutcome,
} from '../../../main/studio/pipeline/heats.ts';

const space = spaceFor({ height: 32, width: 32, channels: 3 }, 0.8, 10);
const random = createRandom(4);
const individuals = Array.from({ length: 20 }, (_, i): Individual => {
  const genotype = sampleGenotype(space, random);
  const cost = { sramBytes: 1, flashBytes: 1, latencyMs: i, energyMicrojoules: null };
  return { genotype, key: genotypeKey(genotype), cost, accuracy: (i % 7) / 10 };
});
const rounds: readonly HeatRound[] = [
  { entrants: 6, passes: 0.5 },
  { entrants: 2, passes: 1.5 },
];
/** What each is worth, whatever inherited weights said. */
const worth = new Map(individuals.map(({ key }, i) => [key, ((i * 5) % 20) / 20]));
const never = (): boolean => false;

describe('heats', () => {
  it('get as many passes together as there are, and all of a round as many', () => {
    const planned = planHeats(11, 700);
    expect(planned.reduce((sum, { entrants, passes }) => sum + entrants * passes, 0)).toBeCloseTo(11);
    expect(planned[0].entrants).toBeGreaterThan(planned[1].entrants);
    expect(planned[0].passes).toBeLessThan(planned[1].passes);
  });

  it('are not run where nothing could be told after them, and no longer than they are of use', () => {
    expect(planHeats(1, 700)).toEqual([]);
    // What counts is steps: a pass over few samples says little.
    expect(planHeats(11, 150)).toEqual([]);
    expect(planHeats(100, 150)).not.toEqual([]);
    expect(planHeats(1e4, 10)[0].passes).toBe(10);
    expect(planHeats(1e4, 700)).toEqual(planHeats(1e6, 700));
  });

  it('take a few that inherited weights think the best of, and the first that were drawn', () => {
    const entrants = entrantsOf(individuals, 8);
    expect(entrants).toHaveLength(8);
    expect(new Set(entrants).size).toBe(8);
    expect(entrants[0].accuracy).toBe(0.6);
    expect(entrants).toContain(individuals[0]);
    expect(entrantsOf(individuals.slice(0, 3), 8)).toHaveLength(3);
  });

  it('are led by the best of the last round that has begun', () => {
    const [first, second] = individuals;
    const results: HeatResult[] = [
      { round: 0, key: first.key, accuracy: 0.4 },
      { round: 0, key: second.key, accuracy: 0.5 },
    ];
    const leaders = (known: HeatResult[]): unknown[] =>
      leadersOf(individuals, rounds, known).map(({ key, accuracy, passesAlone }) => [key, accuracy, passesAlone]);
    expect(leaders(results)).toEqual([
      [first.key, 0.4, 0.5],
      [second.key, 0.5, 0.5],
    ]);
    expect(leaders([...results, { round: 1, key: second.key, accuracy: 0.6 }])).toEqual([[second.key, 0.6, 1.5]]);
  });

  it('are won by what does best alone, and say how long it was trained', async () => {
    const trained: { key: string; passes: number }[] = [];
    const { finalists, trainings } = await runHeats({
      entrants: individuals.slice(0, 6),
      rounds,
      known: [],
      isOver: never,
      train: async ({ key }, passes) => {
        trained.push({ key, passes });
        return worth.get(key) ?? 0;
      },
      keep: () => undefined,
    });
    const best = [...individuals.slice(0, 6)].sort((a, b) => (worth.get(b.key) ?? 0) - (worth.get(a.key) ?? 0));
    expect(finalists.map(({ key }) => key)).toEqual(best.slice(0, 2).map(({ key }) => key));
    expect(finalists.map(({ passesAlone }) => passesAlone)).toEqual([1.5, 1.5]);
    expect(trained.map(({ passes }) => passes)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1.5, 1.5]);
    expect(trainings).toBe(8);
  });

  it('end when there is no time for more, with the best of the last round that was begun', async () => {
    const of = ({ key }: Individual): number => worth.get(key) ?? 0;
    for (const most of [0, 1, 3, 6, 7]) {
      const first = individuals.slice(0, Math.max(1, Math.min(6, most)));
      const { finalists, trainings } = await runHeats({
        entrants: individuals.slice(0, 6),
        rounds,
        known: [],
        isOver: (done) => done >= most,
        train: async (individual) => of(individual),
        keep: () => undefined,
      });
      expect(trainings).toBe(Math.max(1, most));
      const best = first.toSorted((a, b) => of(b) - of(a)).map(({ key }) => key);
      expect(finalists.map(({ key }) => key)).toEqual(most === 7 ? best.slice(0, 1) : best);
      expect(finalists[0].passesAlone).toBe(most === 7 ? 1.5 : 0.5);
    }
  });

  it('leave nothing where nothing competes', async () => {
    const train = (): Promise<number> => Promise.reject(new Error('nothing is there to be trained'));
    const outcome = await runHeats({ entrants: [], rounds, known: [], isOver: never, train, keep: () => undefined });
    expect(outcome).toEqual({ finalists: [], trainings: 0 });
  });

  it('that were interrupted go on where they were, and end as if they had not been', async () => {
    const entrants = individuals.slice(0, 6);
    const whole = await runHeats({
      entrants,
      rounds,
      known: [],
      isOver: never,
      train: async ({ key }, passes) => (worth.get(key) ?? 0) * passes,
      keep: () => undefined,
    });
    for (let least = 0; least < 8; least++) {
      let kept: readonly HeatResult[] = [];
      let trainings = 0;
      const sitting = (most: number): Promise<HeatsOutcome> =>
        runHeats({
          entrants,
          rounds,
          known: kept,
          isOver: never,
          train: async ({ key }, passes) => {
            if (trainings >= most) throw new Error('stopped');
            trainings++;
            return (worth.get(key) ?? 0) * passes;
          },
          keep: (results) => (kept = [...results]),
        });
      await expect(sitting(least)).rejects.toThrow('stopped');
      expect(await sitting(Infinity)).toEqual(whole);
      expect(trainings).toBe(8);
    }
  });
});
