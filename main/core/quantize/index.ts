/** From a float network to an int8 model. */
export { quantizeNetwork, type QuantizeOptions } from './quantizeNetwork.ts';
