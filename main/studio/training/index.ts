/** Training on this machine's cores: worker threads, checkpoints, progress. */
export { evaluateNetwork } from './evaluateNetwork.ts';
export { trainNetwork } from './trainNetwork.ts';
export type * from './types.ts';
