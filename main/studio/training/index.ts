/** Training on this machine's cores: worker threads, checkpoints, progress. */
export { decide, GO_ON, LEAVE } from './decision.ts';
export { loadBackend, type BackendName } from './backends.ts';
export { evaluateNetwork } from './evaluateNetwork.ts';
export { Exchange } from './exchange.ts';
export { Pacer } from './pacer.ts';
export { Meeting } from './meeting.ts';
export type { FailureMessage } from './messages.ts';
export { allowRelaxedSimd } from './relaxedSimd.ts';
export { batchThatFits, shared, trainNetwork, workersFor } from './trainNetwork.ts';
export type * from './types.ts';
