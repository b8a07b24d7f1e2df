import { availableParallelism } from 'node:os';
import { StudioError, type Report, type SearchParams, type SearchSummary } from '../../contract/index.ts';
import { findBoard, ownBoardsFolder, type Board } from '../../boards/index.ts';
import { modelBudget } from '../../firmware/index.ts';
import { planHeats } from '../../core/nas/index.ts';
import { defaultRecipe } from '../../core/training/index.ts';
import type { Trip } from '../jobs/index.ts';
import { costModelOf } from '../search/costs.ts';
import { affordableMacs } from './architectureStep.ts';
import { engineCore } from './compile.ts';
import { checkSplits, takeDataset } from './datasetStep.ts';
import { latencyStep } from './latencyStep.ts';
import { checkRepeatedDataset, readRecordedPart, readRecordedPlan, wishesOfRepeated } from './recordedPlan.ts';
import { reportStep } from './reportStep.ts';
import { divideMinutes, shareOf } from './searchBudget.ts';
import { spaceStep } from './spaceStep.ts';
import {
  bestOnBoard,
  findNetwork,
  lineOf,
  measureOnBoard,
  minutesOfTraining,
  trainFound,
  type FoundNetwork,
  type SpecialisedNetwork,
  type SpecialiseWish,
  type Target,
  type TrainedNetwork,
} from './specialise.ts';
import { fromTraining, steps } from './stepTitles.ts';
import { LEAST_OF_MOST, LEAST_OF_MOST_ON_EACH, passesIn, planSupernet } from './supernetPlan.ts';
import { supernetStep } from './supernetStep.ts';
import { checkTools } from './trainStep.ts';

const plan = [steps.dataset, steps.latency, steps.space, steps.largest, steps.supernet, steps.evolve, ...fromTraining];

/** What a searched network may cost: what its training can go through often enough; the limits do the rest. */
export const SEARCHED = { most: Infinity };

/** Operators that a network of the published spaces has at most, for what profiling them takes. */
const MOST_OPERATORS = 100;

/** What the found network may cost: the board's memories without the firmware's share, narrowed by what was asked for. */
function limitsOf(board: Board, classes: number, params: SearchParams): Target['limits'] {
  const { sramBytes, flashBytes } = modelBudget(board, { outputBytes: classes, operators: MOST_OPERATORS });
  return {
    sramBytes: Math.min(sramBytes, params.sramBytes ?? Infinity),
    flashBytes: Math.min(flashBytes, params.flashBytes ?? Infinity),
    latencyMs: params.latencyMs ?? null,
    energyMicrojoules: params.energyMicrojoules ?? null,
  };
}

/**
 * Searches a network for a dataset and a board, trains it, and measures on the board what was promised: a space, its
 * supernet, evolution with inherited weights, fine-tuning, int8. Several boards have one space and one supernet, and a
 * network each, or that of another where it fits and turned out better; what is of the further ones stands below `parts/BOARD`.
 */
