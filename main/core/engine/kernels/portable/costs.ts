/** What the kernels in plain C have in common: rough costs, and constants that must be there. */
import type { Tensor } from '../../../graph/index.ts';
import type { Core } from '../kernel.ts';

/** Modelled cycles of one multiply-accumulate with its loads and its share of the loops, as measured on these loops. */
export function cyclesPerMac(core: Core): number {
  return core === 'm0' || core === 'm0plus' ? 11 : 7;
}

/** The same for moving one byte. */
export const CYCLES_PER_BYTE = 3;

/** The values of a constant of the given type. */
export function dataOf<T extends Int8Array | Int32Array>(tensor: Tensor, type: new (...values: never[]) => T): T {
  if (tensor.data instanceof type) return tensor.data;
  throw new TypeError(`${tensor.name} is no constant of type ${type.name}`);
}
