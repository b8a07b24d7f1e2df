import { describe, expect, it } from 'vitest';
import { interpret, type OperatorKind, verifyModel } from '../../../main/core/graph/index.ts';
import { ALL_KINDS, randomInputs8, randomModel } from '../../support/randomModel.ts';

const seeds = Array.from({ length: 400 }, (_, seed) => seed);

describe('random models', () => {
  it('are valid, and the interpreter runs them', () => {
    for (const seed of seeds) {
      const model = randomModel(seed);
      verifyModel(model);
      expect(interpret(model, randomInputs8(seed, model)).length).toBe(model.outputs.length);
    }
  });

  it('use every operator, several inputs and several outputs', () => {
    const models = seeds.map((seed) => randomModel(seed));
    const kinds = new Set<OperatorKind>(models.flatMap((model) => model.operators.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual([...ALL_KINDS].sort());
    expect(models.some((model) => model.inputs.length > 1)).toBe(true);
    expect(models.some((model) => model.outputs.length > 2)).toBe(true);
  });

  it('are the same for the same seed', () => {
    expect(randomModel(7)).toEqual(randomModel(7));
  });

  it('can be narrowed to some kinds', () => {
    const model = randomModel(3, { kinds: ['conv2d', 'add'], operators: 12 });
    expect(new Set(model.operators.map(({ kind }) => kind))).toEqual(new Set(['conv2d', 'add']));
  });

  it('do not mostly saturate', () => {
    const lively = seeds.filter((seed) => {
      const model = randomModel(seed);
      return interpret(model, randomInputs8(seed, model)).some((output) => new Set(output).size > 8);
    });
    expect(lively.length).toBeGreaterThan(seeds.length / 3);
  });
});
