import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../main/core/random/index.ts';
import {
  AUGMENTATION_OF,
  createWasmBackend,
  crossEntropy,
  defaultRecipe,
  drawVariation,
  evaluatePart,
  initializeNetwork,
  learningRateAt,
  loadSample,
  NO_AUGMENTATION,
  readNetwork,
  SampleOrder,
  shareOf,
  softmaxRows,
  summarize,
  Trainer,
  trainingBytes,
  writeNetwork,
} from '../../../main/core/training/index.ts';
import { barArchitecture, barData } from '../../studio/training/blobs.ts';
import { NETS } from './nets.ts';

const recipe = { ...defaultRecipe(barData), batch: 24 };

function trainer(share = { index: 0, count: 1 }): Trainer {
  const { from, to } = shareOf(recipe.batch, share);
  const network = createWasmBackend('plain').compile(barArchitecture, to - from);
  network.setWeights(initializeNetwork(barArchitecture, createRandom(1)).weights);
  return new Trainer(network, { train: barData.train, recipe, seed: 5, share });
}

describe('the order of samples', () => {
  it('takes each sample once in each pass, each time in another order', () => {
    const order = new SampleOrder(50, 3);
    const pass = (n: number): number[] => Array.from({ length: 50 }, (_, i) => order.at(50 * n + i));
    for (const n of [0, 1, 2]) expect([...pass(n)].sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
    expect(pass(0)).not.toEqual(pass(1));
    expect(new SampleOrder(50, 3).at(70)).toBe(order.at(70));
  });
});

describe('a trainer', () => {
  it('goes on from weights, momentum and a step number as if it had never stopped', () => {
    const whole = trainer();
    const first = trainer();
    for (let step = 0; step < 6; step++) {
      whole.compute(step);
      whole.apply(0.05);
      if (step >= 3) continue;
      first.compute(step);
      first.apply(0.05);
    }
    const second = trainer();
    second.network.setWeights(first.network.weights());
    second.network.setVelocities(first.network.velocities());
    for (let step = 3; step < 6; step++) {
      second.compute(step);
      second.apply(0.05);
    }
    expect(second.network.weights()).toEqual(whole.network.weights());
    expect(second.network.velocities()).toEqual(whole.network.velocities());
  });

  it('with shares covers the batch: outcomes and samples add up', () => {
    const parts = [0, 1, 2].map((index) => trainer({ index, count: 3 }).compute(4));
    expect(parts.reduce((sum, { samples }) => sum + samples, 0)).toBe(24);
    const whole = trainer().compute(4);
    // Batch norm sees smaller batches, so that losses agree roughly only.
    expect(parts.reduce((sum, { loss }) => sum + loss, 0) / whole.loss).toBeCloseTo(1, 0);
  });

  it('weights the statistics of its share', () => {
    const part = trainer({ index: 1, count: 4 });
    part.compute(0);
    const { trainable, total } = part.network.layout;
    const own = new Float32Array(total);
    const shared = new Float32Array(total);
    part.network.step(own);
    part.shareStep(shared);
    expect(shared[trainable]).toBeCloseTo(own[trainable] / 4, 6);
    expect(shared[0]).toBe(own[0]);
  });
});

describe('the learning rate', () => {
  it('rises, falls along a cosine, ends at zero, and grows with the batch', () => {
    const rates = [0, 0.025, 0.05, 0.5, 1].map((progress) => learningRateAt(recipe, progress));
    expect(rates[0]).toBeGreaterThan(0);
    expect(rates[1]).toBeCloseTo(rates[2] / 2, 6);
    expect(rates[2]).toBeCloseTo((recipe.learningRate * 24) / 64, 6);
    expect(rates[3]).toBeLessThan(rates[2]);
    expect(rates[4]).toBeCloseTo(0, 9);
  });
});

describe('variations of samples', () => {
  it('mirror only where the dataset allows it', () => {
    const random = createRandom(1);
    const drawn = (flip: boolean): boolean =>
      Array.from({ length: 50 }, () => drawVariation(random, { ...NO_AUGMENTATION, flip }, barData.shape)).some(
        ({ mirror }) => mirror,
      );
    expect(drawn(false)).toBe(false);
    expect(drawn(true)).toBe(true);
    expect(defaultRecipe({ kind: 'generated', mirrorable: false }).augmentation.flip).toBe(false);
  });

  it('blank whole rows and columns of spectra, inside the sample', () => {
    const random = createRandom(2);
    const shape = { height: 40, width: 20, channels: 1 };
    for (let i = 0; i < 200; i++) {
      for (const { top, left, rows, columns } of drawVariation(random, AUGMENTATION_OF.audio, shape).blanks) {
        expect(top + rows).toBeLessThanOrEqual(40);
        expect(left + columns).toBeLessThanOrEqual(20);
        expect(rows === 40 || columns === 20).toBe(true);
      }
    }
  });

  it('shift, mirror, stretch and clamp as they say', () => {
    const shape = { height: 1, width: 4, channels: 1 };
    const output = new Float32Array(4);
    const look = (change: object): number[] => {
      const plain = { shiftY: 0, shiftX: 0, mirror: false, gain: 1, offset: 0, blanks: [] };
      loadSample(Uint8Array.of(0, 64, 192, 255), shape, { ...plain, ...change }, output, 0);
      return [...output];
    };
    expect(look({})).toEqual([-1, -0.5, 0.5, 127 / 128]);
    expect(look({ shiftX: 1 })).toEqual([-0.5, 0.5, 127 / 128, 0]);
    expect(look({ mirror: true })).toEqual([127 / 128, 0.5, -0.5, -1]);
    expect(look({ gain: 0.5, offset: 0.25 })).toEqual([-0.25, 0, 0.5, 127 / 256 + 0.25]);
    expect(look({ offset: -0.75 })).toEqual([-1, -1, -0.25, 127 / 128 - 0.75]);
    expect(look({ blanks: [{ top: 0, left: 1, rows: 1, columns: 2 }] })).toEqual([-1, 0, 0, 127 / 128]);
  });
});

describe('the loss', () => {
  it('has the gradient that differences show', () => {
    const logits = Float32Array.of(0.3, -1, 2, 0.5, 0.1, -0.4);
    for (const targets of [
      { labels: [2, 0], labelSmoothing: 0.1 },
      { probabilities: Float32Array.of(0.2, 0.3, 0.5, 0.9, 0.05, 0.05) },
    ]) {
      const gradient = new Float32Array(6);
      crossEntropy(logits, 2, 3, targets, gradient);
      for (let i = 0; i < 6; i++) {
        const at = (shift: number): number => {
          const moved = logits.slice();
          moved[i] += shift;
          return crossEntropy(moved, 2, 3, targets).loss;
        };
        expect(gradient[i]).toBeCloseTo((at(0.01) - at(-0.01)) / 0.02, 4);
      }
    }
  });

  it('survives logits that would overflow', () => {
    const logits = Float32Array.of(1000, -1000);
    expect(crossEntropy(logits, 1, 2, { labels: [0], labelSmoothing: 0 }).loss).toBe(0);
    softmaxRows(logits, 2);
    expect([...logits]).toEqual([1, 0]);
  });
});

describe('an evaluation', () => {
  it('adds up over parts to what it is as a whole', () => {
    const network = createWasmBackend('plain').compile(barArchitecture, 16);
    network.setWeights(initializeNetwork(barArchitecture, createRandom(1)).weights);
    const whole = summarize([evaluatePart(network, barData.test, 0, 150)]);
    const parts = summarize([evaluatePart(network, barData.test, 0, 70), evaluatePart(network, barData.test, 70, 150)]);
    expect(parts.confusion).toEqual(whole.confusion);
    expect(parts.loss).toBeCloseTo(whole.loss, 5);
    expect(whole.accuracy).toBe(whole.correct / 150);
  });
});

describe('a network as a file', () => {
  const network = initializeNetwork(NETS[1], createRandom(9));

  it('is read back as it was', () => {
    expect(readNetwork(writeNetwork(network))).toEqual(network);
  });

  it('is refused when anything is cut off or changed', () => {
    const bytes = writeNetwork(network);
    const random = createRandom(4);
    for (let i = 0; i < 300; i++) {
      const broken = bytes.slice();
      broken[random.below(broken.length)] ^= 1 << random.below(8);
      expect(() => readNetwork(broken)).toThrow(/cannot be read/);
    }
    for (const length of [0, 3, 11, 12, 200, bytes.length - 1])
      expect(() => readNetwork(bytes.slice(0, length))).toThrow(/cannot be read/);
  });
});

it('says how much memory a batch takes, about as much as it really does', () => {
  for (const architecture of NETS) {
    const network = createWasmBackend('plain').compile(architecture, 64) as unknown as { arena: { used: number } };
    expect(trainingBytes(architecture, 64) / network.arena.used).toBeGreaterThan(0.7);
    expect(trainingBytes(architecture, 64) / network.arena.used).toBeLessThan(1.1);
  }
});
