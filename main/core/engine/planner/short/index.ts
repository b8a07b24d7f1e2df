/**
 * The short road to what a plan takes, for architectures as the search makes them: the candidate that `choose` would
 * take from the front of `Planning`, and a property test holds the two equal, but from pieces that are kept from one
 * architecture to the next, and without the rest of the front.
 */
import type { Architecture } from '../../../architecture/index.ts';
import type { Core } from '../../kernels/kernel.ts';
import type { InputMode } from '../../plan.ts';
import type { KernelTiming } from '../../timing/latencyTable.ts';
import { ways } from '../assign.ts';
import {
  chooseWithin,
  onlyOne,
  USUAL_FLASH_WORTH,
  type Candidate as Offer,
  type Choice,
  type Chosen,
  type Front,
} from '../choose.ts';
import { driverBytes } from '../flash.ts';
import { relax } from '../relax.ts';
import { CutSearch, type CutPlan, type Priced } from '../search.ts';
import { exchangesFor, FlashPrices, flashOfCuts } from './flash.ts';
import { chainOf, type Chain } from './links.ts';
import { addPrices, atomsOf } from './runPrices.ts';
import { placesOf, readersOf, viewOf, type Readers, type View } from './views.ts';

interface CutOffer extends Offer {
  readonly cuts: CutPlan | null;
}

/** Stands for candidates where the network is none for this road. */
const NOTHING: CutOffer = { sramBytes: 0, flashBytes: 0, cycles: 0, cuts: null };

export class ShortPlanning {
  readonly chain: Chain;
  private readonly readers: Readers;
  private readonly fed: boolean;
  /** All static memory of a plan with an arena of so many bytes. */
  private readonly staticBytes: (arenaBytes: number) => number;
  private readonly choice: Choice;

  /** @throws StudioError `architecture.invalid`, `engine.unsupported-operator` */
  constructor(
    architecture: Architecture,
    options: Choice & { readonly core: Core; readonly input?: InputMode; readonly timing?: KernelTiming },
    staticBytes: (arenaBytes: number, operators: number, inputMode: InputMode) => number,
  ) {
    const { core, input = 'whole', timing = null } = options;
    this.chain = chainOf(architecture, core, timing);
    this.readers = readersOf(this.chain);
    this.fed = input === 'row-fed';
    this.choice = options;
    this.staticBytes = (arenaBytes) => staticBytes(arenaBytes, this.chain.links.length, input);
  }

  leastFlashBytes(): number {
    const { links } = this.chain;
    let bytes = driverBytes(0);
    for (const { leastConstantBytes } of links) bytes += leastConstantBytes;
    return bytes;
  }

  /**
   * Whether any plan keeps to the limits: of SRAM alone, or of Flash as well where the fastest kernels decide that; null
   * where they do not, or the network is none for this road.
   */
  fits(): boolean | null {
    const { sramLimitBytes = Infinity, flashLimitBytes } = this.choice;
    if (flashLimitBytes !== undefined && this.leastFlashBytes() > flashLimitBytes) return false;
    const found = this.searchAt(flashLimitBytes === undefined ? USUAL_FLASH_WORTH : 0);
    if (found === null) return null;
    const cuts = found.search.fastestWithin(this.arenaLimit(sramLimitBytes));
    if (flashLimitBytes === undefined) return cuts !== null;
    // Where Flash is dearer, slower kernels are taken, and some of them need less memory.
    return cuts !== null && this.offerOf(cuts, found.views).flashBytes <= flashLimitBytes ? true : null;
  }

  /** As `chooseWithin` chooses from the fronts of `Planning`; null where the network is none for this road. */
  choose(): Chosen<Offer> | null {
    let isPlain = true;
    const at = (flashWorth: number): Front<CutOffer> => {
      const found = isPlain ? this.searchAt(flashWorth) : null;
      if (found === null) isPlain = false;
      return found === null ? onlyOne(NOTHING) : this.frontOf(found.search, found.views);
    };
    const chosen = chooseWithin<CutOffer>({ at, leastFlashBytes: () => this.leastFlashBytes() }, this.choice);
    return isPlain ? chosen : null;
  }

  private searchAt(flashWorth: number): { search: CutSearch; views: View[] } | null {
    const views = this.views(flashWorth);
    if (views === null) return null;
    const prices: Priced[] = [];
    for (let way = 0; way < views.length; way++) {
      const places = placesOf(views[way], this.readers);
      const atoms = places === null ? null : atomsOf(views[way], places);
      if (places === null || atoms === null) return null;
      addPrices(prices, atoms, places, this.fed, way);
    }
    return { search: new CutSearch(prices, this.chain.links.length), views };
  }

  /** The front falls in bytes as it rises in cycles: it is made as far as it is looked at. */
  private frontOf(search: CutSearch, views: readonly View[]): Front<CutOffer> {
    const offer = (cuts: CutPlan): CutOffer => this.offerOf(cuts, views);
    const arenaLimit = (sramLimitBytes: number): number => this.arenaLimit(sramLimitBytes);
    return {
      *within(sramLimitBytes) {
        let cuts = search.fastestWithin(arenaLimit(sramLimitBytes));
        for (; cuts !== null; cuts = search.fastestWithin(cuts.bytes - 1)) yield offer(cuts);
      },
      smallest: () => {
        const cuts = search.fastestWithin(search.leastBytes());
        if (cuts === null) throw new RangeError('there is no plan to choose from');
        return offer(cuts);
      },
      relaxed: (candidate, flashLimitBytes) => {
        const bytes = candidate.flashBytes - flashLimitBytes;
        const exchange = candidate.cuts === null ? null : relax(exchangesFor(candidate.cuts, views), bytes);
        if (exchange === null) return null;
        const { savedBytes, lostCycles } = exchange;
        const flashBytes = candidate.flashBytes - savedBytes;
        return { ...candidate, flashBytes, cycles: candidate.cycles + lostCycles };
      },
    };
  }

  /** The most arena bytes that keep to a limit of static memory. */
  private arenaLimit(sramLimitBytes: number): number {
    return sramLimitBytes === Infinity ? Infinity : Math.floor(sramLimitBytes - this.staticBytes(0)) & ~3;
  }

  private offerOf(cuts: CutPlan, views: readonly View[]): CutOffer {
    return {
      cuts,
      sramBytes: this.staticBytes(cuts.bytes),
      flashBytes: flashOfCuts(cuts, views),
      cycles: cuts.cycles,
    };
  }

  /** Those that differ of the ways to choose kernels. */
  private views(flashWorth: number): View[] | null {
    const views: View[] = [];
    const prices = flashWorth === 0 ? null : new FlashPrices(this.chain, flashWorth);
    for (let way = 0; way < ways.length; way++) {
      const view = prices === null ? this.freeView(way) : this.pricedView(way, prices);
      if (view === null) return null;
      if (!views.some((known) => isSame(known, view))) views.push(view);
    }
    return views;
  }

  private freeView(way: number): View | null {
    return viewOf(this.chain, this.readers, way, ({ scores }) => scores[way]);
  }

  private pricedView(way: number, prices: FlashPrices): View | null {
    const draft = viewOf(this.chain, this.readers, null, prices.score(way));
    return draft === null ? null : viewOf(this.chain, this.readers, null, prices.score(way, draft));
  }
}

function isSame(a: View, b: View): boolean {
  for (let index = 0; index < a.candidates.length; index++) {
    if (a.candidates[index].name !== b.candidates[index].name) return false;
  }
  return true;
}
