import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { progressOnPlan, type PacePlan } from '../../../main/core/training/index.ts';
import { Pacer } from '../../../main/studio/training/pacer.ts';

/** Trains by a pacer on a clock of its own, whose steps take what `secondsOf` says. */
function train(minutes: number, secondsOf: (step: number) => number): { plan: PacePlan; path: number[]; took: number } {
  const pacer = new Pacer(minutes, []);
  const path: number[] = [];
  let took = 0;
  while ((path.at(-1) ?? 0) < 1 && path.length < 100_000) {
    took += secondsOf(path.length);
    path.push(pacer.after(path.length + 1, took));
  }
  return { plan: pacer.plan, path, took };
}

describe('the pace of a training in minutes', () => {
  it('ends on time, at whatever speed, though the speed changes', () => {
    expect(train(1, () => 0.1).took).toBeCloseTo(60, 0);
    const slower = train(1, (step) => (step < 200 ? 0.05 : 0.2));
    expect(slower.took).toBeGreaterThan(57);
    expect(slower.took).toBeLessThan(63);
    // The first step compiles; it says nothing of the others.
    const { took } = train(1, (step) => (step === 0 ? 3 : 0.05));
    expect(took).toBeGreaterThan(57);
    expect(took).toBeLessThan(63);
  });

  it('never goes back, and its plan followed again gives the same progress at every step', () => {
    const speeds = fc.array(fc.double({ min: 0.01, max: 2, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(speeds, (speeds) => {
        const { plan, path } = train(0.5, (step) => speeds[Math.floor(step / 7) % speeds.length]);
        path.forEach((progress, i) => expect(progress).toBeGreaterThanOrEqual(path[i - 1] ?? 0));
        expect(path.at(-1)).toBe(1);
        const again = new Pacer(0.5, [], JSON.parse(JSON.stringify(plan)) as PacePlan);
        expect(path.map((_, i) => again.after(i + 1, 1e9))).toEqual(path);
      }),
      { numRuns: 50 },
    );
  });

  it('goes on where it was stopped', () => {
    const { plan, path } = train(1, () => 0.1);
    const half = plan.slice(0, 20);
    const resumed = new Pacer(1, half);
    const from = half[19].step;
    expect(resumed.after(from + 1, from / 10)).toBe(path[from]);
    expect(progressOnPlan([], 3)).toBeNull();
  });
});
