/**
 * What has to be placed in the arena: storages with the bytes that are alive in them at each step, scratch, state.
 * A tensor that is kept whole is alive from its first live row to its last written row only, so that what comes next
 * may take the rows that are dead.
 */
import type { TensorId } from '../../graph/index.ts';
import { INPUT_STEP, type BufferRole } from '../plan.ts';
import type { Network, NetworkTensor } from './network.ts';
import { firstAlive, type SegmentSchedule } from './schedule.ts';

/** From step `step` on, bytes [low, high) are alive. */
export interface Extent {
  readonly step: number;
  readonly low: number;
  readonly high: number;
}

export interface Item {
  readonly role: BufferRole;
  readonly name: string;
  /** The storage, or null for scratch and state. */
  readonly storage: TensorId | null;
  /** The operator whose state it is, or the first of those that share a scratch. */
  readonly operators: readonly number[];
  readonly bytes: number;
  readonly alignment: number;
  readonly ringRows: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** Ascending; the first one at `firstStep`. One entry means: all bytes, all the time. */
  readonly extents: readonly Extent[];
}

const TENSOR_ALIGNMENT = 4;
const SCRATCH_ALIGNMENT = 16;

/**
 * The items of successive segments: of a whole plan, or of a part of it, in which case what is made before and read
 * after counts as well. Steps are counted through all segments.
 */
export function itemsOf(network: Network, segments: readonly SegmentSchedule[]): Item[] {
  const timeline = new Timeline(network, segments);
  return [...timeline.storageItems(), ...timeline.workItems()];
}

interface Window {
  low: number;
  high: number;
}

class Timeline {
  private readonly network: Network;
  private readonly segments: readonly SegmentSchedule[];
  /** Of each storage: the rows alive during each step in which that changes. */
  private readonly windows = new Map<TensorId, { step: number; low: number; high: number }[]>();
  private readonly firstStepOf: number[];
  private readonly lastStepOf: number[];
  private readonly segmentOf: number[];
  private readonly starts: number[] = [];
  private readonly total: number;

  constructor(network: Network, segments: readonly SegmentSchedule[]) {
    this.network = network;
    this.segments = segments;
    const count = network.operators.length;
    this.firstStepOf = new Array<number>(count).fill(-1);
    this.lastStepOf = new Array<number>(count).fill(-1);
    this.segmentOf = new Array<number>(count).fill(-1);
    let step = 0;
    segments.forEach(({ from, to, sequence }, segment) => {
      this.segmentOf.fill(segment, from, to);
      this.starts.push(step);
      for (const operator of sequence) {
        if (operator !== INPUT_STEP) {
          if ((this.firstStepOf[operator] ?? -1) < 0) this.firstStepOf[operator] = step;
          this.lastStepOf[operator] = step;
        }
        step++;
      }
    });
    this.total = step;
    this.replay();
  }

  /** Notes the live rows of every storage before and after each step. */
  private replay(): void {
    const done = new Int32Array(this.network.operators.length);
    const made = new Map<TensorId, number>();
    const everything = { from: 0, to: this.network.operators.length };
    const first = this.segments[0]?.from ?? 0;
    for (const tensor of this.network.tensors.values()) {
      if ((tensor.producer ?? -1) < first) made.set(tensor.id, tensor.height);
    }
    for (let index = 0; index < first; index++) done[index] = this.network.operators[index]?.kernel.steps ?? 0;
    const fed = this.segments.some(({ sequence }) => sequence.includes(INPUT_STEP))
      ? this.network.model.inputs[0]
      : undefined;
    if (fed !== undefined) made.set(fed, 0);
    const windowOf = (storage: TensorId): Window => {
      const window = { low: Infinity, high: 0 };
      for (const member of this.network.storages.get(storage) ?? []) {
        const high = made.get(member.id) ?? 0;
        window.high = Math.max(window.high, high);
        window.low = Math.min(window.low, firstAlive(member, everything, done));
      }
      return window;
    };
    const note = (step: number, storage: TensorId, before: Window, writtenFrom: number): void => {
      const after = windowOf(storage);
      const list = this.windows.get(storage) ?? [];
      this.windows.set(storage, list);
      // During the step: what it reads is alive still, what it writes is alive already, even if nobody reads it.
      const low = Math.min(before.low, after.low, writtenFrom);
      list.push({ step, low, high: Math.max(before.high, after.high) });
      list.push({ step: step + 1, ...after });
    };
    for (const storage of this.network.storages.keys()) {
      const { low, high } = windowOf(storage);
      const isFilled = first === 0 ? this.network.model.inputs.includes(storage) && storage !== fed : high > low;
      if (isFilled) this.windows.set(storage, [{ step: 0, low: first === 0 ? 0 : low, high }]);
    }
    let step = 0;
    for (const { sequence } of this.segments) {
      for (const operator of sequence) {
        const node = operator === INPUT_STEP ? undefined : this.network.operators[operator];
        const writtenFrom = new Map<TensorId, number>();
        for (const { tensor } of node?.inputs ?? []) writtenFrom.set(this.storageOf(tensor), Infinity);
        for (const { tensor, madeTo } of node?.outputs ?? []) {
          writtenFrom.set(this.storageOf(tensor), madeTo[done[operator] ?? 0] ?? 0);
        }
        if (node === undefined && fed !== undefined) writtenFrom.set(this.storageOf(fed), made.get(fed) ?? 0);
        const before = [...writtenFrom.keys()].map((storage) => [storage, windowOf(storage)] as const);
        if (node === undefined && fed !== undefined) made.set(fed, (made.get(fed) ?? 0) + 1);
        for (const { tensor, madeTo } of node?.outputs ?? []) {
          made.set(tensor, madeTo[(done[operator] ?? 0) + 1] ?? 0);
        }
        if (node !== undefined) done[operator] = (done[operator] ?? 0) + 1;
        for (const [storage, window] of before) note(step, storage, window, writtenFrom.get(storage) ?? Infinity);
        step++;
      }
    }
  }

