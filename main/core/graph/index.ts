/** The int8 graph, its verifier and its reference interpreter. */
export type * from './model.ts';
