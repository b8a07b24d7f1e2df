/**
 * What the links between two neighbouring cut places add to the price of a segment that runs through them. Only one
 * tensor comes in and only one goes out, and the eager schedule never waits for what is below: so the rows that such an
 * atom keeps depend on nothing outside of it, and a segment's price is a sum over its atoms. An atom is run once, row by
 * row, and kept.
 */
import { inputSteps, outputRows, type InputSteps } from '../network.ts';
import { CYCLES_PER_STEP } from '../build.ts';
import { alignTo } from '../place.ts';
import type { View } from './views.ts';

/** The steps that write where the rows of the outgoing tensor are, in order: its own, or those of one that it is made over. */
export interface Writes {
  /** Rows of the input that must be there for it. */
  readonly needed: Int32Array;
  /** The first row of the input that lives during it. */
  readonly lowDuring: Int32Array;
  /** Rows of the outgoing tensor that its readers had before. */
  readonly before: Int32Array;
  /** Rows that it has made. */
  readonly made: Int32Array;
  /** Rows [low, high) are alive or written, as far as this atom knows. */
  readonly low: Int32Array;
  readonly high: Int32Array;
}

export interface Atom {
  readonly stateBytes: number;
  readonly scratchBytes: number;
  /** Rings of the tensors inside. */
  readonly ringBytes: number;
  readonly cycles: number;
  readonly inputHeight: number;
  readonly inputRowBytes: number;
  readonly outputHeight: number;
  readonly outputRowBytes: number;
  /** Steps of the last link until rows [0, r) of the output are made. */
  readonly stepsFor: Int32Array;
  /** Rows of the input that must be there for each step of the last link. */
  readonly needed: Int32Array;
  /** The first row of the input that lives after so many of these steps. */
  readonly lowAfter: Int32Array;
  readonly writes: Writes;
  /** The first row of the input that lives once so many are there and all is done that can be done. */
  readonly lowWith: Int32Array;
}

const WORK_ALIGNMENT = 16;
const TENSOR_ALIGNMENT = 4;
const MOST_KNOWN = 200_000;

const known = new Map<string, Atom | null>();

/** The links [from, to) of a view; null where the atom is none of the kind described above. */
export function atomOf(view: View, from: number, to: number): Atom | null {
  const { links } = view.chain;
  let key = '';
  for (let index = from; index < to; index++) key += `${links[index].id}.${view.chosen[index]} `;
  let atom = known.get(key);
  if (atom === undefined) {
    if (known.size > MOST_KNOWN) known.clear();
    atom = new AtomRun(view, from, to).summary();
    known.set(key, atom);
  }
  return atom;
}

type Write = { readonly [K in keyof Writes]: number };

function writesOf(writes: readonly Write[]): Writes {
  const column = (name: keyof Writes): Int32Array => Int32Array.from(writes, (write) => write[name]);
  return {
    needed: column('needed'),
    lowDuring: column('lowDuring'),
    before: column('before'),
    made: column('made'),
    low: column('low'),
    high: column('high'),
  };
}

/** One run of an atom's links. Local tensors: 0 comes in, i + 1 is made by link i of the atom. */
class AtomRun {
  private readonly view: View;
  private readonly from: number;
  private readonly count: number;
  private readonly done: Int32Array;
  private readonly made: Int32Array;
  private readonly rows: Int32Array;
  private readonly heights: number[];
  /** For each local tensor, who reads it and how. */
  private readonly readers: { readonly link: number; readonly steps: InputSteps }[][];
  private readonly madeTo: Int32Array[];
  /** The local tensor whose bytes each uses. */
  private readonly storage: number[];
  private readonly writes: Write[] = [];
  private isPlain = true;

  constructor(view: View, from: number, to: number) {
    const { links, inputHeight } = view.chain;
    this.view = view;
    this.from = from;
    this.count = to - from;
    this.done = new Int32Array(this.count);
    this.made = new Int32Array(this.count + 1);
    this.rows = new Int32Array(this.count + 1).fill(1);
    this.heights = [from === 0 ? inputHeight : links[from - 1].height];
    this.readers = [[]];
    this.madeTo = [];
    this.storage = [0];
    for (let link = 0; link < this.count; link++) {
      const index = from + link;
      const kernel = view.kernels[index];
      this.heights.push(links[index].height);
      this.readers.push([]);
      this.madeTo.push(outputRows(kernel, 0, links[index].height));
      links[index].inputs.forEach((back, place) => {
        const tensor = link + 1 - back;
        if (tensor < 0) this.isPlain = false;
        else this.readers[tensor].push({ link, steps: inputSteps(kernel, place, tensor, this.heights[tensor]) });
      });
      const over = link + 1 - links[index].inputs[0];
      this.storage.push(view.inPlace[index] === 1 && over >= 0 ? this.storage[over] : link + 1);
    }
    if (this.storage[this.count] === 0) this.isPlain = false;
  }

