import { describe, expect, it } from 'vitest';
import { largestGenotype, smallestGenotype, supernetLayout, toArchitecture } from '../../../main/core/nas/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import { defaultRecipe, initializeNetwork } from '../../../main/core/training/index.ts';
import { Judges } from '../../../main/studio/search/judges.ts';
import type { SupernetState } from '../../../main/studio/search/messages.ts';
import { trainSupernet, type SupernetOptions } from '../../../main/studio/search/trainSupernet.ts';
import { stripes, tinySpace } from '../../support/tinySearch.ts';

const layout = supernetLayout(tinySpace).layout;
const { weights } = initializeNetwork(toArchitecture(tinySpace, largestGenotype(tinySpace)), createRandom(1));
const start: SupernetState = {
  weights,
  velocities: new Float32Array(layout.trainable),
  step: 0,
  progress: 0,
  seconds: 0,
  pace: [],
};
const options: SupernetOptions = {
  space: tinySpace,
  train: stripes(256, 2),
  recipe: { ...defaultRecipe({ kind: 'images', mirrorable: false }), batch: 32 },
  rule: { random: 1, sandwich: true, distillation: true },
  seed: 5,
  length: { steps: 24 },
  workers: 2,
  state: start,
};

describe('training a supernet on several threads', () => {
  it('gives the same weights for the same seed, steps and workers', async () => {
    const [a, b] = [await trainSupernet(options), await trainSupernet(options)];
    expect(a.step).toBe(24);
    expect(a.weights).toEqual(b.weights);
    expect(a.weights).not.toEqual(weights);
  });

  it('that is stopped and goes on ends as one that was never stopped', async () => {
    const whole = await trainSupernet(options);
    let kept = start;
    const abort = new AbortController();
    const stopped = trainSupernet({
      ...options,
      signal: abort.signal,
      onCheckpoint: (state) => (kept = state),
      onProgress: ({ note }) => note?.startsWith('step ') && abort.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'training.cancelled' });
    expect(kept.step).toBeGreaterThan(0);
    expect(kept.step).toBeLessThan(24);
    const resumed = await trainSupernet({ ...options, state: kept });
    expect(resumed.weights).toEqual(whole.weights);
  });

  it('keeps to its minutes', async () => {
    const state = await trainSupernet({ ...options, length: { minutes: 0.02 }, clock: { kind: 'cpu', cores: 2 } });
    expect(state.progress).toBeGreaterThanOrEqual(1);
    expect(state.seconds).toBeLessThan(10);
    // Whoever follows its pace, with whatever time, ends with the same weights.
    const again = await trainSupernet({ ...options, length: { minutes: 9 }, pace: state.pace });
    expect(again.step).toBe(state.step);
    expect(again.weights).toEqual(state.weights);
  });
});

/** Larger than any memory. */
const hugeSpace = {
  ...tinySpace,
  input: { ...tinySpace.input, height: 4096, width: 4096 },
  stages: tinySpace.stages.map((stage) => ({ ...stage, channels: 256, expansions: [6] })),
};

describe('a space whose networks take more memory than there is', () => {
  it('is refused by those who train it and by those who judge it, in words', async () => {
    const training = trainSupernet({ ...options, space: hugeSpace });
    await expect(training).rejects.toMatchObject({ code: 'training.out-of-memory' });
    const judges = new Judges(hugeSpace, weights, options.train.samples, stripes(8, 9), 2);
    try {
      const question = [largestGenotype(hugeSpace), smallestGenotype(hugeSpace)];
      await expect(judges.judge(question)).rejects.toMatchObject({ code: 'training.out-of-memory' });
      // Asked again, they answer again.
      await expect(judges.judge(question)).rejects.toMatchObject({ code: 'training.out-of-memory' });
    } finally {
      await judges.close();
    }
  });
});

describe('judges', () => {
  it('agree whatever thread answers, in the order of the questions', async () => {
    const trained = await trainSupernet({ ...options, length: { steps: 80 } });
    const held = stripes(96, 9);
    const genotypes = [largestGenotype(tinySpace), smallestGenotype(tinySpace), largestGenotype(tinySpace)];
    const judge = async (workers: number): Promise<number[]> => {
      const judges = new Judges(tinySpace, trained.weights, options.train.samples, held, workers, { batch: 32 });
      try {
        return await judges.judge(genotypes);
      } finally {
        await judges.close();
      }
    };
    const [alone, together] = [await judge(1), await judge(2)];
    expect(together).toEqual(alone);
    expect(alone[0]).toBe(alone[2]);
    expect(alone[0]).toBeGreaterThan(0.7);
  });
});
