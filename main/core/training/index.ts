/** Trainable networks: their weights, data, recipes, backends, and what training has to show. */
export * from './augment.ts';
export type * from './backend.ts';
export * from './data.ts';
export * from './initialize.ts';
export * from './loss.ts';
export * from './network.ts';
export * from './recipe.ts';
export type * from './result.ts';
export * from './tensorflow/index.ts';
export * from './wasm/index.ts';
