/**
 * The search for cuts: which operators are streamed together. A segment's price is the room that it needs and its
 * estimated cycles; dynamic programming over the operator order finds, for a limit of SRAM, the fastest sequence of
 * segments that keeps to it, and lowering the limit step by step gives the front of (SRAM, cycles).
 */
import type { InputMode } from '../plan.ts';
import type { Network } from './network.ts';
import { pricesFrom, type Price } from './price.ts';

/** No more operators than this are streamed together. */
export const LONGEST_SEGMENT = 12;

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
  return crossing.flatMap((_, place) => {
    const inPlace = (network.operators[place]?.inPlaceOver ?? null) !== null;
    return isCutPlace(crossing, place, inPlace) ? [place] : [];
  });
}

/**
 * @param crossing bytes that cross each place, from before the first operator to after the last
 * @param inPlace the operator behind the place writes over what crosses it, so that nothing is gained by a cut
 */
export function isCutPlace(crossing: ArrayLike<number>, place: number, inPlace: boolean): boolean {
  const count = crossing.length - 1;
  if (place === 0 || place === count || count <= FEW_OPERATORS) return true;
  return !inPlace && crossing[place] <= crossing[place - 1] && crossing[place] <= crossing[place + 1];
}

/** From the fastest to the smallest; each takes less room than the one before it. */
export function cutFront(segments: readonly Priced[], operators: number): CutPlan[] {
  const search = new CutSearch(segments, operators);
  const front: CutPlan[] = [];
  let plan = search.fastestWithin(Infinity);
  while (plan !== null) {
    front.push(plan);
    plan = search.fastestWithin(plan.bytes - 1);
  }
  return front;
}

/** Sequences of priced segments from the first operator to the last. */
export class CutSearch {
  private readonly operators: number;
  /** Ordered by where they end. */
  private readonly segments: readonly Priced[];
  /** Of the best sequence that ends at each place: its cycles, its bytes, its last segment. */
  private readonly cycles: Float64Array;
  private readonly bytes: Float64Array;
  private readonly last: Int32Array;

  constructor(segments: readonly Priced[], operators: number) {
    this.operators = operators;
    this.segments = [...segments].sort((a, b) => a.to - b.to);
    this.cycles = new Float64Array(operators + 1);
    this.bytes = new Float64Array(operators + 1);
    this.last = new Int32Array(operators + 1);
  }

  /** The fastest sequence of segments none of which takes more than `limit` bytes, or null. */
  fastestWithin(limit: number): CutPlan | null {
    const { segments, operators, cycles, bytes, last } = this;
    cycles.fill(Infinity);
    cycles[0] = 0;
    for (let index = 0; index < segments.length; index++) {
      const segment = segments[index];
      if (segment.bytes > limit) continue;
      const total = cycles[segment.from] + segment.cycles;
      const { to } = segment;
      if (total > cycles[to] || total === Infinity) continue;
      const most = Math.max(bytes[segment.from], segment.bytes);
      if (total === cycles[to] && most >= bytes[to]) continue;
      cycles[to] = total;
      bytes[to] = most;
      last[to] = index;
    }
    return cycles[operators] === Infinity ? null : this.planTo(operators);
  }

  /** The fewest bytes with which any sequence does. */
  leastBytes(): number {
    const { segments, operators, bytes } = this;
    bytes.fill(Infinity);
    bytes[0] = 0;
    for (const { from, to, bytes: own } of segments) bytes[to] = Math.min(bytes[to], Math.max(bytes[from], own));
    const least = bytes[operators];
    bytes[0] = 0;
    return least;
  }

  private planTo(end: number): CutPlan {
    const segments: Priced[] = [];
    for (let place = end; place > 0; place = this.segments[this.last[place]].from) {
      segments.push(this.segments[this.last[place]]);
    }
    return { segments: segments.reverse(), bytes: this.bytes[end], cycles: this.cycles[end] };
  }
}
