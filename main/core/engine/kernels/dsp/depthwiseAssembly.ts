/**
 * One output row of a depthwise convolution from planar input rows (channel after channel, padding in place), all
 * channels one after the other. A channel's code is straight, the loop over tiles is short, weights are read in sequence.
 */
import { nakedFunction } from './assembly.ts';
import { functionBytes, remembered } from './codeSize.ts';
import { residentBody } from './depthwiseResident.ts';
import { rowwiseBody } from './depthwiseRowwise.ts';
import { finishName } from './finish.ts';
import { isResident, type DepthwiseShape } from './depthwiseShape.ts';
import type { Requantization } from './requantization.ts';

export const DEPTHWISE_PARAMETERS = 'const int8_t *const *rows, const uint8_t *stream, int8_t *out';

export function depthwiseAssembly(name: string, shape: DepthwiseShape, requantization: Requantization): string {
  return nakedFunction(name, DEPTHWISE_PARAMETERS, bodyOf(shape, requantization));
}

const bodyOf = (shape: DepthwiseShape, requantization: Requantization): string[] =>
  isResident(shape) ? residentBody(shape, requantization) : rowwiseBody(shape, requantization);

/** Thumb-2 bytes of the function. */
export function depthwiseCodeBytes(shape: DepthwiseShape, requantization: Requantization): number {
  const key = `depthwise ${JSON.stringify(shape)} ${finishName(requantization)}`;
  return remembered(key, () => functionBytes(bodyOf(shape, requantization)));
}
