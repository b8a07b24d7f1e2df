/**
 * Gives every item an offset so that no two items have live bytes in the same place at the same time. Each pair of
 * items forbids an open interval of relative offsets; an item is put at the lowest offset that no placed item
 * forbids. Several orders are tried, the smallest arena wins.
 */
import type { Extent, Item } from './segment.ts';

export interface Packing {
  /** One for each item. */
  readonly offsets: readonly number[];
  readonly bytes: number;
  /** No packing can be smaller: the most bytes alive in one step. */
  readonly lowerBound: number;
}

/** Item b may not be put at an offset between `offset(a) + low` and `offset(a) + high`, both excluded. */
interface Conflict {
  readonly low: number;
  readonly high: number;
}

/** Tries to improve the best order found; deterministic. */
const SHUFFLES = 40;

/**
 * @param fixed items that must stay where they are: index → offset
 * @param goal no need to look further once the arena is this small
 */
export function packItems(items: readonly Item[], fixed: ReadonlyMap<number, number> = new Map(), goal = 0): Packing {
  const conflicts = items.map((a) => items.map((b) => (a === b ? null : conflictOf(a, b))));
  const lowerBound = peakOf(items);
  const enough = Math.max(goal, lowerBound);
  let best: Packing = { offsets: [], bytes: Infinity, lowerBound };
  let current: readonly number[] = [];
  const consider = (order: readonly number[]): void => {
    const placed = place(items, conflicts, order, fixed);
    if (placed.bytes <= best.bytes) current = order;
    if (placed.bytes < best.bytes) best = { ...placed, lowerBound };
  };
  for (const order of startingOrders(items)) {
    consider(order);
    if (best.bytes <= enough) return best;
  }
  let seed = 1;
  const random = (limit: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 4294967296) * limit);
  };
  for (let attempt = 0; attempt < SHUFFLES && items.length > 2 && best.bytes > enough; attempt++) {
    const order = [...current];
    // An item is moved somewhere else in the order, mostly to the front.
    const [item] = order.splice(random(order.length), 1);
    if (item !== undefined) order.splice(random(2) === 0 ? 0 : random(order.length + 1), 0, item);
    consider(order);
  }
  return best;
}

function startingOrders(items: readonly Item[]): number[][] {
  const indices = items.map((_, index) => index);
  const by = (key: (item: Item) => number): number[] =>
    [...indices].sort((a, b) => {
      const [first, second] = [items[a], items[b]];
      return first === undefined || second === undefined ? 0 : key(second) - key(first) || a - b;
    });
  return [
    by(({ bytes }) => bytes),
    by(({ bytes, firstStep, lastStep }) => bytes * (lastStep - firstStep + 1)),
    by(({ lastStep, firstStep }) => lastStep - firstStep),
    by(({ firstStep }) => -firstStep),
    by(({ lastStep }) => lastStep),
  ];
}

function place(
  items: readonly Item[],
  conflicts: readonly (readonly (Conflict | null)[])[],
  order: readonly number[],
  fixed: ReadonlyMap<number, number>,
): Pick<Packing, 'offsets' | 'bytes'> {
  const offsets = new Array<number>(items.length).fill(-1);
  let bytes = 0;
  for (const [index, offset] of fixed) {
    offsets[index] = offset;
    bytes = Math.max(bytes, offset + (items[index]?.bytes ?? 0));
  }
  for (const index of order) {
    const item = items[index];
    if (item === undefined || fixed.has(index)) continue;
    const forbidden: Conflict[] = [];
    for (let other = 0; other < items.length; other++) {
      if ((offsets[other] ?? -1) < 0) continue;
      const conflict = conflicts[other]?.[index];
      const offset = offsets[other] ?? 0;
      if (conflict) forbidden.push({ low: offset + conflict.low, high: offset + conflict.high });
    }
    forbidden.sort((a, b) => a.low - b.low);
    let candidate = 0;
    for (const { low, high } of forbidden) {
      if (candidate > low && candidate < high) candidate = Math.ceil(high / item.alignment) * item.alignment;
    }
    offsets[index] = candidate;
    bytes = Math.max(bytes, candidate + item.bytes);
  }
  return { offsets, bytes };
}

/** The forbidden offsets of b relative to a, or null where they are never alive together. */
function conflictOf(a: Item, b: Item): Conflict | null {
  if (a.firstStep > b.lastStep || b.firstStep > a.lastStep) return null;
  let [below, above] = [-Infinity, -Infinity];
  eachCommonExtent(a, b, (first, second) => {
    // b under a: what is alive of b must end where what is alive of a begins; and the other way round.
    below = Math.max(below, second.high - first.low);
    above = Math.max(above, first.high - second.low);
  });
  return below + above > 0 ? { low: -below, high: above } : null;
}

/** How far below `dying` the start of `growing` must at least lie: the most that it is ahead of what still lives. */
export function delayOf(dying: Item, growing: Item): number {
  let delay = -Infinity;
  eachCommonExtent(dying, growing, (first, second) => (delay = Math.max(delay, second.high - first.low)));
  return delay;
}

function eachCommonExtent(a: Item, b: Item, visit: (first: Extent, second: Extent) => void): void {
  const from = Math.max(a.firstStep, b.firstStep);
  const to = Math.min(a.lastStep, b.lastStep);
  let [i, j] = [indexAt(a.extents, from), indexAt(b.extents, from)];
  for (;;) {
    const [first, second] = [a.extents[i], b.extents[j]];
    if (first === undefined || second === undefined) return;
    if (first.high > first.low && second.high > second.low) visit(first, second);
    const nextA = a.extents[i + 1]?.step ?? Infinity;
    const nextB = b.extents[j + 1]?.step ?? Infinity;
    const next = Math.min(nextA, nextB);
    if (next > to) return;
    if (nextA === next) i++;
    if (nextB === next) j++;
  }
}

/** The last extent that begins at or before the step. */
function indexAt(extents: readonly Extent[], step: number): number {
  let [low, high] = [0, extents.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((extents[middle]?.step ?? 0) <= step) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The most bytes alive in one step. */
export function peakOf(items: readonly Item[]): number {
  const changes = new Map<number, number>();
  const add = (step: number, delta: number): void => void changes.set(step, (changes.get(step) ?? 0) + delta);
  for (const { extents, lastStep } of items) {
    let alive = 0;
    for (const { step, low, high } of extents) {
      if (step > lastStep) break;
      add(step, high - low - alive);
      alive = high - low;
    }
    add(lastStep + 1, -alive);
  }
  let [bytes, peak] = [0, 0];
  for (const [, delta] of [...changes].sort(([a], [b]) => a - b)) {
    bytes += delta;
    peak = Math.max(peak, bytes);
  }
  return peak;
}
