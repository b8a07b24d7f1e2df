/**
 * The latency model: what kernels were measured to take on a board, interpolated for shapes that were not. Each measured
 * kernel says by what factor it differs from its estimate. That factor changes slowly with the shape, while the
 * estimate knows how the work grows; so the factor is what is interpolated, within a family of kernels that are the same code.
 */
import { z } from 'zod';
import type { KernelVariant } from '../kernels/kernel.ts';
import { CYCLES_PER_STEP } from '../planner/build.ts';
import { kernelFamily, kernelKin } from './kernelFamily.ts';

const latencyPointSchema = z.object({
  /** The kernel's name: with its steps, its whole specification. */
  kernel: z.string(),
  /** The engine's own estimate of the whole operator, cycles. */
  estimate: z.number().positive(),
  steps: z.int().positive(),
  constantBytes: z.number().nonnegative(),
  /** What the whole operator took on the board, cycles, without the driver around its steps. */
  cycles: z.number().nonnegative(),
});
export type LatencyPoint = z.infer<typeof latencyPointSchema>;

/** Plain data, so that a worker thread can be given it and a file hold it. */
export const latencyTableSchema = z.object({
  points: z.array(latencyPointSchema),
  /** What the generated driver takes around each step, cycles. */
  cyclesPerStep: z.number().nonnegative(),
});
export type LatencyTable = z.infer<typeof latencyTableSchema>;

/** Kernels that work row by row may share a name, and their code, for images of different heights. */
export const keyOf = (kernel: string, steps: number): string => `${kernel} ${String(steps)}`;

/** Replaces what kernels are estimated to take by what is known of a board. */
export interface KernelTiming {
  /** The same variants with this board's cycles; equal variants in, equal variants out. */
  timed(variants: readonly KernelVariant[]): readonly KernelVariant[];
}

/** Known kernels that decide an unknown one's factor. */
const NEIGHBOURS = 6;
/** Fewer of a family than this say little about its other shapes. */
const ENOUGH = 3;
/** Squared distance at which a neighbour counts half as much as one that is the same. */
const SOFTENING = 0.02;

/** What of a kernel its time is looked up by. */
type Shape = Pick<KernelVariant, 'name' | 'cycles' | 'steps' | 'constantBytes'>;

type Place = readonly [perStep: number, steps: number, constants: number];

interface Known {
  readonly place: Place;
  readonly factor: number;
}

const placeOf = ({ estimate, steps, constantBytes }: Omit<LatencyPoint, 'kernel' | 'cycles'>): Place => [
  Math.log(1 + estimate / steps),
  Math.log(1 + steps),
  // How much is read from Flash matters where Flash is slow, and otherwise little.
  0.5 * Math.log(1 + constantBytes),
];

export class TableTiming implements KernelTiming {
  readonly #exact = new Map<string, number>();
  readonly #families = new Map<string, Known[]>();
  readonly #kin = new Map<string, Known[]>();
  readonly #all: Known[] = [];
  /** Steps cost more or less than the planner adds for each. */
  readonly #stepDifference: number;
  readonly #timed = new WeakMap<readonly KernelVariant[], readonly KernelVariant[]>();
  readonly #cycles = new Map<string, number>();

  constructor({ points, cyclesPerStep }: LatencyTable) {
    this.#stepDifference = cyclesPerStep - CYCLES_PER_STEP;
    for (const point of points) {
      const known = { place: placeOf(point), factor: point.cycles / point.estimate };
      const family = kernelFamily(point.kernel);
      this.#exact.set(keyOf(point.kernel, point.steps), point.cycles);
      append(this.#families, family, known);
      append(this.#kin, kernelKin(family), known);
      this.#all.push(known);
    }
  }

  timed(variants: readonly KernelVariant[]): readonly KernelVariant[] {
    const before = this.#timed.get(variants);
    if (before !== undefined) return before;
    const timed = variants.map((variant) => ({ ...variant, cycles: this.cyclesOf(variant) }));
    this.#timed.set(variants, timed);
    return timed;
  }

  /** Cycles of the whole operator, as the planner counts them: it adds its own share for each step. */
  cyclesOf(variant: Shape): number {
    const key = `${variant.name} ${String(variant.steps)} ${String(variant.cycles)}`;
    const before = this.#cycles.get(key);
    if (before !== undefined) return before;
    const own = this.#exact.get(keyOf(variant.name, variant.steps)) ?? variant.cycles * this.#factorOf(variant);
    const cycles = Math.max(0, own + variant.steps * this.#stepDifference);
    this.#cycles.set(key, cycles);
    return cycles;
  }

  /** What an inference takes whose operators are these: each of them, and the driver around its steps. */
  predict(kernels: readonly Omit<LatencyPoint, 'cycles'>[]): number {
    return kernels.reduce((sum, { kernel, estimate, steps, constantBytes }) => {
      const own = this.cyclesOf({ name: kernel, cycles: estimate, steps, constantBytes });
      return sum + own + steps * CYCLES_PER_STEP;
    }, 0);
  }

  #factorOf({ name, cycles, steps, constantBytes }: Shape): number {
    const family = kernelFamily(name);
    const candidates = [this.#families.get(family), this.#kin.get(kernelKin(family)), this.#all];
    const known = candidates.find((each) => each !== undefined && each.length >= ENOUGH) ?? this.#all;
    return interpolate(known, placeOf({ estimate: cycles, steps, constantBytes }));
  }
}

function append(lists: Map<string, Known[]>, key: string, known: Known): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [known]);
  else list.push(known);
}

/** The mean of the nearest factors, nearer ones counting more (Shepard's interpolation); 1 where nothing is known. */
function interpolate(known: readonly Known[], place: Place): number {
  const nearest = known
    .map((each) => ({ factor: each.factor, distance: squaredDistance(each.place, place) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NEIGHBOURS);
  let [total, weights] = [0, 0];
  for (const { factor, distance } of nearest) {
    const weight = 1 / (SOFTENING + distance) ** 2;
    total += weight * Math.log(factor);
    weights += weight;
  }
  return weights === 0 ? 1 : Math.exp(total / weights);
}

const squaredDistance = (a: Place, b: Place): number => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
