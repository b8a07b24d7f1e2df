import type { LatencyStatistics, LongCall, Protocol } from '../../contract/index.ts';
import type { BoardTime } from '../../boards/index.ts';
import type { Session } from '../../link/index.ts';

/**
 * Runs one input again and again, as the protocol says. The input is put on the board anew each time, for a plan may
 * overwrite it and the work depends on the values.
 */
export async function repeatRuns(
  session: Session,
  input: Int8Array,
  protocol: Protocol,
  timeOf: (ticks: number) => BoardTime,
  { onProgress, signal }: LongCall,
): Promise<LatencyStatistics> {
  const { warmup, least, most, withinPercent } = protocol;
  const once = async (): Promise<number> => {
    signal?.throwIfAborted();
    await session.load(input, signal ? { signal } : {});
    return timeOf((await session.invoke()).ticks).ms;
  };
  const report = (done: number): void =>
    onProgress?.({ stage: 'repeating', done, total: warmup + most, remainingMs: null });
  for (let run = 0; run < warmup; run++) {
    await once();
    report(run + 1);
  }
  const times: number[] = [];
  do {
    times.push(await once());
    report(warmup + times.length);
  } while (times.length < most && (times.length < least || !isCertain(times, withinPercent)));
  return { warmup, ...summarizeTimes(times) };
}

const isCertain = (times: readonly number[], withinPercent: number): boolean => {
  const { meanMs, confidenceMs } = summarizeTimes(times);
  return confidenceMs <= (withinPercent / 100) * meanMs;
};

/**
 * What at least one repeated run took, in milliseconds. The 95th percentile is the nearest rank; the confidence interval is
 * Student's.
 */
export function summarizeTimes(times: readonly number[]): Omit<LatencyStatistics, 'warmup'> {
  const sorted = times.toSorted((a, b) => a - b);
  const count = sorted.length;
  const at = (index: number): number => sorted[Math.min(count - 1, Math.max(0, index))] ?? Number.NaN;
  const meanMs = sorted.reduce((sum, time) => sum + time, 0) / count;
  const squares = sorted.reduce((sum, time) => sum + (time - meanMs) ** 2, 0);
  const stdevMs = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
  return {
    repeats: count,
    medianMs: (at(Math.floor((count - 1) / 2)) + at(Math.ceil((count - 1) / 2))) / 2,
    meanMs,
    p95Ms: at(Math.ceil(0.95 * count) - 1),
    minMs: at(0),
    maxMs: at(count - 1),
    stdevMs,
    confidenceMs: count > 1 ? (studentT95(count - 1) * stdevMs) / Math.sqrt(count) : 0,
  };
}

/** Two-sided 95 % quantiles of Student's t for 1 to 10 degrees of freedom. */
const fewDegrees = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/** Beyond the table by the first terms of the expansion around the normal quantile (Abramowitz and Stegun 26.7.5). */
function studentT95(degrees: number): number {
  const known = fewDegrees[degrees - 1];
  if (known !== undefined) return known;
  const z = 1.959964;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  return z + first / degrees + second / degrees ** 2;
}
