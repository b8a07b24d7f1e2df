import { performance } from 'node:perf_hooks';

/**
 * What the minutes of a budget are counted in: minutes of the clock on the wall, or computing time of this whole process
 * shared out over so many cores. By the second a result does not depend on what else the machine is doing. Plain data,
 * so that worker threads can be given it.
 */
export type BudgetClock = { readonly kind: 'wall' } | { readonly kind: 'cpu'; readonly cores: number };

export const WALL_CLOCK: BudgetClock = { kind: 'wall' };

/** Milliseconds on a budget's clock; all threads of a process read the same, and the beginning means nothing. */
export function budgetNow(clock: BudgetClock): number {
  if (clock.kind === 'wall') return performance.timeOrigin + performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 / clock.cores;
}
