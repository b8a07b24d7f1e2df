/**
 * The search for cuts: which operators are streamed together. A segment's price is the room that it needs and its
 * estimated cycles; dynamic programming over the operator order finds, for a limit of SRAM, the fastest sequence of
 * segments that keeps to it, and lowering the limit step by step gives the front of (SRAM, cycles).
 */
import type { InputMode } from '../plan.ts';
import type { Network } from './network.ts';
import { pricesFrom, type Price } from './price.ts';

/** No more operators than this are streamed together. */
const LONGEST_SEGMENT = 12;

/** Below so many operators every place between two of them is tried as a cut. */
const FEW_OPERATORS = 20;

export interface Priced extends Price {
  /** Which of the networks (ways to assign kernels) it is priced for. */
  readonly way: number;
}

export interface CutPlan {
  readonly segments: readonly Priced[];
  readonly bytes: number;
  readonly cycles: number;
}

/** Prices the segments of every network (the same model with kernels assigned in different ways). */
export function priceSegments(networks: readonly Network[], inputMode: InputMode): Priced[] {
  return networks.flatMap((network, way) => {
    const places = cutPlaces(network);
    return places.flatMap((from, start) => {
      const ends = places.slice(start + 1).filter((to, index) => index === 0 || to - from <= LONGEST_SEGMENT);
      return pricesFrom(network, from, ends, inputMode).map(({ to, bytes, cycles }) => ({
        from,
        to,
        bytes,
        cycles,
        way,
      }));
    });
  });
}

/**
 * Where a cut may pay: where no more bytes cross it than the places beside it, as each tensor that crosses is kept
 * whole.
 */
export function cutPlaces(network: Network): number[] {
  const count = network.operators.length;
  const crossing = new Array<number>(count + 1).fill(0);
  for (const { producer, consumers, height, rowBytes } of network.tensors.values()) {
    const from = (producer ?? -1) + 1;
    const to = Math.max(from, ...consumers.map(({ operator }) => operator));
    for (let place = from; place <= to; place++) crossing[place] = (crossing[place] ?? 0) + height * rowBytes;
  }
  return crossing.flatMap((bytes, place) => {
    const isEnd = place === 0 || place === count;
    const isNarrow = bytes <= (crossing[place - 1] ?? 0) && bytes <= (crossing[place + 1] ?? 0);
    return isEnd || isNarrow || count <= FEW_OPERATORS ? [place] : [];
  });
}

/** From the fastest to the smallest; each takes less room than the one before it. */
export function cutFront(segments: readonly Priced[], operators: number): CutPlan[] {
  const front: CutPlan[] = [];
  let plan = fastestWithin(segments, operators, Infinity);
  while (plan !== null) {
    front.push(plan);
    plan = fastestWithin(segments, operators, plan.bytes - 1);
  }
  return front;
}

interface Chain {
  readonly cycles: number;
  readonly bytes: number;
  readonly last: Priced | null;
  readonly before: Chain | null;
}

/** The fastest sequence of segments none of which takes more than `limit` bytes, or null. */
export function fastestWithin(segments: readonly Priced[], operators: number, limit: number): CutPlan | null {
  const byEnd = Array.from({ length: operators + 1 }, (): Priced[] => []);
  for (const segment of segments) if (segment.bytes <= limit) byEnd[segment.to]?.push(segment);
  const chains: (Chain | null)[] = [{ cycles: 0, bytes: 0, last: null, before: null }];
  for (let end = 1; end <= operators; end++) chains[end] = bestChain(byEnd[end] ?? [], chains);
  const whole = chains[operators] ?? null;
  return whole === null ? null : planOf(whole);
}

function bestChain(lasts: readonly Priced[], chains: readonly (Chain | null)[]): Chain | null {
  let best: Chain | null = null;
  for (const last of lasts) {
    const before = chains[last.from];
    if (!before) continue;
    const cycles = before.cycles + last.cycles;
    const bytes = Math.max(before.bytes, last.bytes);
    if (best === null || cycles < best.cycles || (cycles === best.cycles && bytes < best.bytes)) {
      best = { cycles, bytes, last, before };
    }
  }
  return best;
}

function planOf({ cycles, bytes, last, before }: Chain): CutPlan {
  const segments: Priced[] = [];
  let [segment, chain] = [last, before];
  while (segment !== null) {
    segments.unshift(segment);
    [segment, chain] = [chain?.last ?? null, chain?.before ?? null];
  }
  return { segments, bytes, cycles };
}
