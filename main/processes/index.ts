/** How this program runs: its files, and its worker threads and child processes, none of which outlives it. */
export * from './budgetClock.ts';
export * from './workers.ts';
export * from './children.ts';
export * from './living.ts';
export * from './pageFiles.ts';
export * from './scratch.ts';
export * from './resources.ts';
export { isLoopback, networkUse, noteRefused, onNetworkUse } from './network.ts';
