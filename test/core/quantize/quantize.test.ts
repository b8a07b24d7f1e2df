import { beforeAll, describe, expect, it } from 'vitest';
import { foldNetwork } from '../../../main/core/quantize/fold.ts';
import { floatForward } from '../../../main/core/quantize/floatForward.ts';
import { affine, bestRange, Histogram } from '../../../main/core/quantize/ranges.ts';
import { quantizeNetwork } from '../../../main/core/quantize/index.ts';
import { compileModel } from '../../../main/core/engine/index.ts';
import { interpret, verifyModel } from '../../../main/core/graph/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import {
  createWasmBackend,
  indexOfHighest,
  initializeNetwork,
  loadSample,
  sampleBytes,
  type Network,
} from '../../../main/core/training/index.ts';
import { trainNetwork } from '../../../main/studio/training/index.ts';
import { concatenated, runOnHost } from '../../support/hostC.ts';
import { programOnPath } from '../../support/programs.ts';
import { barArchitecture, barData } from '../../studio/training/blobs.ts';
import { NETS } from '../training/nets.ts';

/** A network whose batch norm is not the identity, with some samples. */
function given(index: number, count = 8): { network: Network; samples: Uint8Array } {
  const architecture = NETS[index];
  const random = createRandom(11 + index);
  const { weights } = initializeNetwork(architecture, random);
  const samples = Uint8Array.from({ length: count * sampleBytes(architecture.input) }, () => random.below(256));
  const trainable = createWasmBackend().compile(architecture, count);
  trainable.setWeights(weights);
  trainable.setSamples(samples, count);
  trainable.forward('training');
  const step = new Float32Array(weights.length);
  trainable.step(step);
  weights.set(step.subarray(trainable.layout.trainable), trainable.layout.trainable);
  return { network: { architecture, weights }, samples };
}

const toBoardInput = (sample: Uint8Array): Int8Array => Int8Array.from(sample, (byte) => byte - 128);

describe('folding', () => {
  it.each(NETS.map((net, index) => [net.name, index] as const))('keeps what a network answers: %s', (_name, index) => {
    const { network, samples } = given(index, 4);
    const { input, classes } = network.architecture;
    const trainable = createWasmBackend().compile(network.architecture, 4);
    trainable.setWeights(network.weights);
    trainable.setSamples(samples, 4);
    const expected = trainable.forward('inference');
    const folded = foldNetwork(network);
    const size = sampleBytes(input);
    const sample = new Float32Array(size);
    for (let i = 0; i < 4; i++) {
      loadSample(samples.subarray(i * size, (i + 1) * size), input, undefined, sample, 0);
      const logits = floatForward(folded, sample, () => undefined);
      for (let j = 0; j < classes; j++) expect(logits[j]).toBeCloseTo(expected[i * classes + j], 3);
    }
  });
});

describe('ranges', () => {
  it('cover all values where they are spread evenly', () => {
    const histogram = new Histogram();
    histogram.add(Float32Array.from({ length: 1000 }, (_, i) => i / 250 - 1));
    const { low, high } = bestRange(histogram);
    expect(low).toBeCloseTo(-1, 1);
    expect(high).toBeCloseTo(3, 1);
  });

  it('give up a few far values for the resolution of all others', () => {
    const histogram = new Histogram();
    histogram.add(Float32Array.from({ length: 1_000_000 }, (_, i) => (i % 1000) / 1000));
    histogram.add(Float32Array.of(8));
    expect(bestRange(histogram).high).toBeLessThan(6);
    expect(bestRange(histogram).high).toBeGreaterThan(1);
  });

  it('put zero on a whole number', () => {
    const { scale, zeroPoint } = affine({ low: -1, high: 2 });
    expect(Math.round(-1 / scale) + zeroPoint).toBeGreaterThanOrEqual(-129);
    expect(affine({ low: 0, high: 6 }).zeroPoint).toBe(-128);
    expect(affine({ low: 0, high: 0 }).scale).toBeGreaterThan(0);
  });
});

