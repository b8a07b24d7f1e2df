import type { Random } from '../random/index.ts';
import type { Architecture } from '../architecture/index.ts';
import { capacityOf } from './capacity.ts';
import { sampleGenotype, toArchitecture } from './genotype.ts';
import type { SearchSpace } from './space.ts';

/** What the planner says of one architecture: whether it fits the limits, and its multiply-accumulates. */
export interface Verdict {
  readonly fits: boolean;
  readonly macs: number;
}

export type Judge = (architecture: Architecture) => Verdict;

/** How much computation the networks of one space that fit can make use of. */
export interface SpaceDistribution {
  readonly space: SearchSpace;
  readonly sampled: number;
  readonly fitting: number;
  /** MACs of the fitting networks, ascending: their cumulative distribution. */
  readonly macs: readonly number[];
  /** Mean FLOPs (2 · MACs) of the fitting networks; 0 where none fits. */
  readonly meanFlops: number;
  /** The largest capacity (`capacityOf`) among the fitting networks; 0 where none fits. */
  readonly mostCapacity: number;
}

/**
 * Samples `count` networks of a space and keeps those that fit (arXiv 2007.10319, §3.1).
 *
 * @param enough asked before each with the number already sampled: true ends the sampling early
 */
export function measureSpace(
  space: SearchSpace,
  count: number,
  judge: Judge,
  random: Random,
  enough: (sampled: number) => boolean = () => false,
): SpaceDistribution {
  const macs: number[] = [];
  let mostCapacity = 0;
  let sampled = 0;
  for (; sampled < count && !enough(sampled); sampled++) {
    const architecture = toArchitecture(space, sampleGenotype(space, random));
    const verdict = judge(architecture);
    if (!verdict.fits) continue;
    macs.push(verdict.macs);
    mostCapacity = Math.max(mostCapacity, capacityOf(architecture));
  }
  macs.sort((a, b) => a - b);
  const total = macs.reduce((sum, value) => sum + value, 0);
  return {
    space,
    sampled,
    fitting: macs.length,
    macs,
    meanFlops: macs.length === 0 ? 0 : (2 * total) / macs.length,
    mostCapacity,
  };
}

/** Fewer fitting networks than this share of the sample, and a mean over them says little. */
const SMALLEST_SHARE = 0.02;

/**
 * The space with the largest mean FLOPs among those in which enough networks fit; where there is none such, the one in
 * which the most do. Null where nothing fits anywhere.
 *
 * @param share of the sampled networks that has to fit
 */
export function chooseSpace(
  distributions: readonly SpaceDistribution[],
  share = SMALLEST_SHARE,
): SpaceDistribution | null {
  const some = distributions.filter(({ fitting }) => fitting > 0);
  const shareOf = ({ fitting, sampled }: SpaceDistribution): number => fitting / sampled;
  const enough = some.filter((distribution) => shareOf(distribution) >= share);
  const score = enough.length > 0 ? ({ meanFlops }: SpaceDistribution): number => meanFlops : shareOf;
  return (enough.length > 0 ? enough : some).reduce<SpaceDistribution | null>(
    (best, distribution) => (best === null || score(distribution) > score(best) ? distribution : best),
    null,
  );
}

/**
 * One distribution a space from those of several boards: as many networks fit as fit the board that is hardest to
 * please, and the mean is the geometric one over the boards, so that each counts alike however large it is.
 *
 * @param perBoard the same spaces in the same order for each board
 */
export function combineBoards(perBoard: readonly (readonly SpaceDistribution[])[]): SpaceDistribution[] {
  const [first = []] = perBoard;
  return first.map(({ space }, index) => {
    const all = perBoard.flatMap((distributions) => distributions[index] ?? []);
    const hardest = all.reduce((a, b) => (b.fitting / b.sampled < a.fitting / a.sampled ? b : a));
    const largest = all.reduce((a, b) => ((b.macs.at(-1) ?? 0) > (a.macs.at(-1) ?? 0) ? b : a));
    const product = all.reduce((total, { meanFlops }) => total * meanFlops ** (1 / all.length), 1);
    const { sampled, fitting } = hardest;
    const { macs, mostCapacity } = largest;
    return { space, sampled, fitting, macs, meanFlops: fitting === 0 ? 0 : product, mostCapacity };
  });
}
