import { describe, expect, it } from 'vitest';
import {
  capacityOf,
  largestGenotype,
  smallestGenotype,
  spaceFor,
  toArchitecture,
} from '../../../main/core/nas/index.ts';
import { divideByCost, divideMinutes, passCost, remainingMinutes } from '../../../main/studio/pipeline/searchBudget.ts';
import { planSupernet } from '../../../main/studio/pipeline/supernetPlan.ts';

const space = spaceFor({ height: 32, width: 32, channels: 3 }, 0.8, 10);
const SAMPLES = 45_000;
const WORKERS = 2;
const one = { mostMacs: 6e6, mostCapacity: 1e6 };

describe('how a supernet is trained in the time that there is', () => {
  it('with time enough the largest network comes first and teaches the others', () => {
    const budget = divideMinutes(600);
    const plan = planSupernet(space, SAMPLES, WORKERS, budget, one);
    expect(plan.largestMinutes).toBe(budget.largest);
    expect(plan.minutes).toBe(budget.supernet);
    expect(plan.rule).toMatchObject({ sandwich: true, distillation: true });
    expect(plan.heatMinutes).toBe(0);
  });

  it('in twenty minutes only networks that fit and make use of what fits are trained, and the rest is for the found one', () => {
    const budget = divideMinutes(20);
    const plan = planSupernet(space, SAMPLES, WORKERS, budget, one);
    expect(plan.largestMinutes).toBeNull();
    expect(plan.minutes).toBeLessThan(budget.largest + budget.supernet);
    expect(plan.rule).toMatchObject({ sandwich: false, mostMacs: 6e6 });
    const { leastCapacity = 0 } = plan.rule;
    expect(leastCapacity).toBeGreaterThan(0.3e6);
    expect(leastCapacity).toBeLessThan(1e6);
    expect(capacityOf(toArchitecture(space, largestGenotype(space)))).toBeGreaterThan(1e6);

    expect(plan.heatMinutes).toBeGreaterThan(plan.minutes);
    const parts = [budget.space, plan.minutes, plan.heatMinutes, budget.evolve];
    const taken = parts.map((minutes) => ({ seconds: 60 * minutes }));
    expect(remainingMinutes(budget, taken)).toBeGreaterThan(0.7 * 20);
  });

  it('small networks are trained, too, where nobody knows what every board has room for', () => {
    const budget = divideMinutes(20, 4);
    const { rule, heatMinutes } = planSupernet(space, SAMPLES, WORKERS, budget, { ...one, mostCapacity: 0 });
    expect(heatMinutes).toBe(0);
    expect(rule).toMatchObject({ leastCapacity: 0, mostMacs: 6e6 });
  });
});

describe('how the minutes of training are divided among the networks of several boards', () => {
  const networks = [smallestGenotype(space), largestGenotype(space)].map((each) => toArchitecture(space, each));
  const costs = networks.map(passCost);

  it('gives the larger more, so that all make as many passes', () => {
    const [few, many] = divideByCost(30, costs);
    expect(few + many).toBeCloseTo(30);
    expect(few / costs[0]).toBeCloseTo(many / costs[1]);
    expect(many).toBeGreaterThan(3 * few);
  });

  it('gives one network all, to the last bit: what is repeated must be the same', () => {
    for (const minutes of [0.1, 7.3, 1 / 3]) expect(divideByCost(minutes, [costs[0]])).toEqual([minutes]);
  });
});
