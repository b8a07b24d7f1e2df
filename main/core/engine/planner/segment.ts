/**
 * A segment: some operators in a row, streamed. The eager schedule (always the deepest operator whose input rows are
 * there) is run once, symbolically; that gives the order of the steps, how many rows of each tensor are alive at a
 * time, and with that all that has to be placed in the arena while the segment runs. A tensor that is kept whole is
 * alive from its first live row to its last written row only, so that what comes next may take the rows that are dead.
 */
import type { TensorId } from '../../graph/index.ts';
import { INPUT_STEP, type BufferRole } from '../plan.ts';
import type { Network, NetworkTensor } from './network.ts';

/** Operators [from, to). */
export interface Cut {
  readonly from: number;
  readonly to: number;
}

/** From step `step` on, bytes [low, high) are alive. */
export interface Extent {
  readonly step: number;
  readonly low: number;
  readonly high: number;
}

/** Something that needs a place in the arena while a segment runs. Steps are counted within the segment. */
export interface Item {
  readonly role: BufferRole;
  /** The storage, or null for scratch and state. */
  readonly storage: TensorId | null;
  /** The operator whose state it is, or those that share the scratch. */
  readonly operators: readonly number[];
  readonly bytes: number;
  readonly alignment: number;
  readonly ringRows: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** Ascending; the first one at `firstStep`. One entry means: all bytes, all the time. */
  readonly extents: readonly Extent[];
  /** It holds something when the segment begins, or when it ends. */
  readonly comesIn: boolean;
  readonly goesOut: boolean;
}

export interface SegmentRun extends Cut {
  /** Operators' indices in the order of their steps; `INPUT_STEP` where the next row of a row-fed input arrives. */
  readonly sequence: readonly number[];
  readonly items: readonly Item[];
}

const TENSOR_ALIGNMENT = 4;
const SCRATCH_ALIGNMENT = 16;

/**
 * Runs the operators of a segment. Everything that they read from outside is there in full, but for `fedInput`, whose
 * rows arrive one by one.
 *
 * @throws RangeError where the operators wait for each other, which a model in topological order cannot make happen
 */
export function runSegment(network: Network, cut: Cut, fedInput: TensorId | null): SegmentRun {
  const run = new Run(network, cut, fedInput);
  run.toEnd();
  return { ...cut, sequence: run.sequence, items: [...run.storageItems(), ...run.workItems()] };
}

interface Window {
  readonly step: number;
  readonly low: number;
  readonly high: number;
}

/** What is noted of a storage during the run. */
interface Track {
  readonly members: readonly NetworkTensor[];
  readonly comesIn: boolean;
  /** Ascending, in rows. */
  readonly windows: Window[];
  /** The most rows alive, or being written, at a time. */
  rows: number;
  low: number;
  high: number;
}

class Run {
  readonly sequence: number[] = [];
  private readonly network: Network;
  private readonly cut: Cut;
  private readonly fedInput: TensorId | null;
  /** Steps done by each operator of the segment. */
  private readonly done: Int32Array;
  /** Rows made of each tensor. */
  private readonly made: Int32Array;
  private readonly tracks = new Map<TensorId, Track>();
  private remaining = 0;

  constructor(network: Network, cut: Cut, fedInput: TensorId | null) {
    this.network = network;
    this.cut = cut;
    this.fedInput = fedInput;
    this.done = new Int32Array(cut.to - cut.from);
    this.made = new Int32Array(network.model.tensors.length);
    for (let index = cut.from; index < cut.to; index++) this.remaining += network.operators[index]?.kernel.steps ?? 0;
    for (const [storage, members] of network.storages) {
      for (const { id, producer, height } of members) {
        if ((producer ?? -1) < cut.from && id !== fedInput) this.made[id] = height;
      }
      this.track(storage, members);
    }
  }

  /** Storages that hold something now, or will while the segment runs. */
  private track(storage: TensorId, members: readonly NetworkTensor[]): void {
    const isMadeHere = members.some(({ id, producer }) => this.isInside(producer) || id === this.fedInput);
    const window = this.windowOf(members);
    // What the caller has put there is there, read or not.
    const isGiven = this.cut.from === 0 && members.some(({ isInput, id }) => isInput && id !== this.fedInput);
    if (!isMadeHere && !isGiven && window.high <= window.low) return;
    const low = isGiven ? 0 : window.low;
    const comesIn = window.high > low;
    const windows = comesIn ? [{ step: 0, low, high: window.high }] : [];
    this.tracks.set(storage, { members, comesIn, windows, rows: 1, low: window.low, high: window.high });
  }

