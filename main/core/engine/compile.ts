/** From a model to its plan and its C. */
import { StudioError } from '../../contract/index.ts';
import type { Model } from '../graph/index.ts';
import { emitC, type SourceFiles } from './emit/emitC.ts';
import { memoryMapOf, type MemoryMap } from './emit/memoryMap.ts';
import type { Core } from './kernels/kernel.ts';
import { lower } from './passes/index.ts';
import type { InputMode, Plan } from './plan.ts';
import { checkPlan } from './planner/check.ts';
import { choose, chooseWithin, type Candidate, type Choice } from './planner/choose.ts';
import { layerPlan, leastFlashBytes, planFront } from './planner/front.ts';
import { splitPlan } from './planner/pieces.ts';
import type { Preference } from './planner/assign.ts';
import type { KernelTiming } from './timing/latencyTable.ts';
import { staticBytesOf } from './emit/header.ts';

export interface CompileOptions extends Choice {
  readonly core: Core;
  readonly input?: InputMode;
  /** What kernels were measured to take on the board: then measurement chooses among them, and predicts. */
  readonly timing?: KernelTiming;
  /** With the plan `layers`: which kernels to take instead of the fastest, to measure those. */
  readonly prefer?: Preference;
}

export interface CompiledModel {
  /** The lowered model: its operators are those that plan and profile speak of. */
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
  const lowered = lower(model);
  const plan = choosePlan(lowered, options);
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

function choosePlan(model: Model, options: CompileOptions): Plan {
  const inputMode = model.inputs.length === 1 ? (options.input ?? 'whole') : 'whole';
  const { core, timing, prefer } = options;
  const candidatesAt = remembered((flashWorth: number) => {
    const plans =
      options.plan === 'layers'
        ? [layerPlan(model, core, inputMode, { timing, prefer })]
        : planFront(model, core, inputMode, flashWorth, timing);
    return plans.map((plan) => ({
      plan,
      sramBytes: staticBytesOf(plan),
      flashBytes: plan.estimatedFlashBytes,
      cycles: plan.estimatedCycles,
    }));
  });
  const within = (choice: Choice): { best: PlanCandidate; fits: boolean } =>
    chooseWithin(
      {
        at: (flashWorth: number) => choose(candidatesAt(flashWorth), choice),
        leastFlashBytes: () => leastFlashBytes(model, core),
      },
      choice,
    );
  const { best, fits } = within(options);
  if (fits) return best.plan;
  const spread = spreadPlan(within, options);
  if (spread === null) throw doesNotFit(model, best, options);
  return spread;
}

type PlanCandidate = Candidate & { readonly plan: Plan };

/** The fastest plan whose arena can be spread over the board's memories, or null. */
function spreadPlan(
  within: (choice: Choice) => { readonly best: PlanCandidate; readonly fits: boolean },
  options: CompileOptions,
): Plan | null {
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

function remembered<T>(make: (flashWorth: number) => T): (flashWorth: number) => T {
  const made = new Map<number, T>();
  return (flashWorth) => {
    const known = made.get(flashWorth);
    if (known !== undefined) return known;
    const fresh = make(flashWorth);
    made.set(flashWorth, fresh);
    return fresh;
  };
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
