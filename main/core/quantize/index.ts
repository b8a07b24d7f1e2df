/** From a float network to an int8 model. */
export type * from './types.ts';
