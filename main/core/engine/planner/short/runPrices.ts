/** Prices of segments as sums over their atoms. `price.ts` is the long road to the same numbers. */
import { CYCLES_PER_MOVED_BYTE } from '../build.ts';
import { alignTo, spanOf } from '../place.ts';
import { LONGEST_SEGMENT, type Priced } from '../search.ts';
import { atomOf, type Atom } from './atoms.ts';
import type { View } from './views.ts';

const WORK_ALIGNMENT = 16;
const TENSOR_ALIGNMENT = 4;

/** The atoms between the places of a view; null where one of them is not plain. */
export function atomsOf(view: View, places: readonly number[]): Atom[] | null {
  const atoms: Atom[] = [];
  for (let index = 1; index < places.length; index++) {
    const atom = atomOf(view, places[index - 1], places[index]);
    if (atom === null) return null;
    atoms.push(atom);
  }
  return atoms;
}

/** Adds the prices of all segments of a view, in the order of `priceSegments`. */
export function addPrices(
  prices: Priced[],
  atoms: readonly Atom[],
  places: readonly number[],
  fed: boolean,
  way: number,
): void {
  for (let start = 0; start < atoms.length; start++) {
    const from = places[start];
    const run = new AtomsRun(atoms[start], from, fed && from === 0);
    for (let end = start; end < atoms.length; end++) {
      const to = places[end + 1];
      if (end > start) {
        if (to - from > LONGEST_SEGMENT) break;
        run.append(atoms[end]);
      }
      prices.push({ from, to, ...run.price(), way });
    }
  }
}

/** Rows of the tensor between two atoms that have to be kept, where nothing else needs it. */
function ringRows(writes: Atom['writes'], { lowWith }: Atom): number {
  let rows = 1;
  for (let index = 0; index < writes.high.length; index++) {
    const low = Math.min(writes.low[index], lowWith[writes.before[index]]);
    rows = Math.max(rows, writes.high[index] - low);
  }
  return rows;
}

const ringsKnown = new WeakMap<Atom, WeakMap<Atom, number>>();

function ringBytesBetween(before: Atom, after: Atom): number {
  let known = ringsKnown.get(before);
  if (known === undefined) ringsKnown.set(before, (known = new WeakMap()));
  let bytes = known.get(after);
  if (bytes === undefined) {
    const rows = Math.min(ringRows(before.writes, after), before.outputHeight);
    known.set(after, (bytes = alignTo(rows * before.outputRowBytes, TENSOR_ALIGNMENT)));
  }
  return bytes;
}

/** The ring of an input whose rows arrive one by one. */
function fedRingBytes({ lowWith, inputHeight, inputRowBytes }: Atom): number {
  let rows = 1;
  for (let row = 0; row < inputHeight; row++) rows = Math.max(rows, row + 1 - Math.min(row, lowWith[row]));
  return alignTo(rows * inputRowBytes, TENSOR_ALIGNMENT);
}

class AtomsRun {
  private readonly first: Atom;
  private readonly fed: boolean;
  private readonly from: number;
  private last: Atom;
  private stateBytes: number;
  private scratchBytes: number;
  private ringBytes: number;
  private cycles: number;
  /** The atom before the last; null where the last is the first. */
  private previous: Atom | null = null;
  /** For each step of the last link of `previous`: how many the first atom's has done by then; null where it is that. */
  private reached: Int32Array | null = null;

  constructor(first: Atom, from: number, fed: boolean) {
    this.first = this.last = first;
    this.from = from;
    this.fed = fed;
    this.stateBytes = first.stateBytes;
    this.scratchBytes = first.scratchBytes;
    this.ringBytes = first.ringBytes + (fed ? fedRingBytes(first) : 0);
    this.cycles = first.cycles;
  }

  append(atom: Atom): void {
    this.ringBytes += ringBytesBetween(this.last, atom) + atom.ringBytes;
    this.stateBytes += atom.stateBytes;
    this.scratchBytes = Math.max(this.scratchBytes, atom.scratchBytes);
    this.cycles += atom.cycles;
    const { needed } = this.last;
    let reached: Int32Array | null = null;
    if (this.previous !== null) {
      reached = new Int32Array(needed.length);
      for (let step = 0; step < needed.length; step++) reached[step] = this.firstStepsFor(needed[step], this.previous);
    }
    this.reached = reached;
    this.previous = this.last;
    this.last = atom;
  }

  /** How many steps the first atom's last link has done when so many rows reach the last atom. */
  private firstStepsFor(rows: number, previous: Atom): number {
    const steps = previous.stepsFor[rows];
    return this.reached === null || steps === 0 ? steps : this.reached[steps - 1];
  }

  /** How far, in bytes, the rows of what goes out are ahead of the living rows of what comes in. */
  private delay(): number {
    const { first, last, previous } = this;
    const { needed, lowDuring, made } = last.writes;
    let delay = 0;
    for (let index = 0; index < made.length; index++) {
      const low = previous === null ? lowDuring[index] : first.lowAfter[this.firstStepsFor(needed[index], previous)];
      if (low >= first.inputHeight || made[index] === 0) continue;
      delay = Math.max(delay, made[index] * last.outputRowBytes - low * first.inputRowBytes);
    }
    return delay;
  }

  price(): { bytes: number; cycles: number } {
    const { first, last } = this;
    const dying = this.fed ? 0 : first.inputHeight * first.inputRowBytes;
    const grown = last.outputHeight * last.outputRowBytes;
    const gap = dying > 0 ? alignTo(this.delay(), TENSOR_ALIGNMENT) : 0;
    const work = this.stateBytes + alignTo(this.scratchBytes, WORK_ALIGNMENT);
    return {
      bytes: work + this.ringBytes + spanOf(dying, grown, gap),
      cycles: this.cycles + (this.from > 0 ? dying * CYCLES_PER_MOVED_BYTE : 0),
    };
  }
}
