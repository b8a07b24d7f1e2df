export { buildModel, doJob, evaluateModel, profileModel } from './doJob.ts';
export { demo, trainRun } from './trainRun.ts';
export type { HardwareChoice } from './board.ts';
export { startOnBoard } from './board.ts';
