import type { BuildParams, JobParams, ProfileParams, Report } from '../../contract/index.ts';
import type { Trip } from '../jobs/index.ts';
import { readRawSample } from '../models/index.ts';
import { build } from './built.ts';
import { profileStep } from './profileStep.ts';
import { reportStep } from './reportStep.ts';

const steps = {
  model: { name: 'model', title: 'Reading the model' },
  compile: { name: 'compile', title: 'Planning memory and generating C' },
  image: { name: 'image', title: 'Compiling and linking the firmware' },
  profile: { name: 'profile', title: 'Measuring on the board' },
  report: { name: 'report', title: 'Writing the report' },
} as const;

/** Does one job on its trip, whatever its kind. */
export async function doJob(params: JobParams, trip: Trip): Promise<void> {
  switch (params.kind) {
    case 'build':
      await buildModel(params, trip);
      return;
    case 'profile':
      await profileModel(params, trip);
      return;
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
    const built = await build(params, trip, ({ opened }) => {
      // Read before the long steps: a wrong file is told at once.
      for (const file of params.inputs ?? []) readRawSample(opened.model, file);
    });
    const samples = (params.inputs ?? []).map((file) => readRawSample(built.model.opened.model, file));
    const { profile, agreement } = await profileStep(trip, built, samples);
    return reportStep(trip, { ...built, profile, agreement });
  });
}
