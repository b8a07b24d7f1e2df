import { describe, expect, it } from 'vitest';
import { architectureCost } from '../../../main/core/architecture/index.ts';
import { largestGenotype, spaceFor, toArchitecture } from '../../../main/core/nas/index.ts';
import { divideMinutes, remainingMinutes } from '../../../main/studio/pipeline/searchBudget.ts';
import { planSupernet } from '../../../main/studio/pipeline/supernetPlan.ts';

const space = spaceFor({ height: 32, width: 32, channels: 3 }, 0.8, 10);
const SAMPLES = 45_000;
const WORKERS = 2;
const one = { mostMacs: 6e6, boards: 1 };

describe('how a supernet is trained in the time that there is', () => {
  it('with time enough the largest network comes first and teaches the others', () => {
    const budget = divideMinutes(600);
    const plan = planSupernet(space, SAMPLES, WORKERS, budget, one);
    expect(plan.largestMinutes).toBe(budget.largest);
    expect(plan.minutes).toBe(budget.supernet);
    expect(plan.rule).toMatchObject({ sandwich: true, distillation: true });
  });

  it('in twenty minutes only networks that fit and make use of what fits are trained, and the rest is for the found one', () => {
    const budget = divideMinutes(20);
    const plan = planSupernet(space, SAMPLES, WORKERS, budget, one);
    expect(plan.largestMinutes).toBeNull();
    expect(plan.minutes).toBeLessThan(budget.largest + budget.supernet);
    expect(plan.rule).toMatchObject({ sandwich: false, mostMacs: 6e6 });
    const { leastMacs = 0 } = plan.rule;
    expect(leastMacs).toBeGreaterThan(0.5 * 6e6);
    expect(leastMacs).toBeLessThan(6e6);
    expect(architectureCost(toArchitecture(space, largestGenotype(space))).macs).toBeGreaterThan(6e6);

    const taken = [budget.space, plan.minutes, budget.evolve].map((minutes) => ({ seconds: 60 * minutes }));
    expect(remainingMinutes(budget, taken)).toBeGreaterThan(0.8 * 20);
  });

  it('small networks are trained where a small board is among several, and where nobody knows what fits', () => {
    const budget = divideMinutes(20, 4);
    expect(planSupernet(space, SAMPLES, WORKERS, budget, { ...one, boards: 4 }).rule.leastMacs).toBe(0);
    expect(planSupernet(space, SAMPLES, WORKERS, budget, { mostMacs: Infinity, boards: 1 }).rule.leastMacs).toBe(0);
  });
});
