import type { BuildParams, EvaluateParams, JobParams, ProfileParams, Report } from '../../contract/index.ts';
import type { Trip } from '../jobs/index.ts';
import { readRawSample } from '../models/index.ts';
import { build } from './built.ts';
import { takeDataset } from './datasetStep.ts';
import { evaluateStep, inputShapeOf } from './evaluateStep.ts';
import { benchSession } from '../lab/index.ts';
import { profileStep } from './profileStep.ts';
import { reportStep } from './reportStep.ts';
import { searchRun } from './searchRun.ts';
import { demo, trainRun } from './trainRun.ts';
import { steps } from './stepTitles.ts';

/** Does one job on its trip, whatever its kind. */
export async function doJob(params: JobParams, trip: Trip): Promise<unknown> {
  switch (params.kind) {
    case 'build':
      return buildModel(params, trip);
    case 'profile':
      return profileModel(params, trip);
    case 'evaluate':
      return evaluateModel(params, trip);
    case 'train':
      return trainRun(params, trip);
    case 'search':
      return searchRun(params, trip);
    case 'demo':
      return demo(params, trip);
    case 'bench':
      return benchSession(params, trip, (cell, on) =>
        cell.kind === 'profile' ? profileModel(cell, on) : evaluateModel(cell, on),
      );
  }
}

/** A model's C and image for a board, with planned and linked memory. */
export function buildModel(params: BuildParams, trip: Trip): Promise<Report> {
  return trip.go([steps.model, steps.compile, steps.image, steps.report], async () =>
    reportStep(trip, await build(params, trip)),
  );
}

/** A model's latency, memory and outputs on a board. */
export function profileModel(params: ProfileParams, trip: Trip): Promise<Report> {
  return trip.go([steps.model, steps.compile, steps.image, steps.profile, steps.report], async () => {
    const built = await build(params, trip, {
      check: ({ opened }) => {
        for (const file of params.inputs ?? []) readRawSample(opened.model, file);
      },
    });
    const samples = (params.inputs ?? []).map((file) => readRawSample(built.model.opened.model, file));
    const { profile, agreement } = await profileStep(trip, built, samples, params.protocol);
    return reportStep(trip, { ...built, profile, agreement });
  });
}

/** A model's accuracy on a board, on samples of a dataset. */
export function evaluateModel(params: EvaluateParams, trip: Trip): Promise<Report> {
  const plan = [steps.model, steps.compile, steps.image, steps.dataset, steps.profile, steps.evaluate, steps.report];
  return trip.go(plan, async () => {
    const built = await build(params, trip, { check: ({ opened }) => void inputShapeOf(opened.model) });
    const dataset = await takeDataset(trip, params.dataset, inputShapeOf(built.model.opened.model));
    const { profile } = await profileStep(trip, built, [], params.protocol);
    const evaluation = await evaluateStep(trip, built, dataset, { split: params.split ?? 'test', limit: params.limit });
    return reportStep(trip, { ...built, profile, evaluation });
  });
}
