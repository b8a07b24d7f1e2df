/**
 * From a network and its cuts into segments to the finished plan. Each segment is placed by itself; what comes in
 * stays where the segment before left it if all the rest fits around it, and is moved otherwise. So a plan takes what
 * its hungriest segment takes, and nothing more.
 */
import type { TensorId } from '../../graph/index.ts';
import { hwc } from '../kernels/kernel.ts';
import type { InputMode, Move, Plan, PlanBuffer, PlannedOperator, Segment } from '../plan.ts';
import type { Network } from './network.ts';
import { packItems, type Packing } from './pack.ts';
import { placeItems } from './place.ts';
import { flashOf } from './flash.ts';
import { compressSequence } from './program.ts';
import { runSegment, type Cut, type Item, type SegmentRun } from './segment.ts';

/** Cycles that the generated driver spends around each step: row pointers, counters, the call. */
export const CYCLES_PER_STEP = 90;

/** Cycles to move a byte, a word at a time. */
export const CYCLES_PER_MOVED_BYTE = 0.75;

/** The tensor whose rows arrive one by one, or null. */
export function fedInputOf(network: Network, inputMode: InputMode): TensorId | null {
  return inputMode === 'row-fed' ? (network.model.inputs[0] ?? null) : null;
}

/** A segment with the placing that takes the least room. */
export interface PlacedSegment {
  readonly run: SegmentRun;
  readonly packing: Packing;
  /** Estimated, with the moving of all that comes in. */
  readonly cycles: number;
}

export function placeSegment(network: Network, cut: Cut, inputMode: InputMode): PlacedSegment {
  const run = runSegment(network, cut, cut.from === 0 ? fedInputOf(network, inputMode) : null);
  return { run, packing: placeItems(run.items), cycles: segmentCycles(network, run) };
}

function segmentCycles(network: Network, { from, to, items }: SegmentRun): number {
  let cycles = 0;
  for (let index = from; index < to; index++) {
    const kernel = network.operators[index]?.kernel;
    if (kernel !== undefined) cycles += kernel.cycles + kernel.steps * CYCLES_PER_STEP;
  }
  if (from === 0) return cycles;
  return items.reduce(
    (total, item) => total + (item.comesIn ? liveAtStart(item).bytes * CYCLES_PER_MOVED_BYTE : 0),
    cycles,
  );
}

function liveAtStart({ extents, bytes }: Item): { start: number; bytes: number } {
  const [{ low, high } = { low: 0, high: bytes }] = extents;
  return { start: low, bytes: high - low };
}

export function buildPlan(network: Network, segments: readonly PlacedSegment[], inputMode: InputMode): Plan {
  const arenaBytes = Math.max(0, ...segments.map(({ packing }) => packing.bytes));
  const builder = new Builder(network, arenaBytes);
  for (const segment of segments) builder.add(segment);
  return builder.finish(inputMode, segments);
}

