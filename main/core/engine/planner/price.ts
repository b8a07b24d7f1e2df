/**
 * The prices of all segments that begin at one operator, from one symbolic run: adding an operator at the end changes
 * neither the order of the steps before it nor what is alive then. A price is what `placeSegment` would find
 * (a property test holds them equal), a hundred times sooner; segments that are not plain are left to it.
 */
import type { TensorId } from '../../graph/index.ts';
import { CYCLES_PER_MOVED_BYTE, CYCLES_PER_STEP, fedInputOf, placeSegment } from './build.ts';
import type { Network, NetworkTensor } from './network.ts';
import { alignTo, spanOf } from './place.ts';
import type { InputMode } from '../plan.ts';
import type { Cut } from './segment.ts';

export interface Price extends Cut {
  readonly bytes: number;
  readonly cycles: number;
}

/** Prices of the segments from `from` to each of `ends` (ascending). */
export function pricesFrom(network: Network, from: number, ends: readonly number[], inputMode: InputMode): Price[] {
  const last = ends.at(-1) ?? from;
  const run = new PriceRun(network, from, last, from === 0 ? fedInputOf(network, inputMode) : null);
  const isPlain = run.isPlain && run.toEnd();
  return ends.map((to) => (isPlain ? run.price(to) : null) ?? exactPrice(network, { from, to }, inputMode));
}

function exactPrice(network: Network, cut: Cut, inputMode: InputMode): Price {
  const { packing, cycles } = placeSegment(network, cut, inputMode);
  return { ...cut, bytes: packing.bytes, cycles };
}

/** What the run knows of a storage. */
interface Account {
  readonly members: readonly NetworkTensor[];
  readonly height: number;
  readonly rowBytes: number;
  readonly planar: boolean;
  /** The last operator that reads it; Infinity for an output of the model. */
  readonly lastReader: number;
  /** Made, or fed, within the run. */
  readonly isMade: boolean;
  readonly producer: number;
  rows: number;
  /** How far its rows are ahead of the living rows of what comes in, in bytes. */
  delay: number;
}

const WORK_ALIGNMENT = 16;
const TENSOR_ALIGNMENT = 4;

class PriceRun {
  isPlain = true;
  private readonly network: Network;
  private readonly from: number;
  private readonly to: number;
  private readonly fed: TensorId | null;
  private readonly done: Int32Array;
  private readonly made: Int32Array;
  private readonly accounts: Account[] = [];
  /** By tensor. */
  private readonly accountOf: (Account | undefined)[];
  /** The one storage that holds something at the start; null where there is none. */
  private incoming: Account | null = null;
  private incomingBytes = 0;

  constructor(network: Network, from: number, to: number, fed: TensorId | null) {
    this.network = network;
    this.from = from;
    this.to = to;
    this.fed = fed;
    this.done = new Int32Array(to - from);
    this.made = new Int32Array(network.model.tensors.length);
    this.accountOf = new Array<Account | undefined>(network.model.tensors.length);
    for (const members of network.storages.values()) this.open(members);
  }

  private open(members: readonly NetworkTensor[]): void {
    const [first] = members;
    if (first === undefined) return;
    let [lastReader, producer] = [-1, Infinity];
    for (const member of members) {
      const made = member.id === this.fed ? this.from : (member.producer ?? -1);
      producer = Math.min(producer, made);
      if (made < this.from) this.made[member.id] = member.height;
      if (member.isOutput) lastReader = Infinity;
      for (const { operator } of member.consumers) lastReader = Math.max(lastReader, operator);
    }
    if (producer >= this.to) return;
    const comesIn = producer < this.from;
    const isGiven = this.from === 0 && first.isInput && comesIn;
    if (comesIn && lastReader < this.from && !isGiven) return;
    const planar = first.layout.kind === 'planar';
    if (planar && comesIn) this.isPlain = false;
    const { height, rowBytes } = first;
    const account = { members, height, rowBytes, planar, lastReader, isMade: !comesIn, producer, rows: 1, delay: 0 };
    this.accounts.push(account);
    for (const { id } of members) this.accountOf[id] = account;
    if (!comesIn) return;
    // More than one, or one that is only partly alive or partly made: somebody else's case.
    if (this.incoming !== null || members.some((member) => (member.producer ?? -1) >= this.from)) this.isPlain = false;
    this.incoming = account;
    const low = isGiven ? 0 : this.lowOf(account);
    if (low > 0) this.isPlain = false;
    this.incomingBytes = height * rowBytes;
  }

