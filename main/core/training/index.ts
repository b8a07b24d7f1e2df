/** Trainable networks: their weights, data, recipes, backends, and what training has to show. */
export * from './data.ts';
export * from './network.ts';
export * from './recipe.ts';
export type * from './result.ts';
