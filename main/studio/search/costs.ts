import type { Board } from '../../boards/index.ts';
import {
  planCost,
  planFits,
  TableTiming,
  type Core,
  type InputMode,
  type KernelTiming,
  type LatencyTable,
  type PlanCost,
  type PlanCostOptions,
} from '../../core/engine/index.ts';
import type { Architecture } from '../../core/architecture/index.ts';
import { fits, type Cost, type Limits, type Verdict } from '../../core/nas/index.ts';

/** What decides an architecture's cost on a board, as plain data that a worker thread can be given. */
export interface CostModel {
  readonly core: Core;
  readonly clockHz: number;
  readonly milliwatts: number | null;
  /** Limits within which the planner looks for the fastest plan. */
  readonly sramLimitBytes: number | null;
  readonly flashLimitBytes: number | null;
  /** What kernels were measured to take; null where they are estimated. */
  readonly table: LatencyTable | null;
  /** Whether the input may arrive row by row, which takes less memory. */
  readonly rows: boolean;
}

export const costModelOf = (
  board: Board,
  core: Core,
  limits: Limits,
  { table = null, rows = false }: Partial<Pick<CostModel, 'table' | 'rows'>> = {},
): CostModel => ({
  core,
  clockHz: board.clockHz,
  milliwatts: board.power?.milliwatts ?? null,
  sramLimitBytes: limits.sramBytes,
  flashLimitBytes: limits.flashBytes,
  table,
  rows,
});

/** One timing for each table: it remembers what it has interpolated. */
const timings = new WeakMap<LatencyTable, KernelTiming>();

function timingOf(table: LatencyTable): KernelTiming {
  const known = timings.get(table) ?? new TableTiming(table);
  timings.set(table, known);
  return known;
}

/**
 * Cycles, and so time and energy, are foretold from what the board was measured to take, or estimated; SRAM is what the
 * plan will take.
 */
export function costOf(architecture: Architecture, model: CostModel): Cost & { readonly macs: number } {
  const { inputMode, planned } = fastestThatFits(architecture, model);
  const latencyMs = (1000 * planned.estimatedCycles) / model.clockHz;
  return {
    sramBytes: planned.sramBytes,
    flashBytes: planned.estimatedFlashBytes,
    latencyMs,
    // milliwatts × milliseconds
    energyMicrojoules: model.milliwatts === null ? null : model.milliwatts * latencyMs,
    inputMode,
    macs: planned.macs,
  };
}

/** Whether a network keeps to the limits, as soon as that is certain: all that stage 1 asks of each. */
export function verdictOf(architecture: Architecture, model: CostModel, limits: Limits): Verdict {
  if (limits.latencyMs !== null || limits.energyMicrojoules !== null) {
    const cost = costOf(architecture, model);
    return { fits: fits(cost, limits), macs: cost.macs };
  }
  const whole = planFits(architecture, planOptions(model, 'whole'));
  return whole.fits || !model.rows ? whole : planFits(architecture, planOptions(model, 'row-fed'));
}

const planOptions = (model: CostModel, input: InputMode): PlanCostOptions => ({
  core: model.core,
  input,
  ...(model.table === null ? {} : { timing: timingOf(model.table) }),
  ...(model.sramLimitBytes === null ? {} : { sramLimitBytes: model.sramLimitBytes }),
  ...(model.flashLimitBytes === null ? {} : { flashLimitBytes: model.flashLimitBytes }),
});

/** Rows that arrive one by one must save memory that is needed, or this share of the cycles, to be worth it. */
const WORTHWHILE = 0.98;

/** The plan of either way to feed the input; where none fits, the one that takes the least SRAM. */
function fastestThatFits(
  architecture: Architecture,
  model: CostModel,
): { readonly inputMode: InputMode; readonly planned: PlanCost } {
  const cost = (input: InputMode): PlanCost => planCost(architecture, planOptions(model, input));
  const whole = cost('whole');
  if (!model.rows) return { inputMode: 'whole', planned: whole };
  const fed = cost('row-fed');
  const better = whole.fits
    ? fed.fits && fed.estimatedCycles < WORTHWHILE * whole.estimatedCycles
    : fed.fits || fed.sramBytes < whole.sramBytes;
  return better ? { inputMode: 'row-fed', planned: fed } : { inputMode: 'whole', planned: whole };
}
