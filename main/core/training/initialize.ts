import type { Architecture } from '../architecture/index.ts';
import type { Random } from '../random/index.ts';
import { sliceOf, weightLayout, type Network } from './network.ts';

/**
 * A network with fresh weights: kernels normal with variance 2 / fan-in (He and others, "Delving Deep into
 * Rectifiers", 2015), 1 / fan-in for the classifier; batch norm passes everything on, and the last batch norm of a
 * residual branch starts at a fifth, so that deep networks start close to their skip connections.
 */
export function initializeNetwork(architecture: Architecture, random: Random): Network {
  const layout = weightLayout(architecture);
  const weights = new Float32Array(layout.total);
  for (const { layer, kernel, gamma, variance } of layout.layers) {
    const fanIn = layer.kind === 'depthwise_conv2d' ? layer.kernel ** 2 : kernel.length / layer.output.channels;
    const deviation = Math.sqrt((layer.kind === 'dense' ? 1 : 2) / fanIn);
    const values = sliceOf(weights, kernel);
    for (let i = 0; i < values.length; i++) values[i] = random.normal() * deviation;
    if (gamma !== null) sliceOf(weights, gamma).fill(layer.adds === null ? 1 : 0.2);
    if (variance !== null) sliceOf(weights, variance).fill(1);
  }
  return { architecture, weights };
}
