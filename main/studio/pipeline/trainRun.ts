import { availableParallelism } from 'node:os';
import type { DemoParams, Report, TrainParams } from '../../contract/index.ts';
import { findBoard } from '../../boards/index.ts';
import type { TrainingLength } from '../../core/training/index.ts';
import type { Dataset } from '../../datasets/index.ts';
import { demoDefaults } from '../service/describeJob.ts';
import type { Trip } from '../jobs/index.ts';
import { affordableMacs, architectureStep } from './architectureStep.ts';
import { checkSplits, takeDataset } from './datasetStep.ts';
import { measureTrained } from './measureTrained.ts';
import { reportStep } from './reportStep.ts';
import { fromTraining, steps } from './stepTitles.ts';
import { checkTools, trainStep } from './trainStep.ts';

const plan = [steps.dataset, steps.architecture, ...fromTraining];

/** Trains a network on a dataset, makes an int8 model of it, and measures and judges that on a board. */
export function trainRun(params: TrainParams, trip: Trip): Promise<Report> {
  const { minutes } = params;
  const workers = params.workers ?? availableParallelism();
  const macs = (dataset: Dataset): number => affordableMacs(dataset, minutes, workers);
  return trip.go(plan, () => fromDatasetToReport({ ...params, workers, length: { minutes }, macs }, trip));
}

/** Small enough to be learnt in two minutes and to answer a thousand times in one. */
const demoMacs = 1.6e6;

/** The whole job, on a virtual board, with the dataset that the project draws itself. */
export function demo(params: DemoParams, trip: Trip): Promise<Report> {
  const { epochs, ...defaults } = demoDefaults;
  const { minutes, ...given } = params;
  const length = minutes === undefined ? { epochs } : { minutes };
  const wish = { evaluateLimit: 1000, ...defaults, ...given, length, macs: () => demoMacs };
  return trip.go(plan, () => fromDatasetToReport(wish, trip));
}

interface Wish extends Omit<TrainParams, 'kind' | 'minutes'> {
  readonly workers: number;
  readonly length: TrainingLength;
  /** What a default network may cost. */
  readonly macs: (dataset: Dataset) => number;
}

async function fromDatasetToReport(params: Wish, trip: Trip): Promise<Report> {
  const board = findBoard(params.boardId);
  await checkTools(board.virtual);
  const { workers, length, seed = 1 } = params;
  const dataset = await takeDataset(trip, params.dataset);
  checkSplits(dataset);
  const architecture = await architectureStep(trip, dataset, board, {
    file: params.architecture,
    macs: params.macs(dataset),
  });
  const trained = await trainStep(trip, dataset, architecture, { length, seed, workers });
  const { boardId, evaluateLimit } = params;
  return reportStep(
    trip,
    await measureTrained(trip, dataset, architecture, trained, { boardId, workers, seed, evaluateLimit }),
  );
}