  /** False where it has to give up. */
  toEnd(): boolean {
    let remaining = 0;
    for (let index = this.from; index < this.to; index++) remaining += this.network.operators[index]?.kernel.steps ?? 0;
    let deepest = this.to - 1;
    while (remaining > 0) {
      let index = deepest;
      while (index >= this.from && !this.isReady(index)) index--;
      if (index >= this.from) {
        deepest = this.step(index);
        remaining--;
      } else {
        if (!this.feed()) return false;
        deepest = this.to - 1;
      }
    }
    return true;
  }

  private isReady(index: number): boolean {
    const operator = this.network.operators[index];
    const step = this.done[index - this.from];
    if (operator === undefined || step >= operator.kernel.steps) return false;
    for (const { tensor, needTo } of operator.inputs) if (this.made[tensor] < needTo[step]) return false;
    return true;
  }

  private step(index: number): number {
    const operator = this.network.operators[index];
    if (operator === undefined) return index;
    const place = index - this.from;
    const step = this.done[place];
    // Before the step: what it reads is alive still.
    const { incoming } = this;
    const incomingLow = incoming === null ? 0 : this.lowOf(incoming);
    const incomingLives = incoming !== null && incomingLow < incoming.height;
    this.done[place] = step + 1;
    let deepest = index;
    for (const { tensor, madeTo } of operator.outputs) {
      this.made[tensor] = madeTo[step + 1];
      const account = this.accountOf[tensor];
      if (account === undefined) continue;
      this.noteRows(account, madeTo[step]);
      if (incoming !== null && incomingLives && madeTo[step + 1] > 0) {
        const ahead = madeTo[step + 1] * account.rowBytes - incomingLow * incoming.rowBytes;
        account.delay = Math.max(account.delay, ahead);
      }
    }
    for (const reader of operator.readers) if (reader < this.to && reader > deepest) deepest = reader;
    return deepest;
  }

  private noteRows(account: Account, writtenFrom: number): void {
    let high = 0;
    for (const { id } of account.members) high = Math.max(high, this.made[id]);
    account.rows = Math.max(account.rows, high - Math.min(this.lowOf(account), writtenFrom));
  }

  private feed(): boolean {
    const node = this.fed === null ? undefined : this.network.tensors.get(this.fed);
    const account = node === undefined ? undefined : this.accountOf[node.id];
    if (node === undefined || account === undefined || this.made[node.id] >= node.height) return false;
    this.made[node.id]++;
    this.noteRows(account, this.made[node.id] - 1);
    return true;
  }

  /** The first row that lives. */
  private lowOf({ members }: Account): number {
    let low = Infinity;
    for (const { consumers, isOutput, height } of members) {
      if (isOutput) return 0;
      low = Math.min(low, height);
      for (const { operator, input } of consumers) {
        const steps =
          operator < this.from ? input.keepFrom.length - 1 : operator >= this.to ? 0 : this.done[operator - this.from];
        low = Math.min(low, input.keepFrom[steps]);
      }
    }
    return low;
  }

  /** Null where the segment is not plain. */
  price(to: number): Price | null {
    let [work, scratch, tensors, cycles] = [0, 0, 0, 0];
    for (let index = this.from; index < to; index++) {
      const kernel = this.network.operators[index]?.kernel;
      if (kernel === undefined) return null;
      scratch = Math.max(scratch, kernel.scratchBytes);
      work += alignTo(kernel.stateBytes, WORK_ALIGNMENT);
      cycles += kernel.cycles + kernel.steps * CYCLES_PER_STEP;
    }
    let growing: Account | null = null;
    for (const account of this.accounts) {
      const { isMade, producer, lastReader, rows, height, rowBytes } = account;
      if (!isMade || producer >= to) continue;
      if (lastReader < to) tensors += alignTo(Math.min(rows, height) * rowBytes, TENSOR_ALIGNMENT);
      else if (growing !== null || account.planar || account.members.some((member) => (member.producer ?? -1) >= to))
        return null;
      else growing = account;
    }
    const { incoming } = this;
    const passes = incoming !== null && incoming.lastReader >= to;
    if (passes) tensors += alignTo(this.incomingBytes, TENSOR_ALIGNMENT);
    const dying = incoming === null || passes ? 0 : this.incomingBytes;
    const gap = dying > 0 && growing !== null ? alignTo(growing.delay, TENSOR_ALIGNMENT) : 0;
    const grownBytes = growing === null ? 0 : growing.height * growing.rowBytes;
    const bytes = work + alignTo(scratch, WORK_ALIGNMENT) + tensors + spanOf(dying, grownBytes, gap);
    if (this.from > 0) cycles += this.incomingBytes * CYCLES_PER_MOVED_BYTE;
    return { from: this.from, to, bytes, cycles };
  }
}
