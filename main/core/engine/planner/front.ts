/** The front of (SRAM, estimated cycles) of a model: finished plans, from the fastest to the smallest. */
import type { Model } from '../../graph/index.ts';
import type { Core } from '../kernels/kernel.ts';
import type { InputMode, Plan } from '../plan.ts';
import { fastest, fastestByRows, KernelChoices, smallest, type Preference } from './assign.ts';
import { buildPlan, flashOf, placeSegment } from './build.ts';
import { networkOf, type Network } from './network.ts';
import { cutFront, priceSegments, type CutPlan, type Priced } from './search.ts';

/** The ways to choose kernels between which the search may switch from segment to segment. */
const ways: readonly Preference[] = [fastest, fastestByRows, smallest];

/** A model with the prices of its segments: what both a plan and a mere cost are made from. */
export class Planning {
  readonly model: Model;
  readonly inputMode: InputMode;
  private readonly choices: KernelChoices;
  private readonly networks: readonly Network[];
  private readonly prices: readonly Priced[];

  /** @throws StudioError `engine.unsupported-operator` where no kernel can do an operator */
  constructor(model: Model, core: Core, inputMode: InputMode) {
    this.model = model;
    this.inputMode = inputMode;
    this.choices = new KernelChoices(model, core);
    this.networks = ways.map((prefer) => networkOf(model, this.choices.assign(prefer)));
    this.prices = priceSegments(this.networks, inputMode);
  }

  /** From the fastest to the smallest. */
  front(): CutPlan[] {
    return cutFront(this.prices, this.model.operators.length).map((cuts) => this.settle(cuts));
  }

  flashBytes(cuts: CutPlan): number {
    return flashOf(this.networkFor(cuts));
  }

  build(cuts: CutPlan): Plan {
    return buildPlan(
      this.networkFor(cuts),
      cuts.segments.map(({ placed }) => placed),
      this.inputMode,
    );
  }

  /** Where segments of different ways meet, the tensor between them has the layout that its reader wants. */
  private settle(cuts: CutPlan): CutPlan {
    if (isOfOneWay(cuts)) return cuts;
    const network = this.networkFor(cuts);
    const segments = cuts.segments.map((segment): Priced => {
      const placed = placeSegment(network, segment, this.inputMode);
      return { ...segment, placed, bytes: placed.packing.bytes, cycles: placed.cycles };
    });
    return {
      segments,
      bytes: Math.max(...segments.map(({ bytes }) => bytes)),
      cycles: segments.reduce((total, { cycles }) => total + cycles, 0),
    };
  }

  private networkFor(cuts: CutPlan): Network {
    const [first] = cuts.segments;
    const network = this.networks[first?.way ?? 0];
    if (isOfOneWay(cuts) && network !== undefined) return network;
    const wayOf = cuts.segments.flatMap(({ from, to, way }) => new Array<number>(to - from).fill(way));
    const prefer: Preference = (kernel, index) => (ways[wayOf[index] ?? 0] ?? fastest)(kernel, index);
    return networkOf(this.model, this.choices.assign(prefer));
  }
}

const isOfOneWay = ({ segments }: CutPlan): boolean => segments.every(({ way }) => way === segments[0]?.way);

/**
 * Plans that no other plan found beats in both SRAM and cycles, the fastest first.
 *
 * @throws StudioError `engine.unsupported-operator` where no kernel can do an operator
 */
export function planFront(model: Model, core: Core, inputMode: InputMode): Plan[] {
  const planning = new Planning(model, core, inputMode);
  return paretoOf(planning.front().map((cuts) => planning.build(cuts)));
}

/** The plan whose segments are single operators, with the fastest kernels. */
export function layerPlan(model: Model, core: Core, inputMode: InputMode): Plan {
  const network = networkOf(model, new KernelChoices(model, core).assign(fastest));
  const segments = model.operators.map((_, index) => placeSegment(network, { from: index, to: index + 1 }, inputMode));
  return buildPlan(network, segments, inputMode);
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
