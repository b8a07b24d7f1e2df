import { availableParallelism } from 'node:os';
import {
  StudioError,
  type Candidate,
  type Report,
  type SearchParams,
  type SearchSummary,
} from '../../contract/index.ts';
import { findBoard, type Board } from '../../boards/index.ts';
import {
  inherit,
  inheritanceOf,
  largestGenotype,
  supernetLayout,
  toArchitecture,
  type Limits,
  type SearchSpace,
} from '../../core/nas/index.ts';
import { modelBudget } from '../../firmware/index.ts';
import { sha256 } from '../../store/index.ts';
import type { Trip } from '../jobs/index.ts';
import type { Teacher } from '../training/index.ts';
import { costModelOf } from '../search/costs.ts';
import { affordableMacs } from './architectureStep.ts';
import { engineCore } from './compile.ts';
import { takeDataset } from './datasetStep.ts';
import { evolveStep, type Found } from './evolveStep.ts';
import { latencyStep } from './latencyStep.ts';
import { measureTrained } from './measureTrained.ts';
import { readRecordedPlan } from './recordedPlan.ts';
import { reportStep } from './reportStep.ts';
import { divideMinutes, remainingMinutes } from './searchBudget.ts';
import { spaceStep } from './spaceStep.ts';
import { steps } from './stepTitles.ts';
import { planSupernet } from './supernetPlan.ts';
import { supernetStep, type TrainedSupernet } from './supernetStep.ts';
import { bytesOf, checkTools, trainStep } from './trainStep.ts';

const plan = [
  steps.dataset,
  steps.latency,
  steps.space,
  steps.largest,
  steps.supernet,
  steps.evolve,
  steps.train,
  steps.quantize,
  steps.model,
  steps.compile,
  steps.image,
  steps.judge,
  steps.profile,
  steps.evaluate,
  steps.report,
];

/** What a searched network may cost: what its training can go through often enough; the limits do the rest. */
export const SEARCHED = { most: Infinity };

/** Operators that a network of the published spaces has at most, for what profiling them takes. */
const MOST_OPERATORS = 100;

/** What the found network may cost: the board's memories without the firmware's share, narrowed by what was asked for. */
function limitsOf(
  board: Board,
  classes: number,
  params: SearchParams,
): Limits & { sramBytes: number; flashBytes: number } {
  const { sramBytes, flashBytes } = modelBudget(board, { outputBytes: classes, operators: MOST_OPERATORS });
  return {
    sramBytes: Math.min(sramBytes, params.sramBytes ?? Infinity),
    flashBytes: Math.min(flashBytes, params.flashBytes ?? Infinity),
    latencyMs: params.latencyMs ?? null,
    energyMicrojoules: params.energyMicrojoules ?? null,
  };
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
 * Searches a network for a dataset and a board, trains it, and measures on the board what was promised: a space, its
 * supernet, evolution with inherited weights, fine-tuning, int8.
 */
export function searchRun(params: SearchParams, trip: Trip): Promise<Report> {
  return trip.go(plan, async () => {
    const board = findBoard(params.boardId);
    await checkTools(board.virtual);
    if (params.energyMicrojoules !== undefined && board.power === null) throw noPower(board);
    const { minutes, seed = 1 } = params;
    const workers = params.workers ?? availableParallelism();
    const budget = divideMinutes(minutes);
    const recorded = params.repeat === undefined ? null : readRecordedPlan(params.repeat);
    const seen = await takeDataset(trip, params.dataset);
    const limits = limitsOf(board, seen.classes.length, params);
    const latency = await latencyStep(trip, board, { minutes, calibrate: params.calibrate ?? true });
    const model = costModelOf(board, engineCore(board), limits, { table: latency.table, rows: params.rows ?? false });
    const mostMacs = affordableMacs(seen, budget.train, workers, SEARCHED);
    const space = await spaceStep(trip, seen, {
      file: params.space,
      limits,
      model,
      mostMacs,
      minutes: budget.space,
      seed,
      workers,
      ...(recorded && { sampled: recorded.space.spaces.map(({ sampled }) => sampled) }),
    });
    const { shape } = seen;
    const chosen = space.chosen;
    const fits = chosen.input.height === shape.height && chosen.input.width === shape.width;
    const dataset = fits ? seen : await takeDataset(trip, params.dataset, chosen.input);

    const supernetPlan = planSupernet(chosen, dataset.train.labels.length, workers, budget, space.mostMacs);
    const supernet = await supernetStep(trip, dataset, chosen, {
      plan: supernetPlan,
      recorded,
      seed,
      workers,
    });
    const found = await evolveStep(trip, dataset, chosen, supernet, {
      limits,
      model,
      minutes: budget.evolve,
      seed,
      workers,
      ...(recorded && { generations: recorded.evolve.generations }),
    });
    const architecture = toArchitecture(chosen, found.genotype);
    const weights = inherit(supernet.weights, inheritanceOf(supernetLayout(chosen), found.genotype));
    const teacher = teacherOf(chosen, supernet, found);
    const trained = await trainStep(
      trip,
      dataset,
      architecture,
      {
        length: { minutes: remainingMinutes(budget, [space, supernet, found]) },
        seed,
        workers,
        ...(recorded && { pace: recorded.train.pace }),
      },
      { initial: { weights, sha256: sha256(bytesOf(weights)) }, ...(teacher && { teacher }) },
    );
    const { boardId, evaluateLimit } = params;
    const promised = found.candidates.find(({ key }) => key === found.recommended.key) as Candidate;
    const { inputMode } = promised;
    const memory = { sramBytes: limits.sramBytes, flashBytes: limits.flashBytes };
    const wish = { boardId, workers, evaluateLimit, inputMode, limits: memory };
    const measured = await measureTrained(trip, dataset, architecture, trained, wish);
    const search: SearchSummary = {
      spaces: space.spaces,
      chosenSpace: chosen.name,
      limits,
      seconds: { space: space.seconds, supernet: supernet.seconds, evolve: found.seconds },
      latency: latency.source,
      supernetSteps: supernet.steps,
      judged: found.candidates.length,
      generations: found.generations,
      front: found.candidates.filter(({ onFront }) => onFront),
      recommended: found.recommended,
      promised,
    };
    return reportStep(trip, { ...measured, search });
  });
}

const noPower = (board: Board): StudioError =>
  new StudioError({
    code: 'search.no-power',
    message: `Energy cannot be limited: what ${board.name} draws is not in its board file.`,
    remedy: 'Limit the latency instead, or add the power that you measured to the board file.',
    details: { board: board.id },
  });
