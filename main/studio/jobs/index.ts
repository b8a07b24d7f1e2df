export { canonicalJson, hashOf } from './canonical.ts';
export { JobQueue, type DoJob } from './jobQueue.ts';
export { withRemainingTime } from './remaining.ts';
export { Trip, type Step, type StepContext } from './trip.ts';
