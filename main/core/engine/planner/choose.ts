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
 * What Flash is worth where nothing limits it. At 1, one percent more Flash must bring one percent fewer cycles; a kernel
 * that does not earn its bytes so is not taken.
 */
export const USUAL_FLASH_WORTH = 1;

/** From nothing to almost everything. */
const FLASH_WORTHS = [0, USUAL_FLASH_WORTH, 16, 128, 1024];

/** The candidates where Flash has one worth. */
export interface Front<T extends Candidate> {
  /** Those that keep to a limit of SRAM, from the fastest to the smallest. */
  readonly within: (sramLimitBytes: number) => Iterable<T>;
  /** The one that takes the least SRAM. */
  readonly smallest: () => T;
  /** The same with slower and smaller kernels in the same room, so that it keeps to a limit of Flash; null where none do. */
  readonly relaxed: (candidate: T, flashLimitBytes: number) => T | null;
}

/** A front of candidates that are there already, in any order. */
export function listed<T extends Candidate>(candidates: readonly T[], relaxed: Front<T>['relaxed']): Front<T> {
  const sorted = [...candidates].sort((a, b) => a.cycles - b.cycles || b.sramBytes - a.sramBytes);
  return {
    within: (sramLimitBytes) => sorted.filter(({ sramBytes }) => sramBytes <= sramLimitBytes),
    smallest: () => sorted.reduce((best, candidate) => (isSmaller(candidate, best) ? candidate : best)),
    relaxed,
  };
}

export const onlyOne = <T extends Candidate>(candidate: T): Front<T> => listed([candidate], () => null);

/** What can be chosen from. */
export interface Offers<T extends Candidate> {
  readonly at: (flashWorth: number) => Front<T>;
  /** No candidate takes less Flash. */
  readonly leastFlashBytes: () => number;
}

/** The best of what there is, and whether it keeps to the limits. */
export interface Chosen<T extends Candidate> {
  readonly best: T;
  readonly fits: boolean;
}

/**
 * The fastest candidate within the limits, or one that is hardly slower and smaller; with the plan `stream` the smallest.
 * Where none fits: the one that is least over the limit that is short.
 *
 * Without a limit of Flash, it has its usual worth. With one, kernels are as fast as they come; where they do not fit,
 * Flash is short: then fast kernels are given up in the order of cycles lost for bytes saved, the candidates are made again
 * with dearer Flash until it is short no more, and the best of all that fits is taken. What is given up for a limit is
 * given up for every lower one, so that more Flash makes no slower choice.
 */
export function chooseWithin<T extends Candidate>(offers: Offers<T>, choice: Choice): Chosen<T> {
  const { flashLimitBytes } = choice;
  if (flashLimitBytes === undefined) return chooseAt(offers.at(USUAL_FLASH_WORTH), choice).chosen;
  const [first = 0, ...dearer] = FLASH_WORTHS;
  const dearest = FLASH_WORTHS.at(-1) ?? first;
  if (offers.leastFlashBytes() > flashLimitBytes) return { best: offers.at(dearest).smallest(), fits: false };
  let { chosen, isShort } = chooseAt(offers.at(first), choice);
  for (const worth of dearer) {
    if (!isShort) break;
    const next = chooseAt(offers.at(worth), choice);
    if (isBetter(next.chosen, chosen, choice)) ({ chosen } = next);
    ({ isShort } = next);
  }
  return chosen;
}

/** Of two choices, the one that fits; of two that fit, the better one; of two that do not, the one that is nearer. */
function isBetter<T extends Candidate>(one: Chosen<T>, other: Chosen<T>, choice: Choice): boolean {
  if (one.fits !== other.fits) return one.fits;
  if (one.fits) return (choice.plan === 'stream' ? isSmaller : isFaster)(one.best, other.best);
  const isWithin = ({ best }: Chosen<T>): boolean => best.sramBytes <= (choice.sramLimitBytes ?? Infinity);
  return isWithin(one) === isWithin(other) ? one.best.flashBytes < other.best.flashBytes : isWithin(one);
}

const isFaster = (a: Candidate, b: Candidate): boolean =>
  a.cycles < b.cycles || (a.cycles === b.cycles && a.sramBytes < b.sramBytes);

const isSmaller = (a: Candidate, b: Candidate): boolean =>
  a.sramBytes < b.sramBytes || (a.sramBytes === b.sramBytes && a.cycles < b.cycles);

/** The choice from one front; `isShort` where it would be another one if there were more Flash. */
function chooseAt<T extends Candidate>(front: Front<T>, choice: Choice): { chosen: Chosen<T>; isShort: boolean } {
  const { plan = 'auto', sramLimitBytes = Infinity, flashLimitBytes = Infinity } = choice;
  let [least, wanted, fitting]: [number, T | null, T | null] = [0, null, null];
  for (const candidate of front.within(sramLimitBytes)) {
    if (wanted === null) least = candidate.cycles;
    const isWanted = plan === 'stream' || candidate.cycles <= WORTHWHILE * least;
    // Where ways to choose kernels meet, a plan turns out slower and larger than others now and then.
    if (isWanted) wanted = wanted === null || candidate.sramBytes < wanted.sramBytes ? candidate : wanted;
    // It is the fastest that is wanted, and nothing that comes now is.
    else if (fitting !== null || (wanted?.flashBytes ?? 0) <= flashLimitBytes) break;
    if (candidate.flashBytes <= flashLimitBytes && (plan === 'stream' || fitting === null)) fitting = candidate;
  }
  if (wanted === null) {
    const smallest = front.smallest();
    return { chosen: { best: smallest, fits: false }, isShort: smallest.flashBytes > flashLimitBytes };
  }
  if (wanted.flashBytes <= flashLimitBytes) return { chosen: { best: wanted, fits: true }, isShort: false };
  const relaxed = front.relaxed(wanted, flashLimitBytes);
  const isTaken =
    relaxed !== null && (fitting === null || (plan === 'stream' ? isSmaller : isFaster)(relaxed, fitting));
  const best = isTaken ? relaxed : fitting;
  return { chosen: { best: best ?? wanted, fits: best !== null }, isShort: true };
}
