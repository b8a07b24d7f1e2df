import { describe, expect, it } from 'vitest';
import { lower } from '../../../main/core/engine/index.ts';
import { interpret, macsOf, type Model, verifyModel } from '../../../main/core/graph/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import { randomInputs8, randomModel } from '../../support/randomModel.ts';
import type { RandomKind } from '../../support/randomOperator.ts';
import { hasSharedModels, sharedModel } from '../../support/sharedModels.ts';

const seeds = Array.from({ length: 120 }, (_, seed) => seed);

const macs = (model: Model): number => model.operators.reduce((sum, operator) => sum + macsOf(model, operator), 0);

function expectSameOutputs(original: Model, changed: Model, seed: number): void {
  const input = randomInputs8(seed, original);
  expect(interpret(changed, input), original.name).toEqual(interpret(original, input));
}

/** The model with the weights of some channels set to zero, as pruning leaves them. */
function withDeadChannels(model: Model, seed: number): Model {
  const random = createRandom(seed);
  const tensors = [...model.tensors];
  for (const operator of model.operators) {
    if (operator.kind !== 'conv2d' && operator.kind !== 'depthwise_conv2d') continue;
    const id = operator.inputs[1] ?? -1;
    const weights = tensors[id];
    if (weights === undefined || !(weights.data instanceof Int8Array)) continue;
    const inner = operator.kind === 'conv2d' ? weights.data.length / (weights.shape[0] ?? 1) : 1;
    const channels = weights.shape[operator.kind === 'conv2d' ? 0 : 3] ?? 1;
    const dead = Array.from({ length: channels }, () => random.below(3) > 0);
    const data = weights.data.map((weight, index) => (dead[Math.floor(index / inner) % channels] ? 0 : weight));
    tensors[id] = { ...weights, data };
  }
  return { ...model, tensors };
}

describe('the passes', () => {
  it('leave every byte of the outputs as it was, and a model that the verifier takes', () => {
    for (const seed of seeds) {
      const model = randomModel(seed);
      const lowered = lower(model);
      verifyModel(lowered);
      expectSameOutputs(model, lowered, seed);
    }
  });

  it('take out dead channels without changing a byte', () => {
    const kinds: RandomKind[] = [
      'conv2d',
      'conv2d',
      'depthwise_conv2d',
      'average_pool_2d',
      'max_pool_2d',
      'relu',
      'mean',
      'fully_connected',
      'add',
      'logistic',
    ];
    let shrunk = 0;
    for (const seed of seeds) {
      const model = withDeadChannels(randomModel(seed, { kinds, mostInputs: 1, mostChannels: 20 }), seed);
      const lowered = lower(model);
      expectSameOutputs(model, lowered, seed);
      if (macs(lowered) < macs(model)) shrunk++;
    }
    expect(shrunk).toBeGreaterThan(seeds.length / 20);
  });

  it.skipIf(!hasSharedModels)('halve the MLPerf Tiny person detector', () => {
    const model = sharedModel('mlperf-vww-mobilenetv1');
    expect(macs(lower(model))).toBeLessThan(0.56 * macs(model));
  });

  it.skipIf(!hasSharedModels)('leave no padding, no transposes and no reshapes inside published networks', () => {
    for (const name of ['mcunet-vww1', 'mcunet-in3']) {
      const inner = lower(sharedModel(name)).operators.slice(0, -1);
      expect(inner.filter(({ kind }) => ['pad', 'transpose', 'reshape'].includes(kind))).toEqual([]);
    }
  });
});
