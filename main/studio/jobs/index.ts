export { canonicalJson, hashOf } from './canonical.ts';
export { isEnded, JobQueue, type DoJob } from './jobQueue.ts';
export { withRemainingTime } from './remaining.ts';
export { Trip, type Step, type StepContext } from './trip.ts';
