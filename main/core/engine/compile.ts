/** From a model to its plan and its C. */
import { StudioError } from '../../contract/index.ts';
import type { Model } from '../graph/index.ts';
import { emitC, type SourceFiles } from './emit/emitC.ts';
import { memoryMapOf, type MemoryMap } from './emit/memoryMap.ts';
import type { Core } from './kernels/kernel.ts';
import { lower } from './passes/index.ts';
import type { InputMode, Plan } from './plan.ts';
import { checkPlan } from './planner/check.ts';
import { layerPlan, planFront } from './planner/front.ts';
import { staticBytesOf } from './emit/header.ts';

/** `layers`: one operator after the other; `stream`: the smallest memory; `auto`: the fastest that fits. */
export type PlanKind = 'auto' | 'layers' | 'stream';

export interface CompileOptions {
  readonly core: Core;
  readonly plan?: PlanKind;
  readonly input?: InputMode;
  /** What the model may take of SRAM (all static memory) and Flash; no limit where absent. */
  readonly sramLimitBytes?: number;
  readonly flashLimitBytes?: number;
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

/** A plan that is this much slower than the fastest that fits is taken where it needs less SRAM. */
const WORTHWHILE = 1.02;

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

function choosePlan(
  model: Model,
  { core, plan: kind = 'auto', input = 'whole', sramLimitBytes = Infinity }: CompileOptions,
): Plan {
  const inputMode = model.inputs.length === 1 ? input : 'whole';
  if (kind === 'layers') return layerPlan(model, core, inputMode);
  const front = planFront(model, core, inputMode);
  const smallest = front.at(-1);
  const fitting = front.filter((plan) => staticBytesOf(plan) <= sramLimitBytes);
  const [fastest] = fitting;
  if (smallest === undefined || fastest === undefined) throw doesNotFit(model, smallest, sramLimitBytes);
  if (kind === 'stream') return smallest;
  return fitting.findLast(({ estimatedCycles }) => estimatedCycles <= WORTHWHILE * fastest.estimatedCycles) ?? fastest;
}

function doesNotFit(model: Model, smallest: Plan | undefined, limitBytes: number): StudioError {
  const needed = smallest === undefined ? null : staticBytesOf(smallest);
  return new StudioError({
    code: 'engine.does-not-fit',
    message: `${model.name} needs at least ${String(needed)} bytes of SRAM, but ${String(limitBytes)} are left for it.`,
    remedy: 'Feed the input row by row, take a board with more SRAM, or search for a smaller network.',
    details: { neededBytes: needed, limitBytes },
  });
}