/** Offsets of a segment's items, and what has to be moved for them. */
interface Placed {
  readonly offsets: readonly number[];
  readonly moves: readonly (Omit<Move, 'to'> & { readonly storage: TensorId })[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Builder {
  private readonly network: Network;
  private arenaBytes: number;
  private readonly buffers: Mutable<PlanBuffer>[] = [];
  private readonly operators: PlannedOperator[] = [];
  private readonly segments: Segment[] = [];
  /** The buffer that holds a storage now. */
  private readonly current = new Map<TensorId, number>();
  private inputBuffers: readonly number[] = [];
  private step = 0;

  constructor(network: Network, arenaBytes: number) {
    this.network = network;
    this.arenaBytes = arenaBytes;
  }

  add({ run, packing }: PlacedSegment): void {
    const stay = this.packAround(run);
    const { offsets, moves } = stay ?? this.packFreely(run, packing);
    const items = run.items.map((item, index) => this.bufferFor(item, offsets[index] ?? 0));
    this.planOperators(run, items);
    if (run.from === 0) this.inputBuffers = this.network.model.inputs.map((id) => this.bufferOf(id));
    this.segments.push({
      from: run.from,
      to: run.to,
      streamed: run.to - run.from > 1,
      moves: moves.map((move) => ({ ...move, to: this.bufferOf(move.storage) })).map(({ storage: _, ...move }) => move),
      program: compressSequence(run.sequence),
      peakBytes: Math.max(0, ...run.items.map(({ bytes }, index) => (offsets[index] ?? 0) + bytes)),
    });
    this.step += run.sequence.length;
  }

  /** Leaves what comes in where it is, if the rest fits around it. */
  private packAround({ items, from }: SegmentRun): Placed | null {
    const fixed = new Map<number, number>();
    items.forEach((item, index) => {
      const buffer = from > 0 && item.comesIn && item.storage !== null ? this.current.get(item.storage) : undefined;
      if (buffer !== undefined) fixed.set(index, this.buffers[buffer]?.offset ?? 0);
    });
    const { bytes, offsets } = packItems(items, fixed, this.arenaBytes);
    return bytes <= this.arenaBytes ? { offsets, moves: [] } : null;
  }

  /**
   * Moves what comes in to where the packing wants it. Tensors may not change places with each other; so where they would,
   * packings are tried in which some of what comes in stays where it is.
   */
  private packFreely({ items }: SegmentRun, packing: Packing): Placed {
    const coming = items.flatMap(({ comesIn, storage }, index) =>
      comesIn && storage !== null && this.current.has(storage) ? [index] : [],
    );
    const stays: (readonly number[])[] = [
      [],
      ...coming.map((index) => [index]),
      ...coming.map((index) => coming.filter((other) => other !== index)),
    ];
    for (const staying of stays) {
      const fixed = new Map(staying.map((index) => [index, this.placeOf(items[index])] as const));
      const { offsets, bytes } = staying.length === 0 ? packing : packItems(items, fixed, this.arenaBytes);
      if (bytes > this.arenaBytes) continue;
      const moves = this.movesTo(items, offsets);
      if (moves !== null) return { offsets, moves };
    }
    return this.packWithRoom(items);
  }

  private placeOf(item: Item | undefined): number {
    return this.buffers[this.current.get(item?.storage ?? -1) ?? -1]?.offset ?? 0;
  }

  /** The moves in an order in which none writes over what is still to be moved; null where there is none. */
  private movesTo(items: readonly Item[], offsets: readonly number[]): Placed['moves'] | null {
    const pending = items.flatMap((item, index) => {
      const from = item.comesIn && item.storage !== null ? this.current.get(item.storage) : undefined;
      const offset = offsets[index] ?? 0;
      if (from === undefined || item.storage === null) return [];
      return [{ storage: item.storage, from, ...liveAtStart(item), target: offset }];
    });
    const moves: (Omit<Move, 'to'> & { storage: TensorId })[] = [];
    while (pending.length > 0) {
      // One whose target nobody else still lies in; what stays is always one of the others.
      const free = pending.findIndex(({ target, start, bytes }, index) =>
        pending.every((other, place) => {
          if (place === index) return true;
          const lies = (this.buffers[other.from]?.offset ?? 0) + other.start;
          return target + start + bytes <= lies || lies + other.bytes <= target + start;
        }),
      );
      const [next] = free < 0 ? [] : pending.splice(free, 1);
      if (next === undefined) return null;
      if (this.buffers[next.from]?.offset === next.target) continue;
      moves.push({ storage: next.storage, from: next.from, start: next.start, bytes: next.bytes });
    }
    return moves;
  }

  /** Tensors that would have to change places with each other stay where they are; the arena grows around them. */
  private packWithRoom(items: readonly Item[]): Placed {
    const fixed = new Map<number, number>();
    items.forEach((item, index) => {
      const buffer = item.comesIn && item.storage !== null ? this.current.get(item.storage) : undefined;
      if (buffer !== undefined) fixed.set(index, this.buffers[buffer]?.offset ?? 0);
    });
    const { offsets, bytes } = packItems(items, fixed);
    this.arenaBytes = Math.max(this.arenaBytes, bytes);
    return { offsets, moves: [] };
  }

  /** The buffer that holds the storage already, if it is where it was; a new one otherwise. */
  private bufferFor(item: Item, offset: number): number {
    const known = item.storage !== null && item.comesIn ? this.current.get(item.storage) : undefined;
    const buffer = known === undefined ? undefined : this.buffers[known];
    if (known !== undefined && buffer?.offset === offset) {
      buffer.lastStep = this.step + item.lastStep;
      return known;
    }
    const members = item.storage === null ? [] : (this.network.storages.get(item.storage) ?? []);
    const [first] = members;
    this.buffers.push({
      name: this.nameOf(item),
      role: item.role,
      tensors: members.map(({ id }) => id),
      operators: item.operators,
      offset,
      bytes: item.bytes,
      layout: first?.layout ?? hwc,
      ringRows: item.ringRows,
      rowBytes: first?.rowBytes ?? item.bytes,
      firstStep: this.step + item.firstStep,
      lastStep: this.step + item.lastStep,
    });
    const index = this.buffers.length - 1;
    if (item.storage !== null) this.current.set(item.storage, index);
    return index;
  }

  private nameOf({ role, storage, operators }: Item): string {
    const { model } = this.network;
    if (storage === null)
      return `${role} of ${operators.map((index) => model.operators[index]?.name ?? '').join(', ')}`;
    const members = this.network.storages.get(storage) ?? [];
    return members.map(({ id }) => model.tensors[id]?.name ?? String(id)).join(' = ');
  }

  private bufferOf(tensor: TensorId): number {
    return this.current.get(this.network.tensors.get(tensor)?.storage ?? tensor) ?? -1;
  }

  private planOperators({ from, to, items }: SegmentRun, buffers: readonly number[]): void {
    const workOf = (role: 'scratch' | 'state', operator: number): number | null => {
      const place = items.findIndex((item) => item.role === role && item.operators.includes(operator));
      return place < 0 ? null : (buffers[place] ?? null);
    };
    for (let index = from; index < to; index++) {
      const node = this.network.operators[index];
      if (node === undefined) continue;
      this.operators.push({
        kernel: node.kernel,
        inputs: node.inputs.map(({ tensor }) => this.bufferOf(tensor)),
        outputs: node.outputs.map(({ tensor }) => this.bufferOf(tensor)),
        scratch: workOf('scratch', index),
        state: workOf('state', index),
      });
    }
  }

  finish(inputMode: InputMode, placed: readonly PlacedSegment[]): Plan {
    return {
      inputMode,
      operators: this.operators,
      segments: this.segments,
      buffers: this.buffers,
      inputBuffers: this.inputBuffers,
      outputBuffers: this.network.model.outputs.map((id) => this.bufferOf(id)),
      arenaBytes: (this.arenaBytes + 3) & ~3,
      estimatedCycles: placed.reduce((total, { cycles }) => total + cycles, 0),
      estimatedFlashBytes: flashOf(this.network, this.arenaBytes),
    };
  }
}
