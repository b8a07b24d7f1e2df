/** The int8 graph, its verifier and its reference interpreter. */
export type * from './model.ts';
export * from './fixedPoint.ts';
export * from './transcendental.ts';
export * from './shape.ts';
export * from './lookup.ts';
export * from './constants.ts';
export * from './convolutionAndSum.ts';
export * from './resizing.ts';
export * from './scalarFunctions.ts';
export { interpret, type Observe } from './interpreter/interpret.ts';
export { inferOutputShape } from './shapeInference.ts';
export { verifyModel } from './verify.ts';
export { ModelBuilder, type UnnamedOperator } from './builder.ts';
export * from './inspect.ts';
