/** Which operators are done in column tiles, and in how many, until the smallest plan keeps to a limit. */
import type { Model } from '../../../graph/index.ts';
import type { Core } from '../../kernels/kernel.ts';
import type { InputMode } from '../../plan.ts';
import type { KernelTiming } from '../../timing/latencyTable.ts';
import { USUAL_FLASH_WORTH } from '../choose.ts';
import { Planning } from '../front.ts';
import type { CutPlan } from '../search.ts';
import { isTileable, tileColumns, type TiledModel, type Tiling } from './columnTiles.ts';

/** More tiles than this recompute more than they save. */
const MOST_TILES = 6;
/** A tile is at least so many columns wide. */
const NARROWEST = 4;

export interface TilingOptions {
  readonly core: Core;
  readonly inputMode: InputMode;
  readonly timing?: KernelTiming | undefined;
}

interface Step {
  readonly tilings: readonly Tiling[];
  readonly tiled: TiledModel;
  readonly smallest: CutPlan;
}

/**
 * Tiles what takes the most memory, again and again, until the smallest plan fits.
 *
 * @param fits whether a plan with so many bytes of arena and so many operators does
 * @returns the tiled model; null where no tiling makes it fit
 */
export function tileToFit(
  model: Model,
  fits: (arenaBytes: number, operators: number) => boolean,
  options: TilingOptions,
): Model | null {
  const groups = groupsOf(model, options);
  let step = stepOf(model, [], options);
  while (!fits(step.smallest.bytes, step.tiled.model.operators.length)) {
    const next = bestStep(model, step, groups, options);
    if (next === null) return null;
    step = next;
  }
  return step.tiled.model;
}

function stepOf(model: Model, tilings: readonly Tiling[], options: TilingOptions): Step {
  const { core, inputMode, timing } = options;
  const tiled = tileColumns(model, tilings);
  const smallest = new Planning(tiled.model, core, inputMode, USUAL_FLASH_WORTH, timing).smallest();
  return { tilings, tiled, smallest };
}

/** The operators between neighbouring places where one tensor crosses, as far as they can be tiled. */
function groupsOf(model: Model, { core, inputMode, timing }: TilingOptions): Tiling[] {
  const places = new Planning(model, core, inputMode, USUAL_FLASH_WORTH, timing).places();
  return places.slice(1).flatMap((to, index): Tiling[] => {
    const from = places[index] ?? 0;
    return isTileable(model, from, to) ? [{ from, to, tiles: 1 }] : [];
  });
}

/** The step that takes least memory, of those that tile more finely what now takes the most; null where none helps. */
function bestStep(model: Model, step: Step, groups: readonly Tiling[], options: TilingOptions): Step | null {
  const { tilings, tiled, smallest } = step;
  const origins = new Set(
    smallest.segments
      .filter(({ bytes }) => bytes === smallest.bytes)
      .flatMap(({ from, to }) => tiled.origins.slice(from, to)),
  );
  const touched = groups.filter(({ from, to }) => [...origins].some((origin) => origin >= from && origin < to));
  let best: Step | null = null;
  // Each by itself, and all of them where several take as much.
  for (const chosen of [...touched.map((group) => [group]), ...(touched.length > 1 ? [touched] : [])]) {
    for (const more of [1, 2]) {
      const finer = finerBy(model, tilings, chosen, more);
      if (finer === null) continue;
      const candidate = stepOf(model, finer, options);
      if (candidate.smallest.bytes < (best ?? step).smallest.bytes) best = candidate;
    }
  }
  return best;
}

/** The tilings with so many tiles more of some groups; null where these would be too narrow or too many. */
function finerBy(model: Model, tilings: readonly Tiling[], groups: readonly Tiling[], more: number): Tiling[] | null {
  const finer = groups.map((group) => {
    const now = tilings.find(({ from }) => from === group.from)?.tiles ?? 1;
    return { ...group, tiles: now + more };
  });
  if (finer.some((group) => group.tiles > Math.min(MOST_TILES, widthOfGroup(model, group) / NARROWEST))) return null;
  const others = tilings.filter(({ from }) => !finer.some((group) => group.from === from));
  return [...others, ...finer].sort((a, b) => a.from - b.from);
}

function widthOfGroup(model: Model, { to }: Tiling): number {
  const output = model.operators[to - 1]?.outputs[0];
  return model.tensors[output ?? -1]?.shape[2] ?? 1;
}
