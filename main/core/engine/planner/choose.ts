/** Which plan of a front is taken. */

/** `layers`: one operator after the other; `stream`: the smallest memory; `auto`: the fastest that fits. */
export type PlanKind = 'auto' | 'layers' | 'stream';

export interface Choice {
  readonly plan?: PlanKind;
  /** What the model may take of SRAM (all static memory) and Flash; no limit where absent. */
  readonly sramLimitBytes?: number;
  readonly flashLimitBytes?: number;
  /**
   * Memories that the model may be spread over where it does not fit in one, in the order in which they are filled; the first
   * one holds the driver's own variables, too. Several orders may be given: the first that holds the model is taken.
   */
  readonly sramPieces?: readonly (readonly number[])[];
  /** Whether columns may be computed more than once where no other plan keeps to the limit of SRAM. */
  readonly recompute?: boolean;
}

export interface Candidate {
  readonly sramBytes: number;
  readonly flashBytes: number;
  readonly cycles: number;
}

/** A plan that is slower than the fastest that fits by no more than this is taken where it needs less SRAM. */
export const WORTHWHILE = 1.02;

/**
 * The fastest candidate within the limits, or one that is hardly slower and smaller; with `stream` the smallest.
 * Where none fits: the one that is least over the limit of SRAM.
 */
export function choose<T extends Candidate>(candidates: readonly T[], choice: Choice): { best: T; fits: boolean } {
  const { plan = 'auto', sramLimitBytes = Infinity, flashLimitBytes = Infinity } = choice;
  const bySram = [...candidates].sort((a, b) => a.sramBytes - b.sramBytes || a.cycles - b.cycles);
  const fitting = bySram.filter((each) => each.sramBytes <= sramLimitBytes && each.flashBytes <= flashLimitBytes);
  const [smallest] = fitting.length > 0 ? fitting : bySram;
  if (smallest === undefined) throw new RangeError('there is no plan to choose from');
  if (fitting.length === 0) return { best: smallest, fits: false };
  if (plan === 'stream') return { best: smallest, fits: true };
  const least = Math.min(...fitting.map(({ cycles }) => cycles));
  const best = fitting.find(({ cycles }) => cycles <= WORTHWHILE * least) ?? smallest;
  return { best, fits: true };
}

/**
 * What Flash is worth where nothing limits it. At 1, one percent more Flash must bring one percent fewer cycles; a kernel
 * that does not earn its bytes so is not taken.
 */
export const USUAL_FLASH_WORTH = 1;

/** From nothing to almost everything. */
const FLASH_WORTHS = [0, 0.3, USUAL_FLASH_WORTH, 4, 16, 128, 1024];

/** What can be chosen from. */
export interface Offers<T extends Candidate> {
  /** The choice where Flash has this worth. */
  readonly at: (flashWorth: number) => { readonly best: T; readonly fits: boolean };
  /** No candidate takes less Flash. */
  readonly leastFlashBytes: () => number;
}

/**
 * With a limit of Flash, the choice of the fastest kernels; where they do not fit, the candidates are made again with
 * dearer Flash, which takes smaller and slower kernels, until one fits; where none can, those with the dearest Flash are
 * judged. Without a limit, Flash has its usual worth.
 */
export function chooseWithin<T extends Candidate>(offers: Offers<T>, choice: Choice): { best: T; fits: boolean } {
  const { flashLimitBytes } = choice;
  if (flashLimitBytes === undefined) return offers.at(USUAL_FLASH_WORTH);
  const [first = 0, ...dearer] = FLASH_WORTHS;
  if (offers.leastFlashBytes() > flashLimitBytes) return offers.at(FLASH_WORTHS.at(-1) ?? first);
  let chosen = offers.at(first);
  for (const worth of dearer) {
    if (chosen.fits || flashLimitBytes >= chosen.best.flashBytes) break;
    chosen = offers.at(worth);
  }
  return chosen;
}
