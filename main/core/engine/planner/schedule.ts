/**
 * The eager schedule of a segment: always the deepest operator whose input rows are there. Running it once gives the
 * order of the steps and how many rows of each tensor are alive at a time.
 */
import type { TensorId } from '../../graph/index.ts';
import { INPUT_STEP } from '../plan.ts';
import type { Network, NetworkTensor } from './network.ts';

export interface Cut {
  /** Operators [from, to). */
  readonly from: number;
  readonly to: number;
}

export interface SegmentSchedule extends Cut {
  /** Operators' indices in the order of their steps; `INPUT_STEP` where the next row of a row-fed input arrives. */
  readonly sequence: readonly number[];
  /** Rows of each tensor that the segment makes or is fed, alive at the same time; keyed by storage. */
  readonly ringRows: ReadonlyMap<TensorId, number>;
}

/**
 * Schedules the operators of a segment. Everything that they read from outside is there in full, but for `fedInput`,
 * whose rows arrive one by one.
 *
 * @throws RangeError where the operators wait for each other, which a model in topological order cannot make happen
 */
export function scheduleSegment(network: Network, cut: Cut, fedInput: TensorId | null): SegmentSchedule {
  const run = new SegmentRun(network, cut, fedInput);
  while (!run.finished) run.advance();
  run.feedTheRest();
  return { ...cut, sequence: run.sequence, ringRows: run.ringRows };
}

class SegmentRun {
  readonly sequence: number[] = [];
  readonly ringRows = new Map<TensorId, number>();
  private readonly network: Network;
  private readonly cut: Cut;
  private readonly fedInput: TensorId | null;
  private readonly done: Int32Array;
  /** Rows made of each tensor that is made here. */
  private readonly made = new Map<TensorId, number>();
  private remaining: number;

  constructor(network: Network, cut: Cut, fedInput: TensorId | null) {
    this.network = network;
    this.cut = cut;
    this.fedInput = fedInput;
    this.done = new Int32Array(cut.to - cut.from);
    this.remaining = 0;
    for (let index = cut.from; index < cut.to; index++) {
      const operator = network.operators[index];
      this.remaining += operator?.kernel.steps ?? 0;
      for (const { tensor } of operator?.outputs ?? []) this.made.set(tensor, 0);
    }
    if (fedInput !== null) this.made.set(fedInput, 0);
  }

  get finished(): boolean {
    return this.remaining === 0;
  }

  advance(): void {
    for (let index = this.cut.to - 1; index >= this.cut.from; index--) {
      if (this.isReady(index)) return this.step(index);
    }
    this.feed();
  }

  private isReady(index: number): boolean {
    const operator = this.network.operators[index];
    const step = this.done[index - this.cut.from] ?? 0;
    if (operator === undefined || step >= operator.kernel.steps) return false;
    for (const { tensor, needTo } of operator.inputs) {
      const made = this.made.get(tensor);
      if (made !== undefined && made < (needTo[step] ?? 0)) return false;
    }
    return true;
  }

  private step(index: number): void {
    const operator = this.network.operators[index];
    const place = index - this.cut.from;
    const step = this.done[place] ?? 0;
    this.sequence.push(index);
    this.remaining--;
    for (const { tensor, madeTo } of operator?.outputs ?? []) {
      this.made.set(tensor, madeTo[step + 1] ?? 0);
      this.noteWindow(tensor, madeTo[step] ?? 0);
    }
    this.done[place] = step + 1;
  }

  /** Later segments may read what this one does not need; and rows that nobody needs arrive all the same. */
  feedTheRest(): void {
    while (this.fedInput !== null && this.rowsToCome(this.fedInput) > 0) this.feed();
  }

  private rowsToCome(fed: TensorId): number {
    return (this.network.tensors.get(fed)?.height ?? 0) - (this.made.get(fed) ?? 0);
  }

  private feed(): void {
    const fed = this.fedInput;
    if (fed === null || this.rowsToCome(fed) === 0) {
      throw new RangeError(`operators ${String(this.cut.from)} to ${String(this.cut.to)} wait for each other`);
    }
    const made = this.made.get(fed) ?? 0;
    this.sequence.push(INPUT_STEP);
    this.made.set(fed, made + 1);
    this.noteWindow(fed, made);
  }

  /** The rows of a storage that are alive, or written though nobody reads them, while rows from `from` on are made. */
  private noteWindow(tensor: TensorId, from: number): void {
    const storage = this.network.tensors.get(tensor)?.storage ?? tensor;
    let [low, high] = [from, 0];
    for (const member of this.network.storages.get(storage) ?? []) {
      const elsewhere = (member.producer ?? -1) < this.cut.from ? member.height : 0;
      high = Math.max(high, this.made.get(member.id) ?? elsewhere);
      low = Math.min(low, firstAlive(member, this.cut, this.done));
    }
    this.ringRows.set(storage, Math.max(this.ringRows.get(storage) ?? 1, high - low));
  }
}

/** Rows below this are dead once the segment's operators have done so many steps. */
export function firstAlive({ consumers, isOutput, height }: NetworkTensor, cut: Cut, done: Int32Array): number {
  if (isOutput) return 0;
  let low = height;
  for (const { operator, input } of consumers) {
    const steps = operator < cut.from ? input.needTo.length : operator >= cut.to ? 0 : (done[operator - cut.from] ?? 0);
    low = Math.min(low, input.keepFrom[steps] ?? 0);
  }
  return low;
}