describe('an int8 model', () => {
  it.each(NETS.map((net, index) => [net.name, index] as const))(
    'is valid and close to its network: %s',
    (_n, index) => {
      const { network, samples } = given(index);
      const model = quantizeNetwork(network, samples);
      expect(() => verifyModel(model)).not.toThrow();
      const { architecture } = network;
      const size = sampleBytes(architecture.input);
      const folded = foldNetwork(network);
      const sample = new Float32Array(size);
      const { scales, zeroPoints } = model.tensors[model.outputs[0]].quantization ?? { scales: [1], zeroPoints: [0] };
      let squaredError = 0;
      let squares = 0;
      for (let i = 0; i < 8; i++) {
        const bytes = samples.subarray(i * size, (i + 1) * size);
        loadSample(bytes, architecture.input, undefined, sample, 0);
        const logits = floatForward(folded, sample, () => undefined);
        const [output] = interpret(model, [toBoardInput(bytes)]);
        logits.forEach((logit, j) => {
          squaredError += ((output[j] - zeroPoints[0]) * scales[0] - logit) ** 2;
          squares += logit ** 2;
        });
      }
      expect(Math.sqrt(squaredError / squares)).toBeLessThan(0.15);
    },
  );

  it('has bytes minus 128 as its input, and probabilities where a softmax is asked for', () => {
    const { network, samples } = given(0);
    const plain = quantizeNetwork(network, samples);
    expect(plain.tensors[plain.inputs[0]].quantization).toEqual({ scales: [1 / 128], zeroPoints: [0], axis: 0 });
    const soft = quantizeNetwork(network, samples, { softmax: true });
    expect(soft.operators.at(-1)?.kind).toBe('softmax');
    const [output] = interpret(soft, [toBoardInput(samples.subarray(0, sampleBytes(network.architecture.input)))]);
    const sum = output.reduce((total, value) => total + (value + 128) / 256, 0);
    expect(sum).toBeCloseTo(1, 1);
  });

  it.skipIf(!programOnPath('gcc'))(
    'of general convolutions and residual blocks becomes C with the interpreter’s bytes',
    async () => {
      const { network, samples } = given(
        NETS.findIndex(({ blocks }) => blocks.some(({ kind }) => kind === 'residual')),
      );
      const model = quantizeNetwork(network, samples);
      const size = sampleBytes(network.architecture.input);
      const inputs = [0, 1, 2].map((i) => toBoardInput(samples.subarray(i * size, (i + 1) * size)));
      const jobs = (['layers', 'stream'] as const).map((plan) => ({
        files: compileModel(model, { core: 'm4', plan }).files,
        inputs: inputs.map((input) => concatenated([input])),
      }));
      const wanted = inputs.map((input) => concatenated(interpret(model, [input])));
      expect(await runOnHost(jobs, { flags: ['-O1'] })).toEqual([wanted, wanted]);
    },
    60_000,
  );

  it('is refused without samples', () => {
    const { network } = given(0);
    expect(() => quantizeNetwork(network, new Uint8Array(10))).toThrow(/real samples/);
  });

  it('stays finite where a channel of the network is dead', () => {
    const { network, samples } = given(0);
    network.weights.fill(0, 0, 27 * 16);
    expect(() => quantizeNetwork(network, samples)).not.toThrow();
  });
});

describe('a trained network in int8', () => {
  let network: Network;
  beforeAll(async () => {
    ({ network } = await trainNetwork({
      ...{ architecture: barArchitecture, data: barData, seed: 3, workers: 1 },
      length: { epochs: 6 },
    }));
  });

  it('is right about as often as in float', () => {
    const size = sampleBytes(barArchitecture.input);
    const model = quantizeNetwork(network, barData.train.samples.subarray(0, 100 * size));
    let correct = 0;
    barData.test.labels.forEach((label, i) => {
      const sample = barData.test.samples.subarray(i * size, (i + 1) * size);
      const [output] = interpret(model, [toBoardInput(sample)]);
      if (indexOfHighest(output, 0, 3) === label) correct++;
    });
    expect(correct / barData.test.labels.length).toBeGreaterThan(0.88);
  });
});
