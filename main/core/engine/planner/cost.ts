/** What a plan takes, without the plan: the road for the search, which asks for thousands of networks. */
import type { Architecture } from '../../architecture/index.ts';
import { macsOf, type Model } from '../../graph/index.ts';
import type { Core } from '../kernels/kernel.ts';
import type { InputMode } from '../plan.ts';
import { lowerFor } from '../lowerFor.ts';
import { skeletonOf } from '../skeleton.ts';
import type { KernelTiming } from '../timing/latencyTable.ts';
import { staticBytes, staticBytesOf } from '../emit/header.ts';
import { inputModeOf, planInTiles } from './planChoices.ts';
import { chooseWithin, listed, onlyOne, type Candidate, type Choice, type Front } from './choose.ts';
import { layerPlan, leastFlashBytes, Planning } from './front.ts';
import type { CutPlan } from './search.ts';
import { ShortPlanning } from './short/index.ts';

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
 * The cost of the plan that `compileModel` would choose with the same options, but that columns are only recomputed
 * where `recompute` says so: a search does not want what is slow to find and slow to run.
 *
 * @param subject an architecture, or a lowered model (constants may have no data)
 * @throws StudioError `engine.unsupported-operator`, `architecture.invalid`
 */
export function planCost(subject: Architecture | Model, options: PlanCostOptions): PlanCost {
  const isModel = 'operators' in subject;
  const cost =
    (isModel ? null : shortCost(subject, options)) ?? longCost(isModel ? subject : skeletonOf(subject), options);
  if (cost.fits || options.recompute !== true) return cost;
  return costInTiles(isModel ? subject : skeletonOf(subject), options, cost);
}

/** The cost with columns recomputed, or the given one where that does not help; takes a hundred times as long. */
function costInTiles(model: Model, options: PlanCostOptions, cost: PlanCost): PlanCost {
  const tiled = planInTiles(model, options, cost.sramBytes);
  if (tiled === null) return cost;
  const { plan } = tiled;
  return {
    fits: true,
    sramBytes: staticBytesOf(plan),
    estimatedFlashBytes: plan.estimatedFlashBytes,
    estimatedCycles: plan.estimatedCycles,
    macs: macsOfModel(tiled.model),
  };
}

const macsOfModel = (model: Model): number =>
  model.operators.reduce((total, operator) => total + macsOf(model, operator), 0);

/** Whether any plan keeps to the limits, and the multiply-accumulates: all that a search asks of most networks. */
export interface PlanFit {
  readonly fits: boolean;
  readonly macs: number;
}

/**
 * `planCost(…).fits` without recomputation, as soon as it is certain.
 *
 * @throws StudioError `engine.unsupported-operator`, `architecture.invalid`
 */
export function planFits(architecture: Architecture, options: PlanCostOptions): PlanFit {
  const planning = new ShortPlanning(architecture, options, staticBytes);
  const fits = options.plan === 'layers' ? null : planning.fits();
  return { fits: fits ?? planCost(architecture, { ...options, recompute: false }).fits, macs: planning.chain.macs };
}

/** From kept pieces; null where the architecture is none for that. */
export function shortCost(architecture: Architecture, options: PlanCostOptions): PlanCost | null {
  if (options.plan === 'layers') return null;
  const planning = new ShortPlanning(architecture, options, staticBytes);
  const chosen = planning.choose();
  return chosen === null ? null : costOf(chosen, planning.chain.macs);
}

/** From the prices of all segments of the model, as the plan is made. */
export function longCost(lowered: Model, options: PlanCostOptions): PlanCost {
  const model = lowerFor(lowered, options.core);
  const least = (): number => leastFlashBytes(model, options.core);
  const chosen =
    options.plan === 'layers'
      ? chooseWithin({ at: () => layersFront(model, options), leastFlashBytes: least }, options)
      : chooseWithin({ at: (flashWorth) => frontOf(model, options, flashWorth), leastFlashBytes: least }, options);
  return costOf(chosen, macsOfModel(model));
}

/** One candidate, whatever Flash is worth. */
function layersFront(model: Model, { core, input, timing }: PlanCostOptions): Front<Candidate> {
  const plan = layerPlan(model, core, inputModeOf(model, input), { timing });
  return onlyOne({
    sramBytes: staticBytesOf(plan),
    flashBytes: plan.estimatedFlashBytes,
    cycles: plan.estimatedCycles,
  });
}

function frontOf(
  model: Model,
  { core, input, timing }: PlanCostOptions,
  flashWorth: number,
): Front<Candidate & { readonly cuts: CutPlan }> {
  const inputMode = inputModeOf(model, input);
  const planning = new Planning(model, core, inputMode, flashWorth, timing);
  const candidateOf = (cuts: CutPlan, flashBytes: number): Candidate & { readonly cuts: CutPlan } => ({
    cuts,
    sramBytes: staticBytes(cuts.bytes, model.operators.length, inputMode),
    flashBytes,
    cycles: cuts.cycles,
  });
  const relaxed = (cuts: CutPlan, flashLimitBytes: number): ReturnType<typeof candidateOf> | null => {
    const found = planning.relaxed(cuts, flashLimitBytes);
    return found === null ? null : candidateOf(found.cuts, found.flashBytes);
  };
  return listed(
    planning.front().map((cuts) => candidateOf(cuts, planning.flashBytes(cuts))),
    ({ cuts }, flashLimitBytes) => relaxed(cuts, flashLimitBytes),
  );
}

function costOf({ best, fits }: { best: Candidate; fits: boolean }, macs: number): PlanCost {
  return {
    fits,
    sramBytes: best.sramBytes,
    estimatedFlashBytes: best.flashBytes,
    estimatedCycles: best.cycles,
    macs,
  };
}
