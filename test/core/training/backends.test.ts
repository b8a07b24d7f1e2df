import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../main/core/random/index.ts';
import {
  AUGMENTATION_OF,
  createTensorflowBackend,
  createWasmBackend,
  crossEntropy,
  drawVariation,
  initializeNetwork,
  loadSample,
  recalibrate,
  sampleBytes,
  sliceOf,
  type TrainableNetwork,
  type TrainingBackend,
} from '../../../main/core/training/index.ts';
import type { Architecture } from '../../../main/core/architecture/index.ts';
import { allowRelaxedSimd } from '../../../main/studio/training/index.ts';
import { NETS } from './nets.ts';

/** What every backend must do, judged by TensorFlow.js on its plain CPU backend. */
beforeAll(async () => {
  await tf.setBackend('cpu');
});

allowRelaxedSimd();

const BATCH = 5;

interface Problem {
  readonly architecture: Architecture;
  readonly weights: Float32Array;
  readonly samples: Uint8Array;
  readonly labels: readonly number[];
}

function problem(architecture: Architecture, seed = 5): Problem {
  const random = createRandom(seed);
  const network = initializeNetwork(architecture, random);
  // Batch norm away from its start, so that its gradients and both ends of ReLU6 matter.
  for (let i = 0; i < network.weights.length; i++)
    if (network.weights[i] === 1) network.weights[i] = 0.5 + random.next();
  const samples = Uint8Array.from({ length: BATCH * sampleBytes(architecture.input) }, () => random.below(256));
  const labels = Array.from({ length: BATCH }, () => random.below(architecture.classes));
  return { architecture, weights: network.weights, samples, labels };
}

function compiled(backend: TrainingBackend, { architecture, weights, samples }: Problem): TrainableNetwork {
  const network = backend.compile(architecture, BATCH);
  network.setWeights(weights);
  network.setSamples(samples, BATCH);
  return network;
}

function trainingStep(
  network: TrainableNetwork,
  { architecture, labels }: Problem,
): { loss: number; step: Float32Array } {
  const gradient = new Float32Array(labels.length * architecture.classes);
  const logits = network.forward('training');
  const targets = { labels, labelSmoothing: 0.1 };
  const { loss } = crossEntropy(logits, labels.length, architecture.classes, targets, gradient);
  network.backward(gradient);
  const step = new Float32Array(network.layout.total);
  network.step(step);
  return { loss, step };
}

/** The largest difference, as a fraction of the largest expected number (or of a floor that keeps noise out). */
function relativeError(actual: Float32Array, expected: Float32Array, floor = 1e-3): number {
  let difference = 0;
  let largest = floor;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return difference / largest;
}

const backends: readonly (readonly [string, () => TrainingBackend])[] = [
  ['wasm, plain SIMD', () => createWasmBackend('plain')],
  ['wasm, relaxed SIMD', () => createWasmBackend('relaxed')],
  ['tensorflow', () => createTensorflowBackend(tf)],
];

