import { describe, expect, it } from 'vitest';
import { budgetNow, WALL_CLOCK } from '../../main/processes/index.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe("a budget's clock", () => {
  it('on the wall goes on while the process waits', async () => {
    const before = budgetNow(WALL_CLOCK);
    await sleep(60);
    expect(budgetNow(WALL_CLOCK) - before).toBeGreaterThan(50);
  });

  it('of computing time stands still while the process waits, and runs while it works', async () => {
    const clock = { kind: 'cpu', cores: 1 } as const;
    const before = budgetNow(clock);
    await sleep(200);
    const waited = budgetNow(clock) - before;
    work(200);
    const worked = budgetNow(clock) - before - waited;
    expect(waited).toBeLessThan(100);
    expect(worked).toBeGreaterThan(20);
  });

  it('of computing time on two cores runs half as fast', () => {
    const now = (cores: number): number => budgetNow({ kind: 'cpu', cores });
    const [one, two] = [now(1), now(2)];
    expect(two / one).toBeCloseTo(0.5, 1);
  });
});
