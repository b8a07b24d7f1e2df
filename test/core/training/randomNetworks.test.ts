import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import type { Architecture, Block, KernelSize } from '../../../main/core/architecture/index.ts';
import { createRandom, type Random } from '../../../main/core/random/index.ts';
import {
  createTensorflowBackend,
  createWasmBackend,
  crossEntropy,
  initializeNetwork,
  sampleBytes,
  type TrainingBackend,
} from '../../../main/core/training/index.ts';

/** Inputs from one pixel up, windows larger than what they look at, strides of 1 to 4 that differ. */
function randomArchitecture(random: Random): Architecture {
  const kernel = (): KernelSize => random.pick([3, 5, 7] as const);
  const stride = (): number => random.pick([1, 1, 2, 2, 3, 4]);
  let channels = 1 + random.below(9);
  const stem = { channels, kernel: kernel(), strideH: stride(), strideW: stride() };
  const blocks = Array.from({ length: 1 + random.below(3) }, (): Block => {
    const kind = random.pick(['inverted', 'inverted', 'convolution', 'residual'] as const);
    if (kind !== 'inverted') {
      // Half of the residual blocks keep their input's shape, so that it is their shortcut.
      const keeps = random.next() < 0.5;
      if (!keeps) channels = 1 + random.below(9);
      const strides = keeps ? { strideH: 1, strideW: 1 } : { strideH: stride(), strideW: stride() };
      return { kind, kernel: kernel(), ...strides, channels };
    }
    const residual = random.next() < 0.4;
    const to = residual ? channels : 1 + random.below(9);
    const block = {
      expandedChannels: random.next() < 0.3 ? channels : 1 + random.below(25),
      kernel: kernel(),
      strideH: residual ? 1 : stride(),
      strideW: residual ? 1 : stride(),
      channels: to,
      residual,
    };
    channels = to;
    return block;
  });
  return {
    name: 'random',
    input: { height: 1 + random.below(18), width: 1 + random.below(18), channels: 1 + random.below(4) },
    stem,
    blocks,
    headChannels: random.next() < 0.5 ? null : 1 + random.below(20),
    classes: 2 + random.below(6),
  };
}

const BATCH = 6;

it('the WASM kernels have TensorFlow’s gradients on random networks', async () => {
  await tf.setBackend('cpu');
  const random = createRandom(20);
  for (let i = 0; i < 30; i++) {
    const architecture = randomArchitecture(random);
    const { weights } = initializeNetwork(architecture, random);
    for (let j = 0; j < weights.length; j++) if (weights[j] === 1) weights[j] = 0.5 + random.next();
    const samples = Uint8Array.from({ length: BATCH * sampleBytes(architecture.input) }, () => random.below(256));
    const labels = Array.from({ length: BATCH }, () => random.below(architecture.classes));
    const stepOf = (backend: TrainingBackend): Float32Array => {
      const network = backend.compile(architecture, BATCH);
      network.setWeights(weights);
      network.setSamples(samples, BATCH);
      const gradient = new Float32Array(BATCH * architecture.classes);
      const targets = { labels, labelSmoothing: 0 };
      crossEntropy(network.forward('training'), BATCH, architecture.classes, targets, gradient);
      network.backward(gradient);
      const step = new Float32Array(network.layout.total);
      network.step(step);
      return step;
    };
    const expected = stepOf(createTensorflowBackend(tf));
    const actual = stepOf(createWasmBackend('plain'));
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const error = actual.reduce((most, value, j) => Math.max(most, Math.abs(value - expected[j])), 0) / largest;
    expect(error, JSON.stringify(architecture)).toBeLessThan(5e-3);
  }
});