describe.each(backends)('the backend %s', (_name, create) => {
  describe.each(NETS.map((net) => [net.name, net] as const))('on a network: %s', (_net, architecture) => {
    it('has TensorFlow’s logits, loss, gradients and statistics', () => {
      const given = problem(architecture);
      const expected = compiled(createTensorflowBackend(tf), given);
      const actual = compiled(create(), given);
      expect(relativeError(actual.forward('inference'), expected.forward('inference'))).toBeLessThan(1e-4);
      const expectedStep = trainingStep(expected, given);
      const actualStep = trainingStep(actual, given);
      expect(actualStep.loss).toBeCloseTo(expectedStep.loss, 4);
      for (const { layer, kernel, gamma, beta, bias, mean, variance } of actual.layout.layers) {
        for (const slice of [kernel, gamma, beta, bias, mean, variance]) {
          if (slice === null) continue;
          const error = relativeError(sliceOf(actualStep.step, slice), sliceOf(expectedStep.step, slice));
          expect(error, `${layer.name} at ${slice.offset}`).toBeLessThan(2e-3);
        }
      }
    });

    it('gives its weights and momentum back as they were set', () => {
      const given = problem(architecture);
      const network = compiled(create(), given);
      const velocities = given.weights.slice(0, network.layout.trainable);
      network.setVelocities(velocities);
      expect(network.weights()).toEqual(given.weights);
      expect(network.velocities()).toEqual(velocities);
    });

    it('changes weights and running statistics by a step as the textbook does', () => {
      const given = problem(architecture);
      const network = compiled(create(), given);
      const { step } = trainingStep(network, given);
      const { trainable, total, layers } = network.layout;
      const velocities = Float32Array.from({ length: trainable }, (_, i) => Math.sin(i));
      network.setVelocities(velocities);
      network.update({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, statisticsMomentum: 0.2 }, step);
      const decay = new Float32Array(trainable);
      for (const { kernel } of layers) sliceOf(decay, kernel).fill(0.01);
      const expected = given.weights.slice();
      for (let i = 0; i < trainable; i++)
        expected[i] -= 0.1 * (0.9 * velocities[i] + step[i] + decay[i] * given.weights[i]);
      for (let i = trainable; i < total; i++) expected[i] += 0.2 * (step[i] - expected[i]);
      expect(relativeError(network.weights(), expected)).toBeLessThan(1e-5);
    });
  });

  it('learns: the loss falls to almost nothing on a few samples', () => {
    const given = problem(NETS[0]);
    const network = compiled(create(), given);
    const losses: number[] = [];
    for (let i = 0; i < 12; i++) {
      losses.push(trainingStep(network, { ...given }).loss);
      network.update({ learningRate: 0.05, momentum: 0.9, weightDecay: 0, statisticsMomentum: 0.1 });
    }
    expect(losses[0]).toBeGreaterThan(1);
    // Label smoothing of 0.1 over ten classes leaves an entropy of 0.50.
    expect(losses[11]).toBeLessThan(0.8);
  });

  it('follows TensorFlow’s loss, step after step', () => {
    const given = problem(NETS[1]);
    const networks = [create(), createTensorflowBackend(tf)].map((backend) => compiled(backend, given));
    for (let i = 0; i < 6; i++) {
      const [actual, expected] = networks.map((network) => {
        const { loss } = trainingStep(network, given);
        network.update({ learningRate: 0.02, momentum: 0.9, weightDecay: 1e-4, statisticsMomentum: 0.1 });
        return loss;
      });
      expect(actual).toBeCloseTo(expected, 3);
    }
  });

  it('takes batch norm’s statistics from samples, all batches alike', () => {
    const given = problem(NETS[0]);
    const twice = new Uint8Array(2 * given.samples.length);
    twice.set(given.samples);
    twice.set(
      given.samples.map((byte) => 255 - byte),
      given.samples.length,
    );
    const network = compiled(create(), given);
    recalibrate(network, twice);
    const first = new Float32Array(network.layout.total);
    const second = new Float32Array(network.layout.total);
    [first, second].forEach((step, i) => {
      network.setSamples(twice.subarray(i * given.samples.length), BATCH);
      network.forward('training');
      network.step(step);
    });
    const { trainable, total } = network.layout;
    const expected = first.map((value, i) => (value + second[i]) / 2).subarray(trainable, total);
    expect(relativeError(network.weights().subarray(trainable), expected)).toBeLessThan(1e-5);
    expect(network.weights().subarray(0, trainable)).toEqual(given.weights.subarray(0, trainable));
  });

  it('takes fewer samples than its batch', () => {
    const given = problem(NETS[0]);
    const network = compiled(create(), given);
    const all = Float32Array.from(network.forward('inference'));
    network.setSamples(given.samples, 2);
    const two = network.forward('inference');
    expect(two.length).toBe(20);
    expect(relativeError(two, all.subarray(0, 20))).toBeLessThan(1e-5);
  });

  it('sees varied samples as the plain reference does', () => {
    const { input } = NETS[0];
    const random = createRandom(3);
    const samples = Uint8Array.from({ length: BATCH * sampleBytes(input) }, () => random.below(256));
    const augmentation = { ...AUGMENTATION_OF.images, flip: true, cutout: 0.4, timeMask: 0.3, frequencyMask: 0.3 };
    const variations = Array.from({ length: BATCH }, () => drawVariation(random, augmentation, input));
    const given = problem(NETS[0]);
    const network = compiled(create(), given);
    network.setSamples(samples, BATCH, variations);
    const varied = Float32Array.from(network.forward('inference'));

    // The same, baked into bytes: exact where gain and offset are left out.
    const still = variations.map((variation) => ({ ...variation, gain: 1, offset: 0 }));
    network.setSamples(samples, BATCH, still);
    const shifted = Float32Array.from(network.forward('inference'));
    const baked = new Float32Array(samples.length);
    const size = sampleBytes(input);
    still.forEach((variation, i) =>
      loadSample(samples.subarray(i * size, (i + 1) * size), input, variation, baked, i * size),
    );
    network.setSamples(
      Uint8Array.from(baked, (value) => Math.round(value * 128 + 128)),
      BATCH,
    );
    expect(relativeError(shifted, network.forward('inference'))).toBeLessThan(1e-5);
    expect(relativeError(varied, shifted)).toBeGreaterThan(1e-3);
  });

  it('hands its memory on to another architecture', () => {
    const backend = create();
    const first = compiled(backend, problem(NETS[0]));
    trainingStep(first, problem(NETS[0]));
    const given = problem(NETS[1]);
    const second = backend.compile(NETS[1], BATCH, first);
    second.setWeights(given.weights);
    second.setSamples(given.samples, BATCH);
    const fresh = compiled(create(), given);
    expect(second.forward('training')).toEqual(fresh.forward('training'));
    expect(trainingStep(second, given).step).toEqual(trainingStep(fresh, given).step);
  });
});
