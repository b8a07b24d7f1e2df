/** The plan that is built: the best of the front for a choice, or one with columns recomputed where no other fits. */
import type { Model } from '../../graph/index.ts';
import { staticBytes, staticBytesOf } from '../emit/header.ts';
import type { Core } from '../kernels/kernel.ts';
import type { InputMode, Plan } from '../plan.ts';
import type { KernelTiming } from '../timing/latencyTable.ts';
import type { Preference } from './assign.ts';
import { chooseWithin, listed, onlyOne, type Candidate, type Choice, type Chosen, type Front } from './choose.ts';
import { layerPlan, leastFlashBytes, Planning } from './front.ts';
import type { CutPlan } from './search.ts';
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

export interface PlanCandidate extends Candidate {
  readonly plan: Plan;
}

/** The best finished plan for a choice. */
export type PlanChoices = (choice: Choice) => Chosen<PlanCandidate>;

/**
 * Choices among the plans of a model, which are made once.
 *
 * @throws StudioError `engine.unsupported-operator`
 */
export function planChoices(model: Model, options: PlanOptions): PlanChoices {
  const { core, timing, prefer, input } = options;
  const inputMode = inputModeOf(model, input);
  const layers = remembered((): Front<PlanCandidate> =>
    onlyOne(candidateOf(layerPlan(model, core, inputMode, { timing, prefer }))),
  );
  const front = remembered((flashWorth) => builtFront(new Planning(model, core, inputMode, flashWorth, timing)));
  return (choice) =>
    options.plan === 'layers'
      ? chooseWithin({ at: () => layers(0), leastFlashBytes: () => leastFlashBytes(model, core) }, choice)
      : chooseWithin({ at: front, leastFlashBytes: () => leastFlashBytes(model, core) }, choice);
}

const candidateOf = (plan: Plan): PlanCandidate => ({
  plan,
  sramBytes: staticBytesOf(plan),
  flashBytes: plan.estimatedFlashBytes,
  cycles: plan.estimatedCycles,
});

/** Finished plans of all sequences of segments that no other beats, and what they come from. */
function builtFront(planning: Planning): Front<PlanCandidate & { readonly cuts: CutPlan }> {
  return listed(
    planning.front().map((cuts) => ({ ...candidateOf(planning.build(cuts)), cuts })),
    ({ cuts }, flashLimitBytes) => {
      const found = planning.relaxed(cuts, flashLimitBytes);
      return found === null ? null : { ...candidateOf(planning.build(found.cuts, found.network)), cuts };
    },
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
  const inputMode = inputModeOf(model, options.input);
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

/** Rows can only arrive one by one where there is one input. */
export const inputModeOf = (model: Model, input: InputMode = 'whole'): InputMode =>
  model.inputs.length === 1 ? input : 'whole';
