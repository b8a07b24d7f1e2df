/** The plan's memory map: plain data for a report, and a drawing for the head of the generated C. */
import type { Model } from '../../graph/index.ts';
import type { Plan, PlanBuffer } from '../plan.ts';
import { describeBuffer } from './layers.ts';
import { grouped } from './text.ts';

/** One piece of the arena, over the time that it is in use. */
export interface MemoryMapEntry {
  readonly name: string;
  readonly role: PlanBuffer['role'];
  readonly offset: number;
  readonly bytes: number;
  readonly rowBytes: number;
  readonly rows: number;
  /** Rows of the whole tensor; more than `rows` where only a ring of them is kept. */
  readonly height: number;
  readonly firstStep: number;
  readonly lastStep: number;
}

export interface OperatorCost {
  readonly name: string;
  readonly kind: string;
  readonly kernel: string;
  readonly estimatedCycles: number;
  readonly constantBytes: number;
  readonly segment: number;
}

/** Serialisable. Estimates are named so. */
export interface MemoryMap {
  readonly arenaBytes: number;
  readonly steps: number;
  readonly buffers: readonly MemoryMapEntry[];
  readonly operators: readonly OperatorCost[];
  readonly segments: readonly { readonly from: number; readonly to: number; readonly peakBytes: number }[];
}

export function memoryMapOf(model: Model, plan: Plan): MemoryMap {
  const steps = plan.segments.reduce(
    (total, { program }) => total + program.reduce((sum, { count, operators }) => sum + count * operators.length, 0),
    0,
  );
  return {
    arenaBytes: plan.arenaBytes,
    steps,
    buffers: plan.buffers.map((buffer) => ({
      name: buffer.name,
      role: buffer.role,
      offset: buffer.offset,
      bytes: buffer.bytes,
      rowBytes: buffer.rowBytes,
      rows: buffer.ringRows,
      height: heightOf(model, buffer),
      firstStep: buffer.firstStep,
      lastStep: Math.min(buffer.lastStep, Math.max(0, steps - 1)),
    })),
    operators: plan.operators.map(({ kernel }, index) => ({
      name: model.operators[index]?.name ?? '',
      kind: model.operators[index]?.kind ?? '',
      kernel: kernel.name,
      estimatedCycles: Math.round(kernel.cycles),
      constantBytes: kernel.constantBytes,
      segment: plan.segments.findIndex(({ from, to }) => index >= from && index < to),
    })),
    segments: plan.segments.map(({ from, to, peakBytes }) => ({ from, to, peakBytes })),
  };
}

function heightOf(model: Model, buffer: PlanBuffer): number {
  const shape = model.tensors[buffer.tensors[0] ?? -1]?.shape;
  return shape?.length === 4 && shape[0] === 1 ? (shape[1] ?? 1) : buffer.ringRows;
}

const COLUMNS = 40;
const TIME = 9;

/** A line for each buffer, in the order in which they come to life: where it lies, how much it takes, when. */
export function drawMemoryMap(model: Model, plan: Plan): string {
  const map = memoryMapOf(model, plan);
  const scale = COLUMNS / Math.max(1, map.arenaBytes);
  const lines = map.buffers
    .map((entry, index) => ({ ...entry, buffer: plan.buffers[index] }))
    .sort((a, b) => a.firstStep - b.firstStep || a.offset - b.offset)
    .map(({ offset, bytes, buffer, rows, height, firstStep, lastStep }) => {
      const from = Math.min(COLUMNS - 1, Math.floor(offset * scale));
      const to = Math.max(from + 1, Math.min(COLUMNS, Math.ceil((offset + bytes) * scale)));
      const bar = ' '.repeat(from) + '#'.repeat(to - from) + ' '.repeat(COLUMNS - to);
      const what = rows < height ? `${grouped(bytes)} (${String(rows)} of ${String(height)} rows)` : grouped(bytes);
      const where = `${grouped(offset)}`.padStart(9);
      const when = `${String(firstStep)}-${String(lastStep)}`.padStart(TIME);
      return ` * ${where} |${bar}| ${when}  ${buffer === undefined ? '' : describeBuffer(model, buffer)}: ${what}`;
    });
  return [
    ` * The arena, ${grouped(map.arenaBytes)} bytes from left to right; from top to bottom what comes to life in it.`,
    ' * Dead rows are overwritten, so that lines may overlap while both are in use.',
    ` *    offset${' '.repeat(COLUMNS + 4)}${'steps'.padStart(TIME)}  what: bytes`,
    ...lines,
  ].join('\n');
}
