/** Trainable networks: their weights, data, recipes, backends, and what training has to show. */
export * from './augment.ts';
export type * from './backend.ts';
export * from './batches.ts';
export * from './data.ts';
export * from './evaluate.ts';
export * from './initialize.ts';
export * from './loss.ts';
export * from './network.ts';
export * from './pace.ts';
export * from './recipe.ts';
export * from './resizing.ts';
export type * from './result.ts';
export * from './rounding.ts';
export * from './sampling.ts';
export * from './serialize.ts';
export * from './trainer.ts';
export * from './tensorflow/index.ts';
export * from './wasm/index.ts';
