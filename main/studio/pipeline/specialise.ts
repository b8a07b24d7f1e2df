import type { Candidate, Specialised } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import { architectureCost, type Architecture } from '../../core/architecture/index.ts';
import {
  fits,
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
import { costOf, type CostModel } from '../search/costs.ts';
import type { Teacher } from '../training/index.ts';
import { evolveStep, type Found } from './evolveStep.ts';
import { isThere, type KnownLatency } from './latencyStep.ts';
import { buildTrained, measureTrained } from './measureTrained.ts';
import type { Findings } from './reportStep.ts';
import type { RecordedPart } from './recordedPlan.ts';
import { divideByCost, passCost, remainingMinutes, type SearchBudget } from './searchBudget.ts';
import type { TrainedSupernet } from './supernetStep.ts';
import { bytesOf, trainStep, type Trained } from './trainStep.ts';

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
  readonly heatMinutes: number;
  /** The capacity that this board's network has at least. */
  readonly leastCapacity: number;
  /** The multiply-accumulates that networks which fit have on average, and that this board's may have. */
  readonly meanMacs: number;
  readonly mostMacs: number;
  /** What chooses among candidates before they are judged; nothing where absent. */
  readonly proxy: Proxy | undefined;
  readonly seed: number;
  readonly workers: number;
  readonly evaluateLimit: number | undefined;
  /** Whether it may do without the board, where that is not there: then the network is built and judged, not measured. */
  readonly absentIsFine: boolean;
  /** What an earlier search did, where that is followed instead of the clock. */
  readonly recorded: RecordedPart | null;
}

/** A board's network as evolution chose it. */
export interface FoundNetwork {
  readonly target: Target;
  readonly found: Found;
  readonly promised: Candidate;
  readonly architecture: Architecture;
}

/** A board's network before it is built for the board. */
export interface TrainedNetwork extends FoundNetwork {
  readonly trained: Trained;
}

export interface SpecialisedNetwork extends TrainedNetwork {
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

/**
 * From the supernet to one board's network: evolution under its limits.
 *
 * @param others networks that were found for other boards: evolution begins with those that fit here, too
 */
export async function findNetwork(
  trip: Trip,
  dataset: Dataset,
  space: SearchSpace,
  supernet: TrainedSupernet,
  target: Target,
  others: readonly FoundNetwork[],
  wish: SpecialiseWish,
): Promise<FoundNetwork> {
  const { limits, model } = target;
  const { budget, leastCapacity, meanMacs, mostMacs, heats, heatMinutes, proxy, seed, workers, recorded } = wish;
  const found = await evolveStep(trip, dataset, space, supernet, {
    limits,
    leastCapacity,
    meanMacs,
    mostMacs,
    seeds: others.map(({ found }) => found.genotype),
    heats,
    heatMinutes,
    model,
    minutes: budget.evolve,
    seed,
    workers,
    ...(recorded && { generations: recorded.evolve.generations, heatTrainings: recorded.evolve.heatTrainings }),
    ...(proxy !== undefined && { proxy }),
  });
  const architecture = toArchitecture(space, found.genotype);
  const promised = found.candidates.find(({ key }) => key === found.recommended.key) as Candidate;
  return { target, found, promised, architecture };
}

/**
 * What the boards' networks are trained for, each. All make about as many passes: in as many minutes the larger networks
 * of the larger boards would make fewer, and come out no better than the smaller (docs/search-boards.md).
 *
 * @param networks and what each board's part of the steps before training took
 */
export function minutesOfTraining(
  budget: SearchBudget,
  networks: readonly FoundNetwork[],
  taken: SpecialiseWish['taken'],
): number[] {
  const left = networks.reduce((sum, { found }) => sum + remainingMinutes(budget, [...taken, found]), 0);
  const costs = networks.map(({ architecture }) => passCost(architecture));
  return divideByCost(left, costs);
}

/** Trains what was found, from the weights that it has in the supernet. */
export async function trainFound(
  trip: Trip,
  dataset: Dataset,
  space: SearchSpace,
  supernet: TrainedSupernet,
  network: FoundNetwork,
  minutes: number,
  { seed, workers, recorded }: SpecialiseWish,
): Promise<TrainedNetwork> {
  const { architecture, found } = network;
  const weights = inherit(supernet.weights, inheritanceOf(supernetLayout(space), found.genotype));
  const teacher = teacherOf(space, supernet, found);
  const trained = await trainStep(
    trip,
    dataset,
    architecture,
    { length: { minutes }, seed, workers, ...(recorded && { pace: recorded.train.pace }) },
    { initial: { weights, sha256: sha256(bytesOf(weights)) }, ...(teacher && { teacher }) },
  );
  return { ...network, trained };
}

const afterTraining = ({ trained }: TrainedNetwork): number => trained.curve.at(-1)?.validationAccuracy ?? 0;

/**
 * A network that was found for one board may run on another, too, and training decides which is better: so a board that
 * has room for what a smaller one got never has a worse network than that.
 *
 * @param all the networks of all boards, the board's own among them
 * @returns the most accurate after training of those that keep the board's limits; of equals its own
 */
export function bestOnBoard(own: TrainedNetwork, all: readonly TrainedNetwork[]): TrainedNetwork {
  const { target, found } = own;
  const usable = all.flatMap((network) => {
    const cost = costOf(network.architecture, target.model);
    return network === own || fits(cost, target.limits) ? [{ network, cost }] : [];
  });
  const [best] = usable.toSorted(
    (a, b) =>
      afterTraining(b.network) - afterTraining(a.network) || Number(b.network === own) - Number(a.network === own),
  );
  if (best.network === own) return own;
  const { network, cost } = best;
  const { sramBytes, flashBytes, latencyMs, energyMicrojoules, inputMode } = cost;
  const costs = { sramBytes, flashBytes, latencyMs, energyMicrojoules, inputMode: inputMode ?? 'whole' };
  const promised: Candidate = { ...network.promised, ...costs, onFront: true };
  const board = network.target.board.name;
  const [accuracy, before] = [afterTraining(network), afterTraining(own)];
  const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;
  const recommended = {
    key: promised.key,
    reason: `It was found for ${board}, keeps every limit here as well, and after training it is more accurate than what was found for this board: ${percent(accuracy)} of validation samples, not ${percent(before)}.`,
    why: { code: 'of-another-board' as const, board, accuracy, own: before },
  };
  const candidates = [...found.candidates.filter(({ key }) => key !== promised.key), promised];
  return {
    ...network,
    target,
    promised,
    found: { ...found, genotype: network.found.genotype, candidates, recommended },
  };
}

/** What follows: int8, image, and what the network is worth on its board. */
export async function measureOnBoard(
  trip: Trip,
  dataset: Dataset,
  network: TrainedNetwork,
  { workers, seed, evaluateLimit, absentIsFine }: SpecialiseWish,
): Promise<SpecialisedNetwork> {
  const { target, architecture, trained, promised } = network;
  const { board, limits } = target;
  const { sramBytes, flashBytes } = limits;
  const measure = {
    boardId: board.id,
    workers,
    seed,
    evaluateLimit,
    inputMode: promised.inputMode,
    limits: { sramBytes, flashBytes },
  };
  const isMeasured = !absentIsFine || (await isThere(board));
  if (!isMeasured) trip.log(`${board.name} is not plugged in: its network is built and judged, and not measured.`);
  const findings = isMeasured
    ? await measureTrained(trip, dataset, architecture, trained, measure)
    : await buildTrained(trip, dataset, architecture, trained, measure);
  return { ...network, findings };
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
