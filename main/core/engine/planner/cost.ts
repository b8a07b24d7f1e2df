/** What a plan takes, without the plan: the road for the search, which asks for thousands of networks. */
import type { Architecture } from '../../architecture/index.ts';
import { macsOf, type Model } from '../../graph/index.ts';
import type { Core } from '../kernels/kernel.ts';
import type { InputMode } from '../plan.ts';
import { skeletonOf } from '../skeleton.ts';
import type { KernelTiming } from '../timing/latencyTable.ts';
import { staticBytes } from '../emit/header.ts';
import { chooseWithin, type Choice } from './choose.ts';
import { Planning } from './front.ts';

export interface PlanCostOptions extends Choice {
  readonly core: Core;
  readonly input?: InputMode;
  /** What kernels were measured to take on the board; their estimates where it is absent. */
  readonly timing?: KernelTiming;
}

/** Cycles and Flash are estimates; SRAM is what the plan will take. */
export interface PlanCost {
  /** False where even the smallest plan is over a limit; the other numbers are then that plan's. */
  readonly fits: boolean;
  /** All static memory of the generated C, the input included; the stack comes on top. */
  readonly sramBytes: number;
  readonly estimatedFlashBytes: number;
  readonly estimatedCycles: number;
  readonly macs: number;
}

/**
 * The cost of the plan that `compileModel` would choose with the same options.
 *
 * @param subject an architecture, or a lowered model (constants may have no data)
 * @throws StudioError `engine.unsupported-operator`, `architecture.invalid`
 */
export function planCost(subject: Architecture | Model, options: PlanCostOptions): PlanCost {
  const model = 'operators' in subject ? subject : skeletonOf(subject);
  const inputMode = model.inputs.length === 1 ? (options.input ?? 'whole') : 'whole';
  const chosen = chooseWithin((price) => {
    const planning = new Planning(model, options.core, inputMode, price, options.timing);
    return planning.front().map((cuts) => ({
      sramBytes: staticBytes(cuts.bytes, model.operators.length, inputMode),
      flashBytes: planning.flashBytes(cuts),
      cycles: cuts.cycles,
    }));
  }, options);
  const { sramBytes, flashBytes, cycles } = chosen.best;
  return {
    fits: chosen.fits,
    sramBytes,
    estimatedFlashBytes: flashBytes,
    estimatedCycles: cycles,
    macs: model.operators.reduce((total, operator) => total + macsOf(model, operator), 0),
  };
}
