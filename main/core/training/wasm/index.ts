/** The WASM training backend. */
export * from './backend.ts';
export type { KernelBuild } from './kernels.ts';
