/** From a model to its plan and its C. */
import { StudioError } from '../../contract/index.ts';
import type { Model } from '../graph/index.ts';
import { emitC, type SourceFiles } from './emit/emitC.ts';
import { memoryMapOf, type MemoryMap } from './emit/memoryMap.ts';
import type { Core } from './kernels/kernel.ts';
import { lowerFor } from './lowerFor.ts';
import { lower } from './passes/index.ts';
import type { InputMode, Plan } from './plan.ts';
import { checkPlan } from './planner/check.ts';
import type { Candidate, Choice } from './planner/choose.ts';
import { planChoices, planInTiles, type PlanChoices, type PlannedModel } from './planner/planChoices.ts';
import { splitPlan } from './planner/pieces.ts';
import type { Preference } from './planner/assign.ts';
import type { KernelTiming } from './timing/latencyTable.ts';

export interface CompileOptions extends Choice {
  readonly core: Core;
  readonly input?: InputMode;
  /** What kernels were measured to take on the board: then measurement chooses among them, and predicts. */
  readonly timing?: KernelTiming;
  /** With the plan `layers`: which kernels to take instead of the fastest, to measure those. */
  readonly prefer?: Preference;
}

export interface CompiledModel {
  /**
   * The lowered model: its operators are those that plan and profile speak of. Where columns are recomputed to fit, an
   * operator is there once for each column tile.
   */
  readonly model: Model;
  readonly plan: Plan;
  readonly map: MemoryMap;
  /** All static memory of the generated C, and its estimated Flash. */
  readonly sramBytes: number;
  readonly estimatedFlashBytes: number;
  /** File name → text. */
  readonly files: SourceFiles;
}

/**
 * Lowers, plans, checks and emits a verified model.
 *
 * @throws StudioError `engine.unsupported-operator` where no kernel can do an operator, `engine.does-not-fit` where
 * the smallest plan takes more than the limit
 */
export function compileModel(model: Model, options: CompileOptions): CompiledModel {
  const { model: lowered, plan } = choosePlan(lower(model), options);
  checkPlan(lowered, plan);
  const { files, sramBytes } = emitC(lowered, plan, options.core);
  return {
    model: lowered,
    plan,
    map: memoryMapOf(lowered, plan),
    sramBytes,
    estimatedFlashBytes: plan.estimatedFlashBytes,
    files,
  };
}

/** One plan in one memory, or spread over several, or with some columns computed twice: the first of these that fits. */
function choosePlan(lowered: Model, options: CompileOptions): PlannedModel {
  const model = lowerFor(lowered, options.core);
  const within = planChoices(model, options);
  const { best, fits } = within(options);
  if (fits) return { model, plan: best.plan };
  const spread = spreadPlan(within, options);
  if (spread !== null) return { model, plan: spread };
  const { recompute = true } = options;
  const tiled = recompute ? planInTiles(lowered, options, best.sramBytes) : null;
  if (tiled === null) throw doesNotFit(model, best, options);
  return tiled;
}

/** The fastest plan whose arena can be spread over the board's memories, or null. */
function spreadPlan(within: PlanChoices, options: CompileOptions): Plan | null {
  const { sramPieces = [] } = options;
  let sramLimitBytes = Math.max(0, ...sramPieces.map((pieces) => pieces.reduce((sum, bytes) => sum + bytes, 0)));
  for (;;) {
    const { best, fits } = within({ ...options, sramLimitBytes });
    if (!fits) return null;
    const variables = best.sramBytes - best.plan.arenaBytes;
    for (const [first = 0, ...others] of sramPieces) {
      const split = splitPlan(best.plan, [first - variables, ...others]);
      if (split !== null) return split;
    }
    sramLimitBytes = best.sramBytes - 1;
  }
}

function doesNotFit(model: Model, smallest: Candidate, { sramLimitBytes, flashLimitBytes }: Choice): StudioError {
  const tooMuchSram = smallest.sramBytes > (sramLimitBytes ?? Infinity);
  const [needed, limit] = tooMuchSram
    ? [`${String(smallest.sramBytes)} bytes of SRAM`, sramLimitBytes]
    : [`about ${String(Math.round(smallest.flashBytes))} bytes of Flash`, flashLimitBytes];
  return new StudioError({
    code: 'engine.does-not-fit',
    message: `${model.name} needs at least ${needed}, but ${String(limit)} are left for it.`,
    remedy: tooMuchSram
      ? 'Feed the input row by row, take a board with more SRAM, or search for a smaller network.'
      : 'Take a board with more Flash, or search for a network with fewer weights.',
    details: {
      neededSramBytes: smallest.sramBytes,
      estimatedFlashBytes: smallest.flashBytes,
      sramLimitBytes: sramLimitBytes ?? null,
      flashLimitBytes: flashLimitBytes ?? null,
    },
  });
}
