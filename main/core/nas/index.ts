/** TinyNAS: search spaces, the choice among them, evolution, the Pareto front. */
export * from './space.ts';
export * from './genotype.ts';
export * from './capacity.ts';
export * from './pareto.ts';
export * from './spaceChoice.ts';
export * from './evolution.ts';
export * from './heats.ts';
export * from './inheritance.ts';
export * from './supernet.ts';
export * from './kendallTau.ts';
export * from './proxy.ts';
