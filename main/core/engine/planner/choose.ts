/** Which plan of a front is taken. */

/** `layers`: one operator after the other; `stream`: the smallest memory; `auto`: the fastest that fits. */
export type PlanKind = 'auto' | 'layers' | 'stream';

export interface Choice {
  readonly plan?: PlanKind;
  /** What the model may take of SRAM (all static memory) and Flash; no limit where absent. */
  readonly sramLimitBytes?: number;
  readonly flashLimitBytes?: number;
}

export interface Candidate {
  readonly sramBytes: number;
  readonly flashBytes: number;
  readonly cycles: number;
}

/** A plan that is slower than the fastest that fits by no more than this is taken where it needs less SRAM. */
const WORTHWHILE = 1.02;

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

/** What a byte of Flash may be worth in cycles, from nothing to almost everything. */
const FLASH_PRICES = [0, 0.5, 2, 8, 32, 128, 512, 4096];

/**
 * The choice where Flash is short: the candidates are made again with dearer Flash, which takes smaller and slower
 * kernels, until one fits.
 */
export function chooseWithin<T extends Candidate>(
  candidatesAt: (cyclesPerFlashByte: number) => readonly T[],
  choice: Choice,
): { best: T; fits: boolean } {
  let chosen = choose(candidatesAt(0), choice);
  for (const price of FLASH_PRICES.slice(1)) {
    if (chosen.fits || (choice.flashLimitBytes ?? Infinity) >= chosen.best.flashBytes) break;
    chosen = choose(candidatesAt(price), choice);
  }
  return chosen;
}
