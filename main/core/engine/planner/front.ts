/** The front of (SRAM, estimated cycles) of a model: finished plans, from the fastest to the smallest. */
import type { Model } from '../../graph/index.ts';
import type { Core, KernelVariant } from '../kernels/kernel.ts';
import type { InputMode, Plan } from '../plan.ts';
import type { KernelTiming } from '../timing/latencyTable.ts';
import { fastest, KernelChoices, usersOf, ways, type CodeUsers, type Preference } from './assign.ts';
import { USUAL_FLASH_WORTH } from './choose.ts';
import { buildPlan, placeSegment } from './build.ts';
import { driverBytes, flashOf } from './flash.ts';
import { networkOf, type Assignment, type Network } from './network.ts';
import { pricesFrom } from './price.ts';
import { canReplace, inPlaceOf, relax, type Cost } from './relax.ts';
import { cutFront, cutPlaces, CutSearch, priceSegments, type CutPlan, type Priced } from './search.ts';

/** A model with the prices of its segments: what both a plan and a mere cost are made from. */
export class Planning {
  readonly model: Model;
  readonly inputMode: InputMode;
  private readonly choices: KernelChoices;
  private readonly ways: readonly Preference[];
  private readonly networks: readonly Network[];
  private readonly prices: readonly Priced[];

  /**
   * @param flashWorth how much fewer cycles more Flash must bring, both in proportion; with 0, kernels are as fast as
   * they come
   * @throws StudioError `engine.unsupported-operator` where no kernel can do an operator
   */
  constructor(
    model: Model,
    core: Core,
    inputMode: InputMode,
    flashWorth = USUAL_FLASH_WORTH,
    timing: KernelTiming | null = null,
  ) {
    this.model = model;
    this.inputMode = inputMode;
    this.choices = new KernelChoices(model, core, timing);
    const cyclesPerFlashByte = flashWorth * this.choices.cyclesPerFlashByte();
    const assignments = ways.map((way) => {
      const priced =
        (users?: CodeUsers): Preference =>
        (kernel, index) =>
          way(kernel, index) + cyclesPerFlashByte * this.choices.flashOf(kernel, users);
      // Who could share code is a guess at who does.
      const draft = this.choices.assign(priced());
      if (cyclesPerFlashByte === 0) return { prefer: priced(), assignment: draft };
      const prefer = priced(usersOf(draft));
      return { prefer, assignment: this.choices.assign(prefer) };
    });
    const chosen = distinct(assignments);
    this.ways = chosen.map(({ prefer }) => prefer);
    this.networks = chosen.map(({ assignment }) => networkOf(model, assignment));
    this.prices = priceSegments(this.networks, inputMode);
  }

  /** From the fastest to the smallest. */
  front(): CutPlan[] {
    const settled = cutFront(this.prices, this.model.operators.length).map((cuts) => this.settle(cuts));
    return settled.sort((a, b) => a.cycles - b.cycles || b.bytes - a.bytes);
  }

  /** Of all plans the one that takes the least room. */
  smallest(): CutPlan {
    const search = new CutSearch(this.prices, this.model.operators.length);
    const cuts = search.fastestWithin(search.leastBytes());
    if (cuts === null) throw new RangeError('there is no way from the first operator to the last');
    return this.settle(cuts);
  }

  /** Where segments may begin and end, with the fastest kernels. */
  places(): number[] {
    const [network] = this.networks;
    return network === undefined ? [] : cutPlaces(network);
  }

  flashBytes(cuts: CutPlan): number {
    return flashOf(this.networkFor(cuts), cuts.bytes);
  }

