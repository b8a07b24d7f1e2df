/** Architectures: shapes of networks, without weights. */
export type * from './architecture.ts';
export * from './cost.ts';
export * from './layers.ts';
export * from './published.ts';
export * from './validate.ts';
export * from './defaultArchitecture.ts';