export function searchRun(wishes: SearchParams, trip: Trip): Promise<Report> {
  return trip.go(plan, async () => {
    const { repeat } = wishes;
    const recorded = repeat === undefined ? null : readRecordedPlan(repeat);
    const params = repeat === undefined || recorded === null ? wishes : wishesOfRepeated(wishes, repeat, recorded);
    const boards = [...new Set([params.boardId, ...(params.moreBoards ?? [])])].map((id) => findBoard(id));
    await checkTools(boards.some(({ virtual }) => virtual));
    for (const board of boards)
      if (params.energyMicrojoules !== undefined && board.power === null) throw noPower(board);
    const { minutes, seed = 1, evaluateLimit } = params;
    const workers = params.workers ?? availableParallelism();
    const budget = divideMinutes(minutes, boards.length);
    const own = shareOf(budget, boards.length);
    const recordedParts = boards.map(({ id }, index) =>
      repeat === undefined || index === 0 ? recorded : readRecordedPart(repeat, id),
    );
    const seen = await takeDataset(trip, params.dataset);
    checkSplits(seen);
    if (repeat !== undefined && recorded !== null) checkRepeatedDataset(seen.fingerprint, repeat, recorded);
    const tripOf = (index: number): Trip => (index === 0 ? trip : trip.within(boards[index].id, boards[index].name));
    const targets: Target[] = [];
    for (const [index, board] of boards.entries())
      targets.push(await targetFor(tripOf(index), board, seen.classes.length, params, minutes / boards.length));
    // The largest of several networks gets more of the minutes than its part: all make as many passes.
    const mostMacs = affordableMacs(seen, budget.train / Math.sqrt(boards.length), workers, SEARCHED);
    const space = await spaceStep(trip, seen, {
      file: params.space,
      targets: targets.map(({ limits, model }) => ({ limits, model })),
      mostMacs,
      minutes: budget.space,
      seed,
      workers,
      ...(recorded && { sampled: recorded.space.sampled }),
    });
    const { shape } = seen;
    const chosen = space.chosen;
    const fits = chosen.input.height === shape.height && chosen.input.width === shape.width;
    const dataset = fits ? seen : await takeDataset(trip, params.dataset, chosen.input);

    // What a small board has room for is far from what the largest has: several boards' supernet has networks of all sizes.
    const mostCapacity = boards.length === 1 ? space.mostCapacities[0] : 0;
    const fitting = { mostMacs: space.mostMacs, mostCapacity };
    const supernetPlan = planSupernet(chosen, dataset.train.labels.length, workers, budget, fitting);
    const supernet = await supernetStep(trip, dataset, chosen, {
      plan: supernetPlan,
      recorded,
      seed,
      workers,
    });
    const taken = [space, supernet].map(({ seconds }) => ({ seconds: seconds / boards.length }));
    const { proxy } = params;
    const absentIsFine = boards.length > 1;
    const ofChosen = space.spaces.find(({ name }) => name === chosen.name);
    const meanMacs = (ofChosen?.meanFlops ?? 2 * space.mostMacs) / 2;
    const samples = dataset.train.labels.length;
    const heatPasses = passesIn(supernetPlan.heatMinutes, workers, meanMacs, samples);
    const heats = planHeats(heatPasses, samples / defaultRecipe(dataset).batch);
    const { heatMinutes } = supernetPlan;
    const wish = { heats, heatMinutes, budget: own, taken, proxy, seed, workers, evaluateLimit, absentIsFine };
    const leastOfMost = boards.length === 1 ? LEAST_OF_MOST : LEAST_OF_MOST_ON_EACH;
    const wishOf = (index: number): SpecialiseWish => ({
      ...wish,
      leastCapacity: leastOfMost * space.mostCapacities[index],
      meanMacs,
      mostMacs,
      recorded: recordedParts[index],
    });
    const found: FoundNetwork[] = [];
    for (const [index, target] of targets.entries())
      found.push(await findNetwork(tripOf(index), dataset, chosen, supernet, target, found, wishOf(index)));
    const trained: TrainedNetwork[] = [];
    const lengths = minutesOfTraining(own, found, taken);
    for (const [index, network] of found.entries())
      trained.push(await trainFound(tripOf(index), dataset, chosen, supernet, network, lengths[index], wishOf(index)));
    const networks: SpecialisedNetwork[] = [];
    for (const [index, own] of trained.entries())
      networks.push(await measureOnBoard(tripOf(index), dataset, bestOnBoard(own, trained), wishOf(index)));
    const [first] = networks;
    const search: SearchSummary = {
      spaces: space.spaces,
      chosenSpace: chosen.name,
      limits: first.target.limits,
      seconds: { space: space.seconds, supernet: supernet.seconds, evolve: first.found.seconds },
      latency: first.target.latency.source,
      supernetSteps: supernet.steps,
      judged: first.found.candidates.length,
      generations: first.found.generations,
      front: first.found.candidates.filter(({ onFront }) => onFront),
      recommended: first.found.recommended,
      promised: first.promised,
      ...(first.findings.compilation.beyond !== null && { beyond: first.findings.compilation.beyond }),
      boards: boards.length === 1 ? [] : networks.map((network, index) => lineOf(network, tripOf(index))),
    };
    return reportStep(trip, { ...first.findings, search });
  });
}

/** What a board's network may cost, and how long its kernels take. */
async function targetFor(
  trip: Trip,
  board: Board,
  classes: number,
  params: SearchParams,
  minutes: number,
): Promise<Target> {
  const limits = limitsOf(board, classes, params);
  const latency = await latencyStep(trip, board, { minutes, calibrate: params.calibrate ?? true });
  const { table } = latency;
  return {
    board,
    limits,
    latency,
    model: costModelOf(board, engineCore(board), limits, { table, rows: params.rows ?? false }),
  };
}

const noPower = (board: Board): StudioError =>
  new StudioError({
    code: 'search.no-power',
    message: `Energy cannot be limited: what ${board.name} draws is not in its board file.`,
    remedy: `Limit the latency instead, or copy the board file to ${ownBoardsFolder()} and add the power that you measured.`,
    details: { board: board.id },
  });
