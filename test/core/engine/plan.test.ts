import { describe, expect, it } from 'vitest';
import { checkPlan, lower, planFront, type Core, type InputMode, type Plan } from '../../../main/core/engine/index.ts';
import type { Model } from '../../../main/core/graph/index.ts';
import { randomModel } from '../../support/randomModel.ts';

const seeds = Array.from({ length: 60 }, (_, seed) => seed);
const modes: readonly InputMode[] = ['whole', 'row-fed'];
const core: Core = 'm4';

function frontsOf(model: Model): Plan[][] {
  return modes.map((mode) => planFront(model, core, model.inputs.length === 1 ? mode : 'whole'));
}

describe('the planner', () => {
  it('makes only sound plans, for random graphs', () => {
    for (const seed of seeds) {
      const model = lower(randomModel(seed, { operators: 14, mostRows: 16 }));
      for (const plan of frontsOf(model).flat()) checkPlan(model, plan);
    }
  });

  it('returns a front: each plan smaller and slower than the one before', () => {
    for (const seed of seeds.slice(0, 20)) {
      const model = lower(randomModel(seed));
      for (const front of frontsOf(model)) {
        front.slice(1).forEach((plan, index) => {
          expect(plan.arenaBytes).toBeLessThan(front[index]?.arenaBytes ?? 0);
          expect(plan.estimatedCycles).toBeGreaterThanOrEqual(front[index]?.estimatedCycles ?? Infinity);
        });
      }
    }
  });
});

describe('the checker', () => {
  const model = lower(randomModel(5, { operators: 12, kinds: ['conv2d', 'depthwise_conv2d', 'add'], mostInputs: 1 }));
  const plan = planFront(model, core, 'whole').at(-1) as Plan;

  it('finds a buffer that is moved onto another', () => {
    const spoilt = plan.buffers.map((_, moved) => ({
      ...plan,
      buffers: plan.buffers.map((buffer, index) =>
        index === moved
          ? { ...buffer, offset: (buffer.offset + 8) % Math.max(1, plan.arenaBytes - buffer.bytes) }
          : buffer,
      ),
    }));
    const found = spoilt.filter((each) => complains(model, each));
    expect(found.length).toBeGreaterThan(0);
  });

  it('finds a ring that is too short', () => {
    const streamed = planFront(model, core, 'row-fed').at(-1) as Plan;
    const rings = streamed.buffers.flatMap(({ ringRows, role }, index) =>
      role === 'tensor' && ringRows > 1 ? [index] : [],
    );
    expect(rings.length).toBeGreaterThan(0);
    for (const ring of rings) {
      const buffers = streamed.buffers.map((buffer, index) =>
        index === ring ? { ...buffer, ringRows: buffer.ringRows - 1 } : buffer,
      );
      expect(complains(model, { ...streamed, buffers })).toBe(true);
    }
  });

  it('finds steps that are missing, doubled or too early', () => {
    const sequences = [
      (steps: number[]) => steps.slice(1),
      (steps: number[]) => [...steps, steps[0] ?? 0],
      (steps: number[]) => steps.reverse(),
    ];
    for (const change of sequences) {
      const segments = plan.segments.map((segment) => {
        const steps = segment.program.flatMap(({ count, operators }) =>
          Array.from({ length: count }, () => operators).flat(),
        );
        return { ...segment, program: [{ count: 1, operators: change(steps) }] };
      });
      expect(complains(model, { ...plan, segments })).toBe(true);
    }
  });
});

function complains(model: Model, plan: Plan): boolean {
  try {
    checkPlan(model, plan);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'plan.unsound' });
    return true;
  }
}
