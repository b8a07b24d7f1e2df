/**
 * The search for cuts: which operators are streamed together. A segment's price is its peak of live bytes and its
 * estimated cycles; dynamic programming over the operator order finds, for a limit of SRAM, the fastest plan that keeps
 * to it, and lowering the limit step by step gives the front of (SRAM, cycles).
 */
import type { InputMode } from '../plan.ts';
import { CYCLES_PER_STEP, fedInputOf } from './build.ts';
import type { Network } from './network.ts';
import { peakOf } from './pack.ts';
import { scheduleSegment, type Cut } from './schedule.ts';
import { itemsOf } from './storage.ts';

/** No more operators than this are streamed together. */
const LONGEST_SEGMENT = 24;

export interface Priced extends Cut {
  /** Lower bound of the arena while the segment runs. */
  readonly peakBytes: number;
  readonly cycles: number;
  /** Which of the networks (ways to assign kernels) it is priced for. */
  readonly way: number;
}

export interface CutPlan {
  readonly segments: readonly Priced[];
  readonly peakBytes: number;
  readonly cycles: number;
}

/** Prices every segment of every network (the same model with kernels assigned in different ways). */
export function priceSegments(networks: readonly Network[], inputMode: InputMode): Priced[] {
  return networks.flatMap((network, way) => {
    const priced: Priced[] = [];
    const count = network.operators.length;
    for (let from = 0; from < count; from++) {
      for (let to = from + 1; to <= Math.min(count, from + LONGEST_SEGMENT); to++) {
        priced.push({ from, to, way, ...priceSegment(network, { from, to }, inputMode) });
      }
    }
    return priced;
  });
}

export function priceSegment(network: Network, cut: Cut, inputMode: InputMode): Pick<Priced, 'peakBytes' | 'cycles'> {
  const schedule = scheduleSegment(network, cut, cut.from === 0 ? fedInputOf(network, inputMode) : null);
  let cycles = 0;
  for (let index = cut.from; index < cut.to; index++) {
    const kernel = network.operators[index]?.kernel;
    if (kernel !== undefined) cycles += kernel.cycles + kernel.steps * CYCLES_PER_STEP;
  }
  return { peakBytes: peakOf(itemsOf(network, [schedule])), cycles };
}

/** More segments than this are not tried: each tensor between two segments is kept whole, and so they only add bytes. */
const MOST_SEGMENTS = 16;

/**
 * Sequences of segments that may be on the front of (SRAM, cycles): for each number of segments, from the fastest to
 * the smallest. The peaks are lower bounds; what a plan really takes is known when its buffers are placed, and few
 * segments are placed better than many.
 */
export function candidateCuts(segments: readonly Priced[], operators: number): CutPlan[] {
  const candidates: CutPlan[] = [];
  let limit = Infinity;
  for (;;) {
    const plans = fastestWithin(segments, operators, limit);
    if (plans.length === 0) return candidates;
    candidates.push(...plans);
    limit = Math.max(...plans.map(({ peakBytes }) => peakBytes)) - 1;
  }
}

/** The fastest sequences none of whose segments takes more than `limit` bytes, one for each number of segments. */
export function fastestWithin(segments: readonly Priced[], operators: number, limit: number): CutPlan[] {
  const byEnd = Array.from({ length: operators + 1 }, (): Priced[] => []);
  for (const segment of segments) if (segment.peakBytes <= limit) byEnd[segment.to]?.push(segment);
  const start: Chain = { cycles: 0, peakBytes: 0, last: null, before: null };
  /** By number of segments, by end. */
  let chains: (Chain | null)[] = [start, ...new Array<null>(operators).fill(null)];
  const complete: Chain[] = [];
  for (let count = 1; count <= MOST_SEGMENTS; count++) {
    chains = chains.map((_, end) => bestChain(byEnd[end] ?? [], chains));
    const whole = chains[operators];
    if (whole) complete.push(whole);
  }
  return complete.map(planOf);
}

interface Chain {
  readonly cycles: number;
  readonly peakBytes: number;
  readonly last: Priced | null;
  readonly before: Chain | null;
}

function bestChain(lasts: readonly Priced[], chains: readonly (Chain | null)[]): Chain | null {
  let best: Chain | null = null;
  for (const last of lasts) {
    const before = chains[last.from];
    if (!before) continue;
    const cycles = before.cycles + last.cycles;
    const peakBytes = Math.max(before.peakBytes, last.peakBytes);
    if (best === null || cycles < best.cycles || (cycles === best.cycles && peakBytes < best.peakBytes)) {
      best = { cycles, peakBytes, last, before };
    }
  }
  return best;
}

function planOf({ cycles, peakBytes, last, before }: Chain): CutPlan {
  const segments: Priced[] = [];
  for (
    let [segment, chain] = [last, before];
    segment !== null;
    [segment, chain] = [chain?.last ?? null, chain?.before ?? null]
  ) {
    segments.unshift(segment);
  }
  return { segments, peakBytes, cycles };
}
