import { describe, expect, it } from 'vitest';
import { roundingOf } from '../../../main/core/quantize/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import {
  createWasmBackend,
  initializeNetwork,
  roundKernel,
  roundToInt8,
  type Int8Rounding,
  type TrainableNetwork,
} from '../../../main/core/training/index.ts';
import { barArchitecture, barData } from '../../studio/training/blobs.ts';

const network = initializeNetwork(barArchitecture, createRandom(3));
const samples = barData.train.samples.subarray(0, 32 * 144);
const rounding = roundingOf(network, samples);

function compiled(rounded: boolean): TrainableNetwork {
  const trainable = createWasmBackend().compile(barArchitecture, 32, undefined, rounded);
  trainable.setWeights(network.weights);
  trainable.setSamples(samples, 32);
  return trainable;
}

const told = (to: Int8Rounding | null): TrainableNetwork => {
  const trainable = compiled(true);
  trainable.round?.(to);
  return trainable;
};

describe('rounding as the int8 model does', () => {
  it('numbers: to the nearest step, and no further than int8 reaches', () => {
    const values = Float32Array.from([0.24, 0.26, -0.26, 100, -100]);
    roundToInt8(values, { scale: 0.5, zeroPoint: -28 });
    expect([...values]).toEqual([0, 0.5, -0.5, 77.5, -50]);
  });

  it('kernels: 127 steps of the largest weight of each output channel', () => {
    const kernel = Float32Array.from([127, 0.5, 63.4, 0, -1.6, -0.1]);
    roundKernel(kernel, 2);
    expect(kernel[0]).toBe(127);
    expect(kernel[2]).toBe(63);
    expect(kernel[4]).toBe(-2);
    expect(kernel[5]).toBeCloseTo((-25 / 127) * 0.5, 6);
  });

  it('changes nothing in a network that was compiled for it and is not told to', () => {
    expect(told(null).forward('inference')).toEqual(compiled(false).forward('inference'));
  });

  it('leaves the weights as precise as they were, and moves them by the gradient of the rounded network', () => {
    const trainable = told(rounding);
    trainable.forward('training');
    expect(trainable.weights().subarray(0, 9)).toEqual(network.weights.subarray(0, 9));
    trainable.forward('training');
    trainable.backward(Float32Array.from({ length: 96 }, (_, i) => (i % 3) - 1));
    trainable.update({ learningRate: 0.01, momentum: 0, weightDecay: 0, statisticsMomentum: 0.1 });
    const moved = trainable.weights();
    const step = new Float32Array(moved.length);
    trainable.step(step);
    const kernel = trainable.layout.layers[0].kernel;
    for (let i = 0; i < kernel.length; i++) expect(moved[i]).toBeCloseTo(network.weights[i] - 0.01 * step[i], 5);
  });

  it('is refused by a network that was not compiled for it', () => {
    expect(() => compiled(false).round?.(rounding)).toThrow(/not compiled/);
  });
});
