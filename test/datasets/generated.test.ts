import { describe, expect, it } from 'vitest';
import { openDataset, sampleAt } from '../../main/datasets/index.ts';
import { drawings, type Drawing } from '../../main/datasets/generate/drawings.ts';
import { createRandom } from '../../main/core/random/index.ts';
import { drawSound, soundNames } from '../../main/datasets/sounds/sounds.ts';

describe.each([
  ['sounds', 'audio', { height: 62, width: 40, channels: 1 }],
  ['motions', 'series', { height: 64, width: 3, channels: 1 }],
] as const)('generated %s', (name, kind, shape) => {
  it('are a dataset like any other', async () => {
    const dataset = await openDataset(`generated:${name}?train=48&validation=16&test=16`);
    expect([dataset.kind, dataset.shape, dataset.mirrorable]).toEqual([kind, shape, false]);
    expect([dataset.train, dataset.validation, dataset.test].map(({ labels }) => labels.length)).toEqual([48, 16, 16]);
    expect(new Set(dataset.train.labels).size).toBe(dataset.classes.length);
  });

  it('are the same for the same seed, whatever was drawn before, and others for another seed', () => {
    const drawing: Drawing = drawings[name];
    const bytes = shape.height * shape.width;
    const draw = (seed: number, indices: readonly number[]): string => {
      const renderer = drawing.createRenderer(0, seed);
      const target = new Uint8Array(bytes);
      for (const index of indices) renderer.render(index, index % drawing.classes.length, target);
      return Buffer.from(target).toString('base64');
    };
    expect(draw(7, [1, 2, 3])).toBe(draw(7, [3]));
    expect(draw(8, [3])).not.toBe(draw(7, [3]));
  });

  it('are all different', async () => {
    const { train, shape: given } = await openDataset(`generated:${name}?train=200&validation=1&test=1`);
    const seen = new Set(train.ids.map((_, i) => Buffer.from(sampleAt(given, train, i)).toString('base64')));
    expect(seen.size).toBe(200);
  });
});

describe('generated sounds', () => {
  it('are a second long, never clip, and are silent before they begin', () => {
    for (const [i, name] of soundNames.entries()) {
      const samples = drawSound(createRandom(i), name);
      expect(samples).toHaveLength(8000);
      expect(Math.max(...samples.map(Math.abs))).toBeLessThan(1);
      const loudness = (from: number, to: number): number =>
        samples.subarray(from, to).reduce((sum, value) => sum + value * value, 0) / (to - from);
      expect(loudness(0, 400)).toBeLessThan(loudness(0, 8000));
    }
  });
});
