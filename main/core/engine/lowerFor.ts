/** The last pass, which depends on what a core's kernels can do. */
import type { Model } from '../graph/index.ts';
import type { Core } from './kernels/kernel.ts';
import { kernelVariants } from './kernels/variants.ts';
import { fuseAdditions } from './passes/fuseAdditions.ts';

/** A lowered model as a core runs it: an ADD is part of the projection before it where a kernel does both at once. */
export function lowerFor(model: Model, core: Core): Model {
  return fuseAdditions(model, (subject, operator) => kernelVariants({ model: subject, operator, core }).length > 0);
}
