import type { Board } from '../../boards/index.ts';
import { planCost } from '../../core/engine/index.ts';
import type { Core } from '../../core/engine/index.ts';
import type { Architecture } from '../../core/architecture/index.ts';
import type { Cost, Limits } from '../../core/nas/index.ts';

/** What decides an architecture's cost on a board, as plain data that a worker thread can be given. */
export interface CostModel {
  readonly core: Core;
  readonly clockHz: number;
  readonly milliwatts: number | null;
  /** Limits within which the planner looks for the fastest plan. */
  readonly sramLimitBytes: number | null;
  readonly flashLimitBytes: number | null;
}

export const costModelOf = (board: Board, core: Core, limits: Limits): CostModel => ({
  core,
  clockHz: board.clockHz,
  milliwatts: board.power?.milliwatts ?? null,
  sramLimitBytes: limits.sramBytes,
  flashLimitBytes: limits.flashBytes,
});

/** Cycles, and so time and energy, are the planner's estimates; SRAM is what the plan will take. */
export function costOf(architecture: Architecture, model: CostModel): Cost & { readonly macs: number } {
  const planned = planCost(architecture, {
    core: model.core,
    ...(model.sramLimitBytes === null ? {} : { sramLimitBytes: model.sramLimitBytes }),
    ...(model.flashLimitBytes === null ? {} : { flashLimitBytes: model.flashLimitBytes }),
  });
  const latencyMs = (1000 * planned.estimatedCycles) / model.clockHz;
  return {
    sramBytes: planned.sramBytes,
    flashBytes: planned.estimatedFlashBytes,
    latencyMs,
    // milliwatts × milliseconds
    energyMicrojoules: model.milliwatts === null ? null : model.milliwatts * latencyMs,
    macs: planned.macs,
  };
}
