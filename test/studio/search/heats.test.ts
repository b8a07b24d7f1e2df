import { describe, expect, it } from 'vitest';
import {
  genotypeKey,
  passesOf,
  planHeats,
  sampleGenotype,
  spaceFor,
  type HeatRound,
  type Individual,
} from '../../../main/core/nas/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import { entrantsOf, runHeats, type HeatResult } from '../../../main/studio/pipeline/heats.ts';

const space = spaceFor({ height: 32, width: 32, channels: 3 }, 0.8, 10);
const random = createRandom(4);
const individuals = Array.from({ length: 20 }, (_, i): Individual => {
  const genotype = sampleGenotype(space, random);
  const cost = { sramBytes: 1, flashBytes: 1, latencyMs: i, energyMicrojoules: null };
  return { genotype, key: genotypeKey(genotype), cost, accuracy: (i % 7) / 10 };
});
const rounds: readonly HeatRound[] = [
  { entrants: 6, bred: 0, passes: 0.5 },
  { entrants: 6, bred: 2, passes: 0.5 },
  { entrants: 2, bred: 0, passes: 1.5 },
];
const TRAININGS = 6 + 2 + 2;
/** What each is worth, whatever inherited weights said. */
const worth = new Map(individuals.map(({ key }, i) => [key, ((i * 5) % 20) / 20]));

/** The next that nobody has seen, after those that compete; what the best are does not matter here. */
const breed = (standing: readonly Individual[], count: number): readonly Individual[] =>
  individuals.slice(standing.length, standing.length + count);
const options = { entrants: individuals.slice(0, 6), rounds, lanes: 1, known: [], breed, keep: () => undefined };

describe('heats', () => {
  it('get as many passes together as there are, and all of a round as many', () => {
    for (const [passes, generations] of [
      [11, 3],
      [5, 0],
    ]) {
      const planned = planHeats(passes);
      expect(planned.reduce((sum, _, round) => sum + passesOf(planned, round), 0)).toBeCloseTo(passes);
      expect(planned.filter(({ bred }) => bred > 0)).toHaveLength(generations);
      const [first, last] = [planned[0], planned[planned.length - 1]];
      expect(first.entrants).toBeGreaterThan(last.entrants);
      expect(first.passes).toBeLessThan(last.passes);
    }
  });

  it('are not run where nothing could be told after them, and no longer than they are of use', () => {
    expect(planHeats(1)).toEqual([]);
    expect(planHeats(1e4)).toEqual(planHeats(1e6));
  });

  it('take a few that inherited weights think the best of, and the first that were drawn', () => {
    const entrants = entrantsOf(individuals, 8);
    expect(entrants).toHaveLength(8);
    expect(new Set(entrants).size).toBe(8);
    expect(entrants[0].accuracy).toBe(0.6);
    expect(entrants).toContain(individuals[0]);
    expect(entrantsOf(individuals.slice(0, 3), 8)).toHaveLength(3);
  });

  it('are won by what does best alone, drawn or bred, and say how long each was trained', async () => {
    const trained: { key: string; passes: number }[] = [];
    const shares: number[] = [];
    const told: number[] = [];
    const { finalists, judged } = await runHeats({
      ...options,
      train: async ({ key }, passes, _, onProgress) => {
        onProgress(0.5);
        trained.push({ key, passes });
        return worth.get(key) ?? 0;
      },
      onProgress: ({ share }) => shares.push(share),
      onJudged: (soFar) => told.push(soFar.length),
    });
    const best = [...individuals.slice(0, 8)].sort((a, b) => (worth.get(b.key) ?? 0) - (worth.get(a.key) ?? 0));
    expect(finalists.map(({ key }) => key)).toEqual(best.slice(0, 2).map(({ key }) => key));
    expect(finalists.map(({ passesAlone }) => passesAlone)).toEqual([1.5, 1.5]);
    // What was trained for as long already is not trained again.
    expect(trained.map(({ passes }) => passes)).toEqual([...Array.from({ length: 8 }, () => 0.5), 1.5, 1.5]);
    expect(new Set(judged.map(({ key }) => key))).toEqual(new Set(individuals.slice(0, 8).map(({ key }) => key)));
    expect(judged.filter(({ passesAlone }) => passesAlone === 0.5)).toHaveLength(6);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBeCloseTo(1);
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 8, 8]);
  });

  it('breed from what did best so far', async () => {
    const asked: string[][] = [];
    await runHeats({
      ...options,
      breed: (standing, count, round) => {
        asked.push([String(count), String(round), ...standing.map(({ key }) => key)]);
        return [];
      },
      train: async ({ key }) => worth.get(key) ?? 0,
    });
    const byWorth = individuals
      .slice(0, 6)
      .sort((a, b) => (worth.get(b.key) ?? 0) - (worth.get(a.key) ?? 0))
      .map(({ key }) => key);
    expect(asked).toEqual([['2', '1', ...byWorth]]);
  });

  it('train several at the same time, with the same outcome', async () => {
    let [at, most] = [0, 0];
    const train = async ({ key }: Individual, passes: number): Promise<number> => {
      most = Math.max(most, ++at);
      await new Promise((resolve) => setTimeout(resolve, 1 + (((worth.get(key) ?? 0) * 100) % 7)));
      at--;
      return (worth.get(key) ?? 0) * passes;
    };
    const [one, three] = [await runHeats({ ...options, train }), await runHeats({ ...options, lanes: 3, train })];
    expect(three).toEqual(one);
    expect(most).toBe(3);
  });

  it('stop the others when one training fails, and say what failed', async () => {
    const stopped: boolean[] = [];
    const heats = runHeats({
      ...options,
      lanes: 3,
      train: async ({ key }, _, signal) => {
        if (key === individuals[1].key) throw new Error('out of memory');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        stopped.push(signal.aborted);
        throw new Error('stopped');
      },
    });
    await expect(heats).rejects.toThrow('out of memory');
    expect(stopped).toEqual([true, true]);
  });

  it('that were interrupted go on where they were, and end as if they had not been', async () => {
    const whole = await runHeats({ ...options, train: async ({ key }, passes) => (worth.get(key) ?? 0) * passes });
    for (let least = 0; least < TRAININGS; least++) {
      let kept: readonly HeatResult[] = [];
      let trainings = 0;
      const sitting = (most: number): ReturnType<typeof runHeats> =>
        runHeats({
          ...options,
          known: kept,
          train: async ({ key }, passes) => {
            if (trainings >= most) throw new Error('stopped');
            trainings++;
            return (worth.get(key) ?? 0) * passes;
          },
          keep: (results) => (kept = [...results]),
        });
      await expect(sitting(least)).rejects.toThrow('stopped');
      expect(await sitting(Infinity)).toEqual(whole);
      expect(trainings).toBe(TRAININGS);
    }
  });
});
