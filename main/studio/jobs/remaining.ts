import type { Progress, ReportProgress } from '../../contract/index.ts';

/** Before this much has passed, a rate says little. */
const settlingMs = 400;
/** What less than a hundredth took is mostly a start: of workers, of a file. It says something only after a while. */
const leastShare = 0.01;
const startingMs = 5000;

/**
 * Adds an estimate of the remaining time to progress that comes without one: what is left, at the rate so far in this
 * stage.
 */
export function withRemainingTime(report: ReportProgress, now: () => number = Date.now): ReportProgress {
  let stage: string | null = null;
  let startedAt = 0;
  let startedWith = 0;
  return (progress) => {
    if (progress.stage !== stage || progress.done < startedWith) {
      stage = progress.stage;
      startedAt = now();
      startedWith = progress.done;
    }
    report(progress.remainingMs === null ? { ...progress, remainingMs: estimate(progress) } : progress);
  };

  function estimate({ done, total }: Progress): number | null {
    const elapsed = now() - startedAt;
    const made = done - startedWith;
    if (total === null || made <= 0 || elapsed < settlingMs) return null;
    if (made < leastShare * total && elapsed < startingMs) return null;
    return Math.max(0, ((total - done) * elapsed) / made);
  }
}
