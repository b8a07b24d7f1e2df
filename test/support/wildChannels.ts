import { sliceOf, weightLayout, type Network } from '../../main/core/training/index.ts';

/**
 * The same function in float, hard to round: some channels of the first block's output are made so many times larger,
 * and what reads them so many times more sensitive. One scale for the whole tensor then leaves the others few steps.
 */
export function withWildChannels(network: Network, channels: readonly number[], factor: number): Network {
  const weights = network.weights.slice();
  const { layers } = weightLayout(network.architecture);
  const project = layers.find(({ layer }) => layer.name === 'block0.project');
  const readers = layers.filter(({ layer }) => layer.name === 'block1.expand');
  if (project === undefined || project.gamma === null || project.beta === null || readers.length === 0)
    throw new Error('no such layers');
  for (const channel of channels) {
    weights[project.gamma.offset + channel] *= factor;
    weights[project.beta.offset + channel] *= factor;
    for (const { kernel, layer } of readers) {
      const row = sliceOf(weights, kernel).subarray(
        channel * layer.output.channels,
        (channel + 1) * layer.output.channels,
      );
      for (let i = 0; i < row.length; i++) row[i] /= factor;
    }
  }
  return { architecture: network.architecture, weights };
}
