/** Architectures: shapes of networks, without weights. */
export type * from './architecture.ts';
