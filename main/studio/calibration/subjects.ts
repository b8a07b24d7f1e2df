import type { Architecture } from '../../core/architecture/index.ts';
import {
  kernelFamily,
  layerPlan,
  skeletonOf,
  type Core,
  type KernelVariant,
  type Preference,
} from '../../core/engine/index.ts';
import { mcunetSpace, sampleGenotype, toArchitecture } from '../../core/nas/index.ts';
import { createRandom } from '../../core/random/index.ts';

/** One image of a calibration: a network with random weights, and how its kernels are chosen. */
export interface Subject {
  readonly architecture: Architecture;
  readonly choice: KernelChoice;
}

/** The fastest kernels, or by `seed` any that can do the operator, so that alternatives are measured too. */
export type KernelChoice = { readonly kind: 'fastest' } | { readonly kind: 'mixed'; readonly seed: number };

export interface SubjectLimits {
  readonly core: Core;
  readonly sramBytes: number;
  readonly flashBytes: number;
  /** Estimated, of one inference. */
  readonly cycles: number;
  /** Most images. */
  readonly count: number;
}

/** Networks from which the images are picked. */
const DRAWN = 48;
const HEIGHTS = [12, 16, 24, 32, 48];
/** Wider than high: a kernel works row by row, so that wide rows are what matters, and they need little memory. */
const WIDTHS = [12, 24, 32, 48, 64, 80, 96, 128, 160];
const MULTIPLIERS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1];
const SEED = 20260422;

/** Which kernels the choice prefers. */
export function preferenceOf(choice: KernelChoice): Preference {
  if (choice.kind === 'fastest') return ({ cycles }) => cycles;
  return ({ name }, operator) =>
    createRandom(choice.seed)
      .fork(`${name} ${String(operator)}`)
      .next();
}

/**
 * Networks of the published spaces that fit the limits, picked one after the other so that each adds as many kinds and
 * sizes of kernels as possible for its time. The same limits give the same networks.
 */
export function calibrationSubjects(limits: SubjectLimits): Subject[] {
  const random = createRandom(SEED);
  const drawn = Array.from({ length: DRAWN }, (_, index) => {
    const input = { height: random.pick(HEIGHTS), width: random.pick(WIDTHS), channels: random.pick([1, 3]) };
    const space = mcunetSpace(input, random.pick(MULTIPLIERS), 10);
    const genotype = sampleGenotype(space, random);
    const choice: KernelChoice = index % 2 === 0 ? { kind: 'fastest' } : { kind: 'mixed', seed: index };
    return { architecture: { ...toArchitecture(space, genotype), name: `calibration ${String(index)}` }, choice };
  });
  const fitting = drawn.flatMap((subject) => {
    const plan = layerPlan(skeletonOf(subject.architecture), limits.core, 'whole', {
      prefer: preferenceOf(subject.choice),
    });
    const fits =
      plan.arenaBytes <= limits.sramBytes &&
      plan.estimatedFlashBytes <= limits.flashBytes &&
      plan.estimatedCycles <= limits.cycles;
    return fits ? [{ subject, cells: plan.operators.map(({ kernel }) => cellOf(kernel)) }] : [];
  });
  const covered = new Set<string>();
  const picked: Subject[] = [];
  while (picked.length < limits.count && fitting.length > 0) {
    const gains = fitting.map(({ cells }) => new Set(cells.filter((cell) => !covered.has(cell))).size);
    const [best] = fitting.splice(gains.indexOf(Math.max(...gains)), 1);
    if (best === undefined) break;
    for (const cell of best.cells) covered.add(cell);
    picked.push(best.subject);
  }
  return picked;
}

/** Kernels of the same family and about the same size. */
function cellOf({ name, cycles, steps, constantBytes }: KernelVariant): string {
  const size = [cycles / Math.max(1, steps), steps, constantBytes].map((value) => Math.round(Math.log2(1 + value)));
  return `${kernelFamily(name)} ${size.join()}`;
}
