import { describe, expect, it } from 'vitest';
import { interpret } from '../../../main/core/graph/index.ts';
import { quantizeNetwork, roundingOf } from '../../../main/core/quantize/index.ts';
import { defaultRecipe, type Network } from '../../../main/core/training/index.ts';
import { trainNetwork } from '../../../main/studio/training/index.ts';
import { withWildChannels } from '../../support/wildChannels.ts';
import { barArchitecture, barData } from './blobs.ts';

const [first, second] = barArchitecture.blocks;
const architecture = { ...barArchitecture, blocks: [first, { ...second, residual: false }] };
const calibration = barData.train.samples.subarray(0, 128 * 144);

/** The share of validation samples that the int8 model answers right. */
function int8Accuracy(network: Network): number {
  const model = quantizeNetwork(network, calibration);
  const { samples, labels } = barData.validation;
  const right = labels.filter((label, i) => {
    const sample = Int8Array.from(samples.subarray(i * 144, (i + 1) * 144), (byte) => byte - 128);
    const [answer] = interpret(model, [sample]);
    return answer.indexOf(Math.max(...answer)) === label;
  });
  return right.length / labels.length;
}

describe('training with rounding', () => {
  it('brings back what quantization takes from a network with wild channels', async () => {
    const common = { architecture, data: barData, workers: 1 };
    const { network } = await trainNetwork({ ...common, length: { epochs: 6 }, seed: 7 });
    const wild = withWildChannels(network, [0, 5], 200);
    const before = int8Accuracy(wild);
    expect(before).toBeLessThan(0.9);
    const { network: tuned } = await trainNetwork({
      ...common,
      length: { epochs: 3 },
      recipe: { ...defaultRecipe(barData), learningRate: 0.02 },
      initial: wild.weights,
      rounding: roundingOf(wild, calibration),
      seed: 1,
    });
    expect(int8Accuracy(tuned)).toBeGreaterThan(Math.max(0.95, before + 0.05));
  }, 60_000);
});
