export { buildModel, doJob, profileModel } from './doJob.ts';