  summary(): Atom | null {
    if (!this.isPlain) return null;
    const [height] = this.heights;
    const last = this.count - 1;
    const steps = this.view.kernels[this.from + last].steps;
    const needed = new Int32Array(steps);
    const lowAfter = new Int32Array(steps + 1);
    const lowWith = new Int32Array(height + 1);
    for (let fed = 0; fed <= height; fed++) {
      this.made[0] = fed;
      for (let link = this.deepestReady(); link >= 0; link = this.deepestReady()) {
        if (link === last) needed[this.done[link]] = fed;
        this.step(link);
        if (link === last) lowAfter[this.done[link]] = this.lowOf(0);
      }
      lowWith[fed] = this.lowOf(0);
    }
    for (let link = 0; link < this.count; link++)
      if (this.done[link] < this.view.kernels[this.from + link].steps) return null;
    return { needed, lowAfter, lowWith, writes: writesOf(this.writes), ...this.bytesAndCycles(), ...this.ends() };
  }

  private deepestReady(): number {
    for (let link = this.count - 1; link >= 0; link--) {
      const step = this.done[link];
      if (step < this.view.kernels[this.from + link].steps && this.hasInputs(link, step)) return link;
    }
    return -1;
  }

  private hasInputs(link: number, step: number): boolean {
    return this.view.chain.links[this.from + link].inputs.every((back) => {
      const tensor = link + 1 - back;
      return this.readers[tensor].every(
        (reader) => reader.link !== link || this.made[tensor] >= reader.steps.needTo[step],
      );
    });
  }

  private step(link: number): void {
    const tensor = link + 1;
    const storage = this.storage[tensor];
    const lowDuring = this.lowOf(0);
    const before = this.made[this.count];
    const step = ++this.done[link];
    const writtenFrom = this.madeTo[link][step - 1];
    this.made[tensor] = this.madeTo[link][step];
    let [low, high] = [writtenFrom, 0];
    for (let member = 1; member <= this.count; member++) {
      if (this.storage[member] !== storage) continue;
      high = Math.max(high, this.made[member]);
      if (member < this.count) low = Math.min(low, this.lowOf(member));
    }
    this.rows[storage] = Math.max(this.rows[storage], high - low);
    if (storage === this.storage[this.count])
      this.writes.push({ needed: this.made[0], lowDuring, before, made: this.made[tensor], low, high });
  }

  /** The first row that lives, as far as the links of the atom read it. */
  private lowOf(tensor: number): number {
    let low = this.heights[tensor];
    for (const { link, steps } of this.readers[tensor]) low = Math.min(low, steps.keepFrom[this.done[link]]);
    return low;
  }

  private bytesAndCycles(): Pick<Atom, 'stateBytes' | 'scratchBytes' | 'ringBytes' | 'cycles'> {
    let [stateBytes, scratchBytes, ringBytes, cycles] = [0, 0, 0, 0];
    for (let link = 0; link < this.count; link++) {
      const kernel = this.view.kernels[this.from + link];
      stateBytes += alignTo(kernel.stateBytes, WORK_ALIGNMENT);
      scratchBytes = Math.max(scratchBytes, kernel.scratchBytes);
      cycles += kernel.cycles + kernel.steps * CYCLES_PER_STEP;
      const tensor = link + 1;
      if (this.storage[tensor] !== tensor || this.storage[this.count] === tensor) continue;
      const rows = Math.min(this.rows[tensor], this.heights[tensor]);
      ringBytes += alignTo(rows * this.view.rowBytes[this.from + tensor], TENSOR_ALIGNMENT);
    }
    return { stateBytes, scratchBytes, ringBytes, cycles };
  }

  private ends(): Pick<Atom, 'inputHeight' | 'inputRowBytes' | 'outputHeight' | 'outputRowBytes' | 'stepsFor'> {
    const madeTo = this.madeTo[this.count - 1];
    const outputHeight = this.heights[this.count];
    const stepsFor = new Int32Array(outputHeight + 1);
    for (let rows = 1; rows <= outputHeight; rows++) {
      let steps = stepsFor[rows - 1];
      while (madeTo[steps] < rows) steps++;
      stepsFor[rows] = steps;
    }
    return {
      inputHeight: this.heights[0],
      inputRowBytes: this.view.rowBytes[this.from],
      outputHeight,
      outputRowBytes: this.view.rowBytes[this.from + this.count],
      stepsFor,
    };
  }
}
