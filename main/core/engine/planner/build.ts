/** From a network and its cuts into segments to the finished plan. */
import type { TensorId } from '../../graph/index.ts';
import type { InputMode, Plan, PlanBuffer, PlannedOperator } from '../plan.ts';
import { hwc } from '../kernels/kernel.ts';
import type { Network } from './network.ts';
import { packItems, peakOf } from './pack.ts';
import { compressSequence } from './program.ts';
import { scheduleSegment, type Cut, type SegmentSchedule } from './schedule.ts';
import { itemsOf, type Item } from './storage.ts';

/** Cycles that the generated driver spends around each step: row pointers, counters, the call. */
export const CYCLES_PER_STEP = 90;

/** The tensor whose rows arrive one by one, or null. */
export function fedInputOf(network: Network, inputMode: InputMode): TensorId | null {
  return inputMode === 'row-fed' ? (network.model.inputs[0] ?? null) : null;
}

export function scheduleAll(network: Network, cuts: readonly Cut[], inputMode: InputMode): SegmentSchedule[] {
  return cuts.map((cut, index) => scheduleSegment(network, cut, index === 0 ? fedInputOf(network, inputMode) : null));
}

export function buildPlan(network: Network, cuts: readonly Cut[], inputMode: InputMode): Plan {
  const segments = scheduleAll(network, cuts, inputMode);
  const items = itemsOf(network, segments);
  const packing = packItems(items);
  const buffers = items.map((item, index) => bufferOf(network, item, packing.offsets[index] ?? 0));
  let start = 0;
  return {
    inputMode,
    operators: plannedOperators(network, items),
    segments: segments.map(({ from, to, sequence }) => {
      const window = { from: start, to: (start += sequence.length) };
      return {
        from,
        to,
        streamed: to - from > 1,
        program: compressSequence(sequence),
        peakBytes: peakWithin(items, window.from, window.to),
      };
    }),
    buffers,
    arenaBytes: (packing.bytes + 3) & ~3,
    estimatedCycles: cyclesOf(network),
    estimatedFlashBytes: flashOf(network),
  };
}

export function cyclesOf({ operators }: Network): number {
  return operators.reduce((total, { kernel }) => total + kernel.cycles + kernel.steps * CYCLES_PER_STEP, 0);
}

export function flashOf({ operators }: Network): number {
  const code = new Map(operators.map(({ kernel }) => [kernel.name, kernel.codeBytes]));
  const constants = operators.reduce((total, { kernel }) => total + kernel.constantBytes, 0);
  return constants + [...code.values()].reduce((total, bytes) => total + bytes, 0);
}

function peakWithin(items: readonly Item[], from: number, to: number): number {
  const clipped = items
    .filter(({ firstStep, lastStep }) => firstStep < to && lastStep >= from)
    .map((item) => ({
      ...item,
      lastStep: Math.min(item.lastStep, to - 1),
      // What came before counts as it stood when the segment began.
      extents: item.extents.filter(
        ({ step }, index) => step < to && (item.extents[index + 1]?.step ?? Infinity) > from,
      ),
    }));
  return peakOf(clipped);
}

function bufferOf(network: Network, item: Item, offset: number): PlanBuffer {
  const members = item.storage === null ? [] : (network.storages.get(item.storage) ?? []);
  const [first] = members;
  return {
    name: item.name,
    role: item.role,
    tensors: members.map(({ id }) => id),
    operators: item.operators,
    offset,
    bytes: item.bytes,
    layout: first?.layout ?? hwc,
    ringRows: item.ringRows,
    rowBytes: first?.rowBytes ?? item.bytes,
    firstStep: item.firstStep,
    lastStep: item.lastStep,
  };
}

function plannedOperators(network: Network, items: readonly Item[]): PlannedOperator[] {
  const bufferOfTensor = new Map<TensorId, number>();
  const scratchOf = new Map<number, number>();
  const stateOf = new Map<number, number>();
  items.forEach(({ role, storage, operators }, index) => {
    for (const member of (storage === null ? undefined : network.storages.get(storage)) ?? []) {
      bufferOfTensor.set(member.id, index);
    }
    for (const operator of operators) (role === 'scratch' ? scratchOf : stateOf).set(operator, index);
  });
  return network.operators.map(({ kernel, inputs, outputs }, index) => ({
    kernel,
    inputs: inputs.map(({ tensor }) => bufferOfTensor.get(tensor) ?? -1),
    outputs: outputs.map(({ tensor }) => bufferOfTensor.get(tensor) ?? -1),
    scratch: scratchOf.get(index) ?? null,
    state: stateOf.get(index) ?? null,
  }));
}