  private storageOf(tensor: TensorId): TensorId {
    return this.network.tensors.get(tensor)?.storage ?? tensor;
  }

  storageItems(): Item[] {
    return [...this.network.storages].flatMap(([storage, members]) => {
      return this.windows.has(storage) ? [this.storageItem(storage, members)] : [];
    });
  }

  private storageItem(storage: TensorId, members: readonly NetworkTensor[]): Item {
    const windows = this.windows.get(storage) ?? [];
    const { height, rowBytes, layout } = members[0] ?? { height: 0, rowBytes: 0, layout: { kind: 'hwc' as const } };
    const isOutput = members.some((member) => member.isOutput);
    const alive = windows.filter(({ low, high }) => high > low);
    // The pads of a planar tensor are filled in its producer's first step, which need not make a row yet.
    const fillStep =
      layout.kind === 'planar'
        ? Math.min(...members.map(({ producer }) => this.firstStepOf[producer ?? -1] ?? 0))
        : Infinity;
    const firstStep = Math.min(alive[0]?.step ?? 0, fillStep);
    const lastChange = windows.findLast(({ low, high }) => high > low);
    const lastIndex = lastChange === undefined ? -1 : windows.lastIndexOf(lastChange);
    const lastStep = isOutput ? this.total : Math.max(firstStep, (windows[lastIndex + 1]?.step ?? this.total) - 1);
    const ringRows = this.ringRowsOf(storage, members, height);
    const linear = ringRows >= height && layout.kind === 'hwc';
    const extents = linear
      ? mergeExtents(
          windows.map(({ step, low, high }) => ({ step, low: Math.min(low, high) * rowBytes, high: high * rowBytes })),
        )
      : [{ step: firstStep, low: 0, high: ringRows * rowBytes }];
    const name = members.map(({ id }) => this.network.model.tensors[id]?.name ?? String(id)).join(' = ');
    return {
      role: 'tensor',
      name,
      storage,
      operators: [],
      bytes: ringRows * rowBytes,
      alignment: TENSOR_ALIGNMENT,
      ringRows,
      firstStep,
      lastStep,
      extents,
    };
  }

  /** All rows, unless every member is made and read within one segment. */
  private ringRowsOf(storage: TensorId, members: readonly NetworkTensor[], height: number): number {
    const segments = new Set<number>();
    for (const { producer, consumers, isOutput, isInput, id } of members) {
      if (isOutput) return height;
      if (producer !== null) segments.add(this.segmentOf[producer] ?? -1);
      else if (isInput && this.segments[0]?.sequence.includes(INPUT_STEP) && id === this.network.model.inputs[0])
        segments.add(0);
      else return height;
      for (const { operator } of consumers) segments.add(this.segmentOf[operator] ?? -1);
    }
    const [segment] = segments;
    if (segments.size !== 1 || segment === undefined) return height;
    return Math.min(height, this.segments[segment]?.ringRows.get(storage) ?? height);
  }

  /** One scratch for each segment (nothing in it outlives a step), one state for each operator that needs one. */
  workItems(): Item[] {
    const items: Item[] = [];
    for (const { from, to } of this.segments) {
      const users: number[] = [];
      let bytes = 0;
      for (let index = from; index < to; index++) {
        const kernel = this.network.operators[index]?.kernel;
        if (kernel === undefined) continue;
        if (kernel.scratchBytes > 0) users.push(index);
        bytes = Math.max(bytes, kernel.scratchBytes);
        if (kernel.stateBytes > 0) items.push(this.workItem('state', [index], kernel.stateBytes));
      }
      if (bytes > 0) items.push(this.workItem('scratch', users, bytes));
    }
    return items;
  }

  private workItem(role: 'scratch' | 'state', operators: readonly number[], bytes: number): Item {
    const firstStep = Math.min(...operators.map((index) => this.firstStepOf[index] ?? 0));
    const lastStep = Math.max(...operators.map((index) => this.lastStepOf[index] ?? 0));
    return {
      role,
      name: `${role} of ${operators.map((index) => this.network.model.operators[index]?.name ?? '').join(', ')}`,
      storage: null,
      operators,
      bytes,
      alignment: SCRATCH_ALIGNMENT,
      ringRows: 1,
      firstStep,
      lastStep,
      extents: [{ step: firstStep, low: 0, high: bytes }],
    };
  }
}

/** Drops entries that say nothing new; of several for one step the last one counts, widened by those before it. */
function mergeExtents(extents: readonly Extent[]): Extent[] {
  const merged: Extent[] = [];
  for (const extent of extents) {
    const last = merged.at(-1);
    if (last?.step === extent.step) merged.pop();
    const before = merged.at(-1);
    if (before?.low !== extent.low || before.high !== extent.high) merged.push(extent);
  }
  return merged;
}
