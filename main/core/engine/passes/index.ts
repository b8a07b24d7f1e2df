/** The passes, from top to bottom. Each leaves a model that gives the same outputs for the same inputs, byte for byte. */
import { verifyModel, type Model } from '../../graph/index.ts';
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

/**
 * Runs all passes over a verified model, and the verifier after each.
 *
 * @throws StudioError `model.invalid` with the operator at fault, if a pass made a mistake
 */
export function lower(model: Model): Model {
  return passes.reduce((current, pass) => {
    const next = pass.run(current);
    if (next !== current) verifyModel(next);
    return next;
  }, model);
}
