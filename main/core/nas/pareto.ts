import type { RecommendationReason } from '../../contract/index.ts';

/** What a candidate costs. Bytes, milliseconds and microjoules; latency and energy as far as they are known. */
export interface Cost {
  readonly sramBytes: number;
  readonly flashBytes: number;
  readonly latencyMs: number;
  readonly energyMicrojoules: number | null;
  /** Which plan these figures are of: with the whole input in memory, or with rows that arrive one by one. */
  readonly inputMode?: 'whole' | 'row-fed';
}

/** What a candidate may cost at most; null where there is no limit. */
export interface Limits {
  readonly sramBytes: number | null;
  readonly flashBytes: number | null;
  readonly latencyMs: number | null;
  readonly energyMicrojoules: number | null;
}

export interface Rated {
  /** 0 … 1, on validation data. */
  readonly accuracy: number;
  readonly cost: Cost;
}

const keys = ['sramBytes', 'flashBytes', 'latencyMs', 'energyMicrojoules'] as const;

/** Which limits a cost breaks, and by what factor. */
export function brokenLimits(cost: Cost, limits: Limits): { readonly limit: keyof Limits; readonly factor: number }[] {
  return keys.flatMap((limit) => {
    const most = limits[limit];
    const value = cost[limit];
    return most !== null && value !== null && value > most ? [{ limit, factor: value / most }] : [];
  });
}

export const fits = (cost: Cost, limits: Limits): boolean => brokenLimits(cost, limits).length === 0;

/** At least as good in everything, and better in something. */
export function dominates(a: Rated, b: Rated): boolean {
  const noWorse =
    a.accuracy >= b.accuracy &&
    a.cost.latencyMs <= b.cost.latencyMs &&
    a.cost.sramBytes <= b.cost.sramBytes &&
    a.cost.flashBytes <= b.cost.flashBytes;
  const better =
    a.accuracy > b.accuracy ||
    a.cost.latencyMs < b.cost.latencyMs ||
    a.cost.sramBytes < b.cost.sramBytes ||
    a.cost.flashBytes < b.cost.flashBytes;
  return noWorse && better;
}

/** Those that no other dominates, by rising latency; of equals the first. */
export function paretoFront<T extends Rated>(candidates: readonly T[]): T[] {
  const same = (a: Rated, b: Rated): boolean => !dominates(a, b) && !dominates(b, a) && equalRating(a, b);
  return candidates
    .filter(
      (candidate, i) =>
        !candidates.some((other, j) => dominates(other, candidate) || (j < i && same(other, candidate))),
    )
    .sort((a, b) => a.cost.latencyMs - b.cost.latencyMs);
}

const equalRating = (a: Rated, b: Rated): boolean =>
  a.accuracy === b.accuracy &&
  a.cost.latencyMs === b.cost.latencyMs &&
  a.cost.sramBytes === b.cost.sramBytes &&
  a.cost.flashBytes === b.cost.flashBytes;

export interface Recommendation<T> {
  readonly candidate: T;
  /** In one sentence. */
  readonly reason: string;
  readonly why: RecommendationReason;
}

/**
 * The point to start with: the most accurate that fits, unless one that fits as well is within `tolerance` of it and
 * at least a quarter cheaper in latency.
 */
export function recommend<T extends Rated>(
  front: readonly T[],
  limits: Limits,
  tolerance = 0.003,
): Recommendation<T> | null {
  const fitting = front.filter(({ cost }) => fits(cost, limits));
  if (fitting.length === 0) return null;
  const best = fitting.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const cheaper = fitting
    .filter(
      ({ accuracy, cost }) => accuracy >= best.accuracy - tolerance && cost.latencyMs <= 0.75 * best.cost.latencyMs,
    )
    .sort((a, b) => a.cost.latencyMs - b.cost.latencyMs)[0];
  if (cheaper === undefined) {
    const reason = 'It is the most accurate network found that keeps every limit.';
    return { candidate: best, reason, why: { code: 'most-accurate' } };
  }
  const saved = 1 - cheaper.cost.latencyMs / best.cost.latencyMs;
  const lost = best.accuracy - cheaper.accuracy;
  const reason = `It is within ${(100 * lost).toFixed(1)} points of the most accurate network that keeps every limit, and ${Math.round(100 * saved)} % faster.`;
  return { candidate: cheaper, reason, why: { code: 'faster', lost, saved } };
}
