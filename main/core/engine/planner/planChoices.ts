/** The plan that is built: the best of the front for a choice, or one with columns recomputed where no other fits. */
import type { Model } from '../../graph/index.ts';
import { staticBytes, staticBytesOf } from '../emit/header.ts';
import type { Core } from '../kernels/kernel.ts';
import type { InputMode, Plan } from '../plan.ts';
import type { KernelTiming } from '../timing/latencyTable.ts';
import type { Preference } from './assign.ts';
import { choose, chooseWithin, type Candidate, type Choice } from './choose.ts';
import { layerPlan, leastFlashBytes, planFront } from './front.ts';
import { tileToFit } from './tiles/index.ts';

export interface PlanOptions extends Choice {
  readonly core: Core;
  readonly input?: InputMode;
  readonly timing?: KernelTiming;
  readonly prefer?: Preference;
}

export interface PlannedModel {
  readonly model: Model;
  readonly plan: Plan;
}

export type PlanCandidate = Candidate & { readonly plan: Plan };

/** The best finished plan for a choice. */
export type PlanChoices = (choice: Choice) => { readonly best: PlanCandidate; readonly fits: boolean };

/**
 * Choices among the plans of a model, which are made once.
 *
 * @throws StudioError `engine.unsupported-operator`
 */
export function planChoices(model: Model, options: PlanOptions): PlanChoices {
  const { core, timing, prefer } = options;
  const inputMode = inputModeOf(model, options);
  const candidatesAt = remembered((flashWorth: number): PlanCandidate[] => {
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
  return (choice) =>
    chooseWithin(
      {
        at: (flashWorth: number) => choose(candidatesAt(flashWorth), choice),
        leastFlashBytes: () => leastFlashBytes(model, core),
      },
      choice,
    );
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

/** A finished plan may take a little more than its segments' prices say; then a smaller one is asked for, so often. */
const MOST_ATTEMPTS = 6;

/**
 * The best plan of the model with some operators done in column tiles.
 *
 * @param neededBytes what the best plan without tiles takes
 * @returns null where SRAM is not what is short, or no tiling fits
 */
export function planInTiles(model: Model, options: PlanOptions, neededBytes: number): PlannedModel | null {
  const { sramLimitBytes = Infinity, plan, core, timing } = options;
  if (plan === 'layers' || neededBytes <= sramLimitBytes) return null;
  const inputMode = inputModeOf(model, options);
  let limit = sramLimitBytes;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const fits = (arenaBytes: number, operators: number): boolean =>
      staticBytes(arenaBytes, operators, inputMode) <= limit;
    const tiled = tileToFit(model, fits, { core, inputMode, timing });
    if (tiled === null) return null;
    const chosen = planChoices(tiled, options)(options);
    if (chosen.fits) return { model: tiled, plan: chosen.best.plan };
    limit -= Math.max(4, chosen.best.sramBytes - sramLimitBytes);
  }
  return null;
}

const inputModeOf = (model: Model, { input = 'whole' }: PlanOptions): InputMode =>
  model.inputs.length === 1 ? input : 'whole';
