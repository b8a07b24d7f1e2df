export { buildModel, doJob, evaluateModel, profileModel } from './doJob.ts';
export { demo, trainRun } from './trainRun.ts';
export type { HardwareChoice, RunningBoard } from './board.ts';
export { hardwareOf, startOnBoard } from './board.ts';
export { engineCore } from './compile.ts';
