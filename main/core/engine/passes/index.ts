/** The passes, from top to bottom. Each leaves a model that gives the same outputs for the same inputs, byte for byte. */
import { StudioError } from '../../../contract/index.ts';
import { verifyModel, type Model } from '../../graph/index.ts';
import { rowShapeOf } from '../rows.ts';
import { dropNoOps } from './dropNoOps.ts';
import { foldConstants } from './foldConstants.ts';
import { foldDeadChannels } from './foldDeadChannels.ts';
import { foldPadding } from './foldPadding.ts';
import { fuseFloatDetours } from './fuseFloatDetours.ts';
import { fuseActivations } from './fuseActivations.ts';
import { removeUnused } from './removeUnused.ts';
import { sinkTransposes } from './sinkTransposes.ts';
import type { Pass } from './rewrite.ts';

export type { Pass } from './rewrite.ts';

export const passes: readonly Pass[] = [
  removeUnused,
  foldConstants,
  fuseFloatDetours,
  dropNoOps,
  sinkTransposes,
  dropNoOps,
  foldPadding,
  fuseActivations,
  foldDeadChannels,
  removeUnused,
];

/** Rows are counted in 16 bits, with a sign where they may lie above an image. */
const MOST_ROWS = 32_767;

/**
 * Runs all passes over a verified model, and the verifier after each.
 *
 * @throws StudioError `engine.too-many-rows`; `model.invalid` with the operator at fault, if a pass made a mistake
 */
export function lower(model: Model): Model {
  const tall = model.tensors.find((tensor) => rowShapeOf(tensor).height > MOST_ROWS);
  if (tall !== undefined) {
    throw new StudioError({
      code: 'engine.too-many-rows',
      message: `${tall.name} of ${model.name} has ${rowShapeOf(tall).height.toLocaleString('en')} rows; ${MOST_ROWS.toLocaleString('en')} is the most.`,
      remedy: 'Lay a long signal along the width (1 × 1 × length × channels), or make it shorter.',
      details: { tensor: tall.name, shape: tall.shape },
    });
  }
  return passes.reduce((current, pass) => {
    const next = pass.run(current);
    if (next !== current) verifyModel(next);
    return next;
  }, model);
}
