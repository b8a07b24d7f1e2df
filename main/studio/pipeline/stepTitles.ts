import type { StepName } from '../../contract/index.ts';

/** The steps that a run can have, as they are announced before they begin. */
export const steps = {
  dataset: { name: 'dataset', title: 'Opening the dataset' },
  architecture: { name: 'architecture', title: 'Choosing a network' },
  latency: { name: 'latency', title: 'Measuring kernels on the board' },
  space: { name: 'space', title: 'Choosing a search space' },
  largest: { name: 'largest', title: 'Training the largest network' },
  supernet: { name: 'supernet', title: 'Training the supernet' },
  evolve: { name: 'evolve', title: 'Searching' },
  train: { name: 'train', title: 'Training the network' },
  rounding: { name: 'rounding', title: 'Looking at what int8 costs' },
  quantize: { name: 'quantize', title: 'Making an int8 model of it' },
  model: { name: 'model', title: 'Reading the model' },
  compile: { name: 'compile', title: 'Planning memory and generating C' },
  image: { name: 'image', title: 'Compiling and linking the firmware' },
  judge: { name: 'judge', title: 'Comparing int8 with float' },
  profile: { name: 'profile', title: 'Measuring on the board' },
  evaluate: { name: 'evaluate', title: 'Evaluating on the board' },
  report: { name: 'report', title: 'Writing the report' },
} as const satisfies { readonly [N in StepName]?: { readonly name: N; readonly title: string } };

/** What follows once there is an architecture: the same for one that was made, and one that was searched for. */
export const fromTraining = [
  steps.train,
  steps.rounding,
  steps.quantize,
  steps.model,
  steps.compile,
  steps.image,
  steps.judge,
  steps.profile,
  steps.evaluate,
  steps.report,
] as const;