  private isInside(operator: number | null): boolean {
    return operator !== null && operator >= this.cut.from && operator < this.cut.to;
  }

  toEnd(): void {
    let deepest = this.cut.to - 1;
    while (this.remaining > 0) {
      let index = deepest;
      while (index >= this.cut.from && !this.isReady(index)) index--;
      if (index >= this.cut.from) deepest = this.step(index);
      else {
        this.feed();
        deepest = this.cut.to - 1;
      }
    }
    // Later segments may read what this one does not need; and rows that nobody needs arrive all the same.
    while (this.fedInput !== null && this.rowsToCome(this.fedInput) > 0) this.feed();
  }

  private isReady(index: number): boolean {
    const operator = this.network.operators[index];
    const step = this.done[index - this.cut.from] ?? 0;
    if (operator === undefined || step >= operator.kernel.steps) return false;
    for (const { tensor, needTo } of operator.inputs) {
      if ((this.made[tensor] ?? 0) < (needTo[step] ?? 0)) return false;
    }
    return true;
  }

  /** Returns the deepest operator that may be ready now: none below it was before, and its rows help only its readers. */
  private step(index: number): number {
    const operator = this.network.operators[index];
    const place = index - this.cut.from;
    const step = this.done[place] ?? 0;
    const now = this.sequence.length;
    let deepest = index;
    this.sequence.push(index);
    this.remaining--;
    this.done[place] = step + 1;
    for (const { tensor, madeTo } of operator?.outputs ?? []) {
      this.made[tensor] = madeTo[step + 1] ?? 0;
      this.note(tensor, now, madeTo[step] ?? 0);
      for (const consumer of this.network.tensors.get(tensor)?.consumers ?? []) {
        if (consumer.operator < this.cut.to) deepest = Math.max(deepest, consumer.operator);
      }
    }
    for (const { tensor } of operator?.inputs ?? []) this.note(tensor, now, Infinity);
    return deepest;
  }

  private rowsToCome(fed: TensorId): number {
    return (this.network.tensors.get(fed)?.height ?? 0) - (this.made[fed] ?? 0);
  }

  private feed(): void {
    const fed = this.fedInput;
    if (fed === null || this.rowsToCome(fed) === 0) {
      throw new RangeError(`operators ${String(this.cut.from)} to ${String(this.cut.to)} wait for each other`);
    }
    const made = this.made[fed] ?? 0;
    const now = this.sequence.length;
    this.sequence.push(INPUT_STEP);
    this.made[fed] = made + 1;
    this.note(fed, now, made);
  }

  /**
   * Notes what is alive of a tensor's storage in this step and after it. During the step, what it reads is alive
   * still and what it writes (from row `writtenFrom` on) is alive already, even if nobody reads it.
   */
  private note(tensor: TensorId, now: number, writtenFrom: number): void {
    const track = this.tracks.get(this.network.tensors.get(tensor)?.storage ?? tensor);
    if (track === undefined) return;
    const { low, high } = this.windowOf(track.members);
    // The same storage may be noted twice in a step: once as written, once as read.
    let [lowest, highest] = [Math.min(track.low, low, writtenFrom), Math.max(track.high, high)];
    if (track.windows.at(-1)?.step === now + 1) {
      track.windows.pop();
      lowest = Math.min(lowest, track.windows.at(-1)?.low ?? lowest);
      highest = Math.max(highest, track.windows.at(-1)?.high ?? highest);
    }
    if (track.windows.at(-1)?.step === now) track.windows.pop();
    const during = { step: now, low: lowest, high: highest };
    track.windows.push(during, { step: now + 1, low, high });
    track.rows = Math.max(track.rows, during.high - during.low);
    track.low = low;
    track.high = high;
  }

  private windowOf(members: readonly NetworkTensor[]): { low: number; high: number } {
    let [low, high] = [Infinity, 0];
    for (const member of members) {
      high = Math.max(high, this.made[member.id] ?? 0);
      low = Math.min(low, this.firstAlive(member));
    }
    return { low: Math.min(low, high), high };
  }

