export { modelInfo } from './modelInfo.ts';
export { openModel, type OpenModel } from './openModel.ts';
export { runModel, runModelInThread, type RunModelResult } from './runModel.ts';
export { concatenate, readRawSample, type RawSample } from './rawSamples.ts';
