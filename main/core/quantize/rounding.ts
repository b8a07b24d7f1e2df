import type { Int8Rounding, Network } from '../training/index.ts';
import { calibrate } from './calibrate.ts';
import { outputName, sumName } from './floatForward.ts';
import { foldNetwork } from './fold.ts';
import { affine, bestRange } from './ranges.ts';

/**
 * How `quantizeNetwork` would round the activations of a network, for training it to be rounded so.
 *
 * @param calibrationSamples as for `quantizeNetwork`
 */
export function roundingOf(network: Network, calibrationSamples: Uint8Array): Int8Rounding {
  const layers = foldNetwork(network);
  const facts = calibrate(layers, calibrationSamples);
  const activations = layers
    .filter(({ layer }) => layer.kind !== 'dense')
    .map(({ layer }) => {
      const seen = facts.get(layer.adds === null ? outputName(layer) : sumName(layer));
      if (seen === undefined) throw new Error(`calibration did not see ${layer.name}`);
      return affine(bestRange(seen.histogram));
    });
  return { activations };
}
