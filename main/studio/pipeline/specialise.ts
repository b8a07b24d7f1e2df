import type { Candidate, Specialised } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import { architectureCost, type Architecture } from '../../core/architecture/index.ts';
import {
  inherit,
  inheritanceOf,
  largestGenotype,
  supernetLayout,
  toArchitecture,
  type HeatRound,
  type Limits,
  type Proxy,
  type SearchSpace,
} from '../../core/nas/index.ts';
import type { Dataset } from '../../datasets/index.ts';
import { sha256 } from '../../store/index.ts';
import type { Trip } from '../jobs/index.ts';
import type { CostModel } from '../search/costs.ts';
import type { Teacher } from '../training/index.ts';
import { evolveStep, type Found } from './evolveStep.ts';
import { isThere, type KnownLatency } from './latencyStep.ts';
import { buildTrained, measureTrained } from './measureTrained.ts';
import type { Findings } from './reportStep.ts';
import type { RecordedPlan } from './recordedPlan.ts';
import { remainingMinutes, type SearchBudget } from './searchBudget.ts';
import type { TrainedSupernet } from './supernetStep.ts';
import { bytesOf, trainStep } from './trainStep.ts';

/** A board to specialise for, what its network may cost, and how that is told. */
export interface Target {
  readonly board: Board;
  readonly limits: Limits & { readonly sramBytes: number; readonly flashBytes: number };
  readonly latency: KnownLatency;
  readonly model: CostModel;
}

export interface SpecialiseWish {
  /** This board's part of the search's minutes. */
  readonly budget: SearchBudget;
  /** What this board's part of the steps before took. */
  readonly taken: readonly { readonly seconds: number }[];
  /** Rounds in which networks are trained alone to be judged; none where inherited weights decide. */
  readonly heats: readonly HeatRound[];
  /** The largest capacity that fits; 0 where the boards differ in that. */
  readonly mostCapacity: number;
  /** What chooses among candidates before they are judged; nothing where absent. */
  readonly proxy: Proxy | undefined;
  readonly seed: number;
  readonly workers: number;
  readonly evaluateLimit: number | undefined;
  /** Whether it may do without the board, where that is not there: then the network is built and judged, not measured. */
  readonly absentIsFine: boolean;
  /** What an earlier search did, where that is followed instead of the clock. */
  readonly recorded: RecordedPlan | null;
}

export interface SpecialisedNetwork {
  readonly target: Target;
  readonly found: Found;
  readonly promised: Candidate;
  readonly architecture: Architecture;
  readonly findings: Findings;
}

/** Learning from the largest network and from the labels, one as much as the other. */
const TEACHER_WEIGHT = 0.5;

/** The supernet's largest, where it was trained and is better than what was found: the found network learns from it. */
function teacherOf(space: SearchSpace, supernet: TrainedSupernet, { largestAccuracy }: Found): Teacher | null {
  if (largestAccuracy === null) return null;
  const architecture = toArchitecture(space, largestGenotype(space));
  return { architecture, weights: supernet.weights, accuracy: largestAccuracy, weight: TEACHER_WEIGHT };
}

/** From the supernet to one board's network: evolution under its limits, training, int8, image, and what it is worth there. */
export async function specialise(
  trip: Trip,
  dataset: Dataset,
  space: SearchSpace,
  supernet: TrainedSupernet,
  target: Target,
  wish: SpecialiseWish,
): Promise<SpecialisedNetwork> {
  const { board, limits, model } = target;
  const { budget, seed, workers, evaluateLimit, recorded } = wish;
  const evolve = {
    limits,
    mostCapacity: wish.mostCapacity,
    heats: wish.heats,
    model,
    minutes: budget.evolve,
    seed,
    workers,
    ...(recorded && { generations: recorded.evolve.generations }),
  };
  const found = await evolveStep(trip, dataset, space, supernet, {
    ...evolve,
    ...(wish.proxy !== undefined && { proxy: wish.proxy }),
  });
  const architecture = toArchitecture(space, found.genotype);
  const weights = inherit(supernet.weights, inheritanceOf(supernetLayout(space), found.genotype));
  const teacher = teacherOf(space, supernet, found);
  const trained = await trainStep(
    trip,
    dataset,
    architecture,
    {
      length: { minutes: remainingMinutes(budget, [...wish.taken, found]) },
      seed,
      workers,
      ...(recorded && { pace: recorded.train.pace }),
    },
    { initial: { weights, sha256: sha256(bytesOf(weights)) }, ...(teacher && { teacher }) },
  );
  const promised = found.candidates.find(({ key }) => key === found.recommended.key) as Candidate;
  const { sramBytes, flashBytes } = limits;
  const measure = {
    boardId: board.id,
    workers,
    evaluateLimit,
    inputMode: promised.inputMode,
    limits: { sramBytes, flashBytes },
  };
  const isMeasured = !wish.absentIsFine || (await isThere(board));
  if (!isMeasured) trip.log(`${board.name} is not plugged in: its network is built and judged, and not measured.`);
  const findings = isMeasured
    ? await measureTrained(trip, dataset, architecture, trained, measure)
    : await buildTrained(trip, dataset, architecture, trained, measure);
  return { target, found, promised, architecture, findings };
}

/** A board's line in the table of boards and their networks. */
export function lineOf(
  { target, found, promised, architecture, findings }: SpecialisedNetwork,
  trip: Trip,
): Specialised {
  const { board, limits, latency } = target;
  const { training, profile, evaluation, compilation, image } = findings;
  const { macs, parameters } = architectureCost(architecture);
  return {
    boardId: board.id,
    boardName: board.name,
    limits,
    latency: latency.source,
    promised,
    reason: found.recommended.reason,
    why: found.recommended.why,
    macs,
    parameters,
    floatAccuracy: training?.floatAccuracy ?? null,
    int8Accuracy: training?.compared?.int8Accuracy ?? null,
    sramBytes: compilation.planned.sramBytes,
    flashBytes: image.flashBytes,
    latencyMs: profile?.latencyMs ?? null,
    latencyEstimated: profile?.estimated ?? null,
    boardAccuracy: evaluation?.accuracy ?? null,
    folder: trip.file('') === '' ? null : trip.file('').slice(0, -1),
  };
}
