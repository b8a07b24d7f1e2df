/** The front of (SRAM, estimated cycles) of a model: finished plans, from the fastest to the smallest. */
import type { Model } from '../../graph/index.ts';
import type { Core } from '../kernels/kernel.ts';
import type { InputMode, Plan } from '../plan.ts';
import { fastest, fastestByRows, KernelChoices, smallest, type Preference } from './assign.ts';
import { buildPlan } from './build.ts';
import { networkOf, type Network } from './network.ts';
import { candidateCuts, priceSegments, type CutPlan } from './search.ts';

/** The ways to choose kernels between which the search may switch from segment to segment. */
const ways: readonly Preference[] = [fastest, fastestByRows, smallest];

/**
 * Plans that no other plan found beats in both SRAM and cycles, the fastest first.
 *
 * @throws StudioError `engine.unsupported-operator` where no kernel can do an operator
 */
export function planFront(model: Model, core: Core, inputMode: InputMode): Plan[] {
  const choices = new KernelChoices(model, core);
  const networks = distinct(ways.map((prefer) => networkOf(model, choices.assign(prefer))));
  const candidates = candidateCuts(priceSegments(networks, inputMode), model.operators.length);
  candidates.sort((a, b) => a.peakBytes - b.peakBytes || a.cycles - b.cycles);
  const built: Plan[] = [];
  for (const candidate of candidates) {
    // Its arena cannot be smaller than its peak.
    const isBeaten = built.some(
      (plan) => plan.arenaBytes <= candidate.peakBytes && plan.estimatedCycles <= candidate.cycles,
    );
    if (!isBeaten)
      built.push(buildPlan(networkFor(model, choices, networks, candidate), candidate.segments, inputMode));
  }
  return paretoOf(built);
}

/** The plan whose segments are single operators, with the fastest kernels. */
export function layerPlan(model: Model, core: Core, inputMode: InputMode): Plan {
  const network = networkOf(model, new KernelChoices(model, core).assign(fastest));
  return buildPlan(
    network,
    model.operators.map((_, index) => ({ from: index, to: index + 1 })),
    inputMode,
  );
}

function distinct(networks: readonly Network[]): Network[] {
  const known = new Map(
    networks.map((network) => [network.operators.map(({ kernel }) => kernel.name).join(), network]),
  );
  return [...known.values()];
}

/** The kernels as each segment was priced. */
function networkFor(model: Model, choices: KernelChoices, networks: readonly Network[], cuts: CutPlan): Network {
  const [only] = networks;
  if (networks.length === 1 && only !== undefined) return only;
  const wayOf = cuts.segments.flatMap(({ from, to, way }) => new Array<number>(to - from).fill(way));
  return networkOf(
    model,
    choices.assign((kernel, index) => (ways[wayOf[index] ?? 0] ?? fastest)(kernel, index)),
  );
}

function paretoOf(plans: readonly Plan[]): Plan[] {
  const sorted = [...plans].sort((a, b) => a.estimatedCycles - b.estimatedCycles || a.arenaBytes - b.arenaBytes);
  let least = Infinity;
  return sorted.filter(({ arenaBytes }) => {
    if (arenaBytes >= least) return false;
    least = arenaBytes;
    return true;
  });
}