  /** Rows below this are dead. */
  private firstAlive({ consumers, isOutput, height }: NetworkTensor): number {
    if (isOutput) return 0;
    let low = height;
    for (const { operator, input } of consumers) {
      const { keepFrom } = input;
      const steps =
        operator < this.cut.from
          ? keepFrom.length - 1
          : operator >= this.cut.to
            ? 0
            : (this.done[operator - this.cut.from] ?? 0);
      low = Math.min(low, keepFrom[steps] ?? 0);
    }
    return low;
  }

  storageItems(): Item[] {
    return [...this.tracks].flatMap(([storage, track]) => this.storageItem(storage, track));
  }

  private storageItem(storage: TensorId, { members, comesIn, windows, rows, low, high }: Track): Item[] {
    const [first] = members;
    const [begin] = windows;
    if (first === undefined || begin === undefined) return [];
    const total = this.sequence.length;
    const ringRows = this.isConfined(members) ? Math.min(rows, first.height) : first.height;
    const goesOut = high > low;
    const alive = windows.findLastIndex((window) => window.high > window.low);
    const lastStep = goesOut ? total : Math.max(0, (windows[alive + 1]?.step ?? total) - 1);
    // The pads of a planar tensor are filled in its producer's first step, which need not make a row yet.
    const filledAt = first.layout.kind === 'planar' ? this.sequence.indexOf(first.producer ?? INPUT_STEP) : -1;
    const firstStep = filledAt < 0 ? begin.step : Math.min(begin.step, filledAt);
    const linear = ringRows >= first.height && first.layout.kind === 'hwc';
    const bytes = ringRows * first.rowBytes;
    return [
      {
        role: 'tensor',
        storage,
        operators: [],
        bytes,
        alignment: TENSOR_ALIGNMENT,
        ringRows,
        firstStep,
        lastStep,
        extents: linear ? extentsOf(windows, first.rowBytes) : [{ step: firstStep, low: 0, high: bytes }],
        comesIn,
        goesOut,
      },
    ];
  }

  /** Made (or fed) and read within the segment: a ring of its rows is enough. */
  private isConfined(members: readonly NetworkTensor[]): boolean {
    return members.every(
      ({ producer, consumers, isOutput, id }) =>
        !isOutput &&
        (producer === null ? id === this.fedInput : this.isInside(producer)) &&
        consumers.every(({ operator }) => this.isInside(operator)),
    );
  }

  /** One scratch for the segment (nothing in it outlives a step), one state for each operator that needs one. */
  workItems(): Item[] {
    const items: Item[] = [];
    const users: number[] = [];
    let bytes = 0;
    for (let index = this.cut.from; index < this.cut.to; index++) {
      const kernel = this.network.operators[index]?.kernel;
      if (kernel === undefined) continue;
      if (kernel.scratchBytes > 0) users.push(index);
      bytes = Math.max(bytes, kernel.scratchBytes);
      if (kernel.stateBytes > 0) items.push(this.workItem('state', [index], kernel.stateBytes));
    }
    if (bytes > 0) items.push(this.workItem('scratch', users, bytes));
    return items;
  }

  private workItem(role: 'scratch' | 'state', operators: readonly number[], bytes: number): Item {
    const uses = (index: number): boolean => operators.includes(index);
    const firstStep = this.sequence.findIndex(uses);
    const lastStep = this.sequence.findLastIndex(uses);
    return {
      role,
      storage: null,
      operators,
      bytes,
      alignment: SCRATCH_ALIGNMENT,
      ringRows: 1,
      firstStep,
      lastStep,
      extents: [{ step: firstStep, low: 0, high: bytes }],
      comesIn: false,
      goesOut: false,
    };
  }
}

/** In bytes, without entries that say nothing new. */
function extentsOf(windows: readonly Window[], rowBytes: number): Extent[] {
  const extents: Extent[] = [];
  for (const { step, low, high } of windows) {
    const last = extents.at(-1);
    if (last?.low === low * rowBytes && last.high === high * rowBytes) continue;
    extents.push({ step, low: low * rowBytes, high: high * rowBytes });
  }
  return extents;
}
