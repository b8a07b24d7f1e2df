/** The WASM training backend. */
export * from './backend.ts';
export { bestBuild, type KernelBuild } from './kernels.ts';
export { trainingBytes } from './plan.ts';
