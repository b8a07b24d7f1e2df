/** From a model to its plan and its C. */
import type { Model } from '../graph/index.ts';
import { emitC, type SourceFiles } from './emit/emitC.ts';
import { memoryMapOf, type MemoryMap } from './emit/memoryMap.ts';
import type { Core } from './kernels/kernel.ts';
import { lower } from './passes/index.ts';
import type { InputMode, Plan } from './plan.ts';
import { fastest, KernelChoices } from './planner/assign.ts';
import { buildPlan } from './planner/build.ts';
import { checkPlan } from './planner/check.ts';
import { networkOf } from './planner/network.ts';

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

/**
 * Lowers, plans, checks and emits a verified model.
 *
 * @throws StudioError `engine.unsupported-operator` where no kernel can do an operator
 */
export function compileModel(model: Model, options: CompileOptions): CompiledModel {
  const lowered = lower(model);
  const choices = new KernelChoices(lowered, options.core);
  const network = networkOf(lowered, choices.assign(fastest));
  const cuts = lowered.operators.map((_, index) => ({ from: index, to: index + 1 }));
  const plan = buildPlan(network, cuts, options.input ?? 'whole');
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
