import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  foreseenSteps,
  phasesFor,
  resizedArchitecture,
  resizedShape,
  Resizer,
  sampleBytes,
  scaleAt,
  weightLayout,
} from '../../../main/core/training/index.ts';
import { barArchitecture } from '../../studio/training/blobs.ts';

const picture = { height: 32, width: 32, channels: 3 };

const mean = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum + byte, 0) / bytes.length;

describe('a resized sample', () => {
  it('has the mean of four bytes for each where it is half as large, channel by channel', () => {
    const from = { height: 2, width: 4, channels: 2 };
    const resizer = new Resizer(from, { height: 1, width: 2, channels: 2 });
    // Row after row, pixel after pixel; the second channel counts up.
    const sample = Uint8Array.of(10, 1, 20, 2, 100, 3, 100, 4, 30, 5, 40, 6, 200, 7, 201, 8);
    const output = new Uint8Array(8).fill(255);
    resizer.resize(sample, 0, output, 1);
    // 25; (1 + 2 + 5 + 6) / 4 = 3.5; 150.25; 5.5: halves are rounded up.
    expect([...output]).toEqual([255, 255, 255, 255, 25, 4, 150, 6]);
  });

  it('has the mean of what it was made of, whatever its sides, and a grey one stays grey', () => {
    const side = fc.integer({ min: 2, max: 24 });
    fc.assert(
      fc.property(
        side,
        side,
        fc.integer({ min: 1, max: 3 }),
        fc.double({ min: 0.3, max: 1, noNaN: true }),
        fc.nat(),
        (...all) => {
          const [height, width, channels, scale, seed] = all;
          const from = { height, width, channels };
          const to = resizedShape(from, scale);
          fc.pre(to.height <= height && to.width <= width);
          const resizer = new Resizer(from, to);
          const grey = new Uint8Array(sampleBytes(from)).fill(seed % 256);
          const noise = grey.map((_, i) => ((i + seed) * 7919) % 256);
          const { samples } = resizer.resizeSplit({
            samples: Uint8Array.of(...grey, ...noise),
            labels: Uint16Array.of(0, 1),
          });
          const size = sampleBytes(to);
          expect([...samples.subarray(0, size)]).toEqual(new Array(size).fill(seed % 256));
          expect(Math.abs(mean(samples.subarray(size)) - mean(noise))).toBeLessThan(0.6);
        },
      ),
    );
  });

  it('belongs to a network with the same weights', () => {
    for (const scale of [5 / 8, 3 / 4]) {
      const layout = weightLayout(resizedArchitecture(barArchitecture, scale));
      expect(layout.total).toBe(weightLayout(barArchitecture).total);
      expect(layout.layers.map(({ kernel }) => kernel)).toEqual(
        weightLayout(barArchitecture).layers.map(({ kernel }) => kernel),
      );
    }
  });
});

describe('which samples are resized', () => {
  it('are pictures that are large enough, and nothing that has a time or a pitch', () => {
    const phases = phasesFor('images', picture);
    expect(phases.map(({ scale }) => resizedShape(picture, scale).height)).toEqual([20, 24]);
    expect(phasesFor('images', { ...picture, height: 28 })).toEqual([]);
    for (const kind of ['audio', 'series', 'generated'] as const) expect(phasesFor(kind, picture)).toEqual([]);
  });

  it('are those of trainings of few passes, in their first three fifths', () => {
    const phases = phasesFor('images', picture);
    expect([0, 0.29, 0.3, 0.59, 0.6, 1].map((progress) => scaleAt(phases, progress, 6))).toEqual([
      5 / 8,
      5 / 8,
      3 / 4,
      3 / 4,
      1,
      1,
    ]);
    expect(scaleAt(phases, 0.1, 12)).toBe(1);
    expect(scaleAt(phases, 0.1, null)).toBe(1);
    expect(scaleAt([], 0.1, 3)).toBe(1);
  });

  it('are not known before the training has found its speed, and never forgotten after that', () => {
    const plan = [
      { step: 1, until: 2, progress: 0, perStep: 0.001 },
      { step: 2, until: 40, progress: 0.001, perStep: 0.01 },
      { step: 40, until: 60, progress: 0.381, perStep: 0.02 },
    ];
    expect(foreseenSteps(plan, 39)).toBeNull();
    expect(foreseenSteps(plan, 40)).toBeCloseTo(40 + 0.619 / 0.02);
    expect(foreseenSteps([...plan, { step: 60, until: 70, progress: 0.781, perStep: 0.001 }], 65)).toBe(
      foreseenSteps(plan, 40),
    );
  });
});
