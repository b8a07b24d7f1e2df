import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planSplits, type SplitInput } from '../../main/datasets/splits.ts';

const hashOf = (content: string): string => createHash('sha256').update(content).digest('hex');
const sample = (content: string, more: Partial<SplitInput> = {}): SplitInput => ({
  contentHash: hashOf(content),
  label: 0,
  split: null,
  group: null,
  ...more,
});
const shareOf = (splits: readonly string[], name: string): number =>
  splits.filter((split) => split === name).length / splits.length;

const anySample = fc.record({
  contentHash: fc.integer({ min: 0, max: 60 }).map((n) => hashOf(String(n))),
  label: fc.integer({ min: 0, max: 3 }),
  split: fc.constantFrom(null, 'train', 'validation', 'test') as fc.Arbitrary<SplitInput['split']>,
  group: fc.constant(null),
});

describe('splits', () => {
  it('give about 75, 10 and 15 percent of many samples', () => {
    const { splits } = planSplits(Array.from({ length: 5000 }, (_, i) => sample(`s${i}`, { label: i % 5 })));
    expect(shareOf(splits, 'train')).toBeCloseTo(0.75, 1);
    expect(shareOf(splits, 'validation')).toBeCloseTo(0.1, 1);
    expect(shareOf(splits, 'test')).toBeCloseTo(0.15, 1);
  });

  it('put the same bytes into one split, whatever else there is', () => {
    fc.assert(
      fc.property(fc.array(anySample, { minLength: 1, maxLength: 80 }), (samples) => {
        const { splits } = planSplits(samples);
        const placeOf = new Map<string, string>();
        samples.forEach(({ contentHash }, i) => {
          expect(placeOf.get(contentHash) ?? splits[i]).toBe(splits[i]);
          placeOf.set(contentHash, splits[i]);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('do not depend on the order of the samples', () => {
    fc.assert(
      fc.property(fc.array(anySample, { minLength: 1, maxLength: 60 }), (samples) => {
        const reversed = planSplits([...samples].reverse()).splits.toReversed();
        expect(reversed).toEqual(planSplits(samples).splits);
      }),
    );
  });

  it('stay as they are when samples are added', () => {
    const many = Array.from({ length: 400 }, (_, i) => sample(`s${i}`, { label: i % 4 }));
    const before = planSplits(many.slice(0, 300)).splits;
    expect(planSplits(many).splits.slice(0, 300)).toEqual(before);
  });

  it('that the dataset has are kept; where one sample is in two, it is not trained on', () => {
    const { splits } = planSplits([
      sample('a', { split: 'train' }),
      sample('a', { split: 'test' }),
      sample('b', { split: 'validation' }),
      sample('c', { split: 'test' }),
    ]);
    expect(splits).toEqual(['test', 'test', 'validation', 'test']);
  });

  it('leave no class without test and validation samples, however small it is', () => {
    for (let seed = 0; seed < 50; seed++) {
      const samples = Array.from({ length: 9 }, (_, i) => sample(`${seed}/${i}`, { label: i % 3 }));
      const { splits } = planSplits(samples);
      for (const label of [0, 1, 2]) {
        expect(new Set(splits.filter((_, i) => samples[i].label === label)).size).toBe(3);
      }
    }
  });

  it('keep a recording session whole, and every class in each split', () => {
    const samples = Array.from({ length: 240 }, (_, i) =>
      sample(`frame ${i}`, { label: i % 2, group: `class ${i % 2}, session ${(i >> 1) % 6}` }),
    );
    const { splits, warnings } = planSplits(samples);
    const placeOf = new Map<string | null, string>();
    samples.forEach(({ group }, i) => {
      expect(placeOf.get(group) ?? splits[i]).toBe(splits[i]);
      placeOf.set(group, splits[i]);
    });
    for (const label of [0, 1]) expect(new Set(splits.filter((_, i) => i % 2 === label)).size).toBe(3);
    expect(warnings).toEqual([]);
  });

  it('say so where a class was recorded in one go, and its pictures are on both sides', () => {
    const samples = Array.from({ length: 100 }, (_, i) =>
      sample(`frame ${i}`, { label: i % 2, group: `session of class ${i % 2}` }),
    );
    const { splits, warnings } = planSplits(samples);
    expect(new Set(splits).size).toBe(3);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/accuracy will look better than it is\. Record each class several times/),
    ]);
  });

  it('have samples each where one or two people recorded all classes, and say that people are on both sides', () => {
    for (const people of [1, 2]) {
      const samples = Array.from({ length: 60 }, (_, i) =>
        sample(`word ${i}`, { label: i % 5, group: `speaker ${(i >> 3) % people}` }),
      );
      const { splits, warnings } = planSplits(samples);
      for (const label of [0, 1, 2, 3, 4])
        expect(new Set(splits.filter((_, i) => samples[i].label === label)).size, `${people}, ${label}`).toBe(3);
      expect(warnings).toEqual([
        {
          code: 'dataset.few-groups',
          message: expect.stringContaining(people === 1 ? 'of one person or session,' : 'of 2 people or sessions,'),
        },
      ]);
    }
    // With a test split of its own two are enough.
    const own = Array.from({ length: 40 }, (_, i) =>
      sample(`word ${i}`, { label: i % 5, group: `speaker ${i % 3}`, split: i % 3 === 2 ? 'test' : 'train' }),
    );
    expect(new Set(planSplits(own).splits).size).toBe(3);
  });

  it('are never empty while there are samples enough, whatever groups there are', () => {
    const grouped = fc.record({
      contentHash: fc.integer({ min: 0, max: 1e9 }).map((n) => hashOf(String(n))),
      label: fc.integer({ min: 0, max: 2 }),
      split: fc.constant(null),
      group: fc.constantFrom(null, 'a', 'b', 'c', 'd'),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(grouped, { minLength: 20, maxLength: 60, selector: (s) => s.contentHash }),
        (samples) => {
          expect(new Set(planSplits(samples).splits).size).toBe(3);
        },
      ),
      { numRuns: 300 },
    );
  });
});