  /**
   * The plan's kernels exchanged for smaller ones until it keeps to a limit of Flash; null where it cannot. What there is
   * in SRAM, and when, stays as it is.
   */
  relaxed(cuts: CutPlan, flashLimitBytes: number): RelaxedCuts | null {
    const network = this.networkFor(cuts);
    const flashBytes = flashOf(network, cuts.bytes);
    const options = network.operators.map(({ kernel, outputs }, index) => {
      const isPlanar = outputs.some(({ tensor }) => network.tensors.get(tensor)?.layout.kind === 'planar');
      const others = this.choices.variants[index].filter((other) => other !== kernel);
      return [kernel, ...others.filter((other) => canReplace(other, kernel, isPlanar))];
    });
    const exchange = relax(
      options.map((own) => own.map(costOf)),
      flashBytes - flashLimitBytes,
    );
    if (exchange === null) return null;
    const kernels = network.operators.map(({ kernel }, index) =>
      exchange.chosen[index] === 0 ? kernel : inPlaceOf(options[index][exchange.chosen[index]], kernel),
    );
    const layouts = new Map([...network.tensors.values()].map(({ id, layout }) => [id, layout]));
    return {
      cuts: { ...cuts, cycles: cuts.cycles + exchange.lostCycles },
      network: networkOf(this.model, { kernels, layouts }),
      flashBytes: flashBytes - exchange.savedBytes,
    };
  }

  build(cuts: CutPlan, network = this.networkFor(cuts)): Plan {
    const segments = cuts.segments.map((segment) => placeSegment(network, segment, this.inputMode));
    return buildPlan(network, segments, this.inputMode);
  }

  /** Where segments of different ways meet, the tensor between them has the layout that its reader wants. */
  private settle(cuts: CutPlan): CutPlan {
    if (isOfOneWay(cuts)) return cuts;
    const network = this.networkFor(cuts);
    const segments = cuts.segments.map((segment): Priced => {
      const [price] = pricesFrom(network, segment.from, [segment.to], this.inputMode);
      return { ...segment, ...price };
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
    const prefer: Preference = (kernel, index) => (this.ways[wayOf[index] ?? 0] ?? fastest)(kernel, index);
    return networkOf(this.model, this.choices.assign(prefer));
  }
}

/** A sequence of segments with the kernels that Flash leaves for it. */
export interface RelaxedCuts {
  readonly cuts: CutPlan;
  readonly network: Network;
  readonly flashBytes: number;
}

const costOf = ({ name, cycles, constantBytes, codeBytes, sharedCode = [] }: KernelVariant): Cost<string> => ({
  cycles,
  constantBytes,
  codes: [{ name, bytes: codeBytes }, ...sharedCode],
});

/** One assignment of each kind; the others would only be priced again. */
function distinct<T extends { readonly assignment: Assignment }>(all: readonly T[]): T[] {
  const kinds = all.map(({ assignment }) => assignment.kernels.map(({ name }) => name).join());
  return all.filter((_, index) => kinds.indexOf(kinds[index] ?? '') === index);
}

const isOfOneWay = ({ segments }: CutPlan): boolean => segments.every(({ way }) => way === segments[0]?.way);

/**
 * Plans that no other plan found beats in both SRAM and cycles, the fastest first.
 *
 * @throws StudioError `engine.unsupported-operator` where no kernel can do an operator
 */
export function planFront(
  model: Model,
  core: Core,
  inputMode: InputMode,
  flashWorth = USUAL_FLASH_WORTH,
  timing: KernelTiming | null = null,
): Plan[] {
  const planning = new Planning(model, core, inputMode, flashWorth, timing);
  return paretoOf(planning.front().map((cuts) => planning.build(cuts)));
}

/** No plan of a model takes less Flash: the smallest constants of each operator, the driver without its tables, and no kernels at all. */
export function leastFlashBytes(model: Model, core: Core): number {
  return driverBytes(0) + new KernelChoices(model, core).leastConstantBytes();
}

/** The plan whose segments are single operators, with the fastest kernels or those that `prefer` likes best. */
export function layerPlan(
  model: Model,
  core: Core,
  inputMode: InputMode,
  { timing = null, prefer = fastest }: { timing?: KernelTiming | null; prefer?: Preference } = {},
): Plan {
  const network = networkOf(model, new KernelChoices(model, core, timing).assign(prefer));
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
