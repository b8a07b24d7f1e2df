/** Training on this machine's cores: worker threads, checkpoints, progress. */
export type * from './types.ts';
