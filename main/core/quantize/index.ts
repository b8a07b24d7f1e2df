/** From a float network to an int8 model. */
export { roundingOf } from './rounding.ts';
export { quantizeNetwork, type QuantizeOptions } from './quantizeNetwork.ts';
