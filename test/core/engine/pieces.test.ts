import { describe, expect, it, vi } from 'vitest';
import { compileModel, type CompiledModel } from '../../../main/core/engine/index.ts';
import { interpret, type Model } from '../../../main/core/graph/index.ts';
import { StudioError } from '../../../main/contract/index.ts';
import { concatenated, runOnHost } from '../../support/hostC.ts';
import { randomInputs8, randomModel } from '../../support/randomModel.ts';

// A compiler at work, on a machine that may have other work to do.
vi.setConfig({ testTimeout: 240_000 });

/** Memories of which none holds the model: three quarters of what it needs at least, and half. */
function spread(model: Model): CompiledModel | null {
  const needed = compileModel(model, { core: 'm4', plan: 'stream' }).sramBytes;
  const pieces = [Math.ceil(0.75 * needed), Math.ceil(0.5 * needed)];
  try {
    const sramPieces = [pieces, [...pieces].reverse()];
    return compileModel(model, { core: 'm4', sramLimitBytes: needed - 1, sramPieces, recompute: false });
  } catch (error) {
    if (error instanceof StudioError && error.code === 'engine.does-not-fit') return null;
    throw error;
  }
}

/** A model that needs more memory than any one that the chip has, but not more than all of them. */
describe('an arena in pieces', () => {
  const models = Array.from({ length: 16 }, (_, at) => randomModel(4000 + at, { operators: 12, mostRows: 20 }));
  const compiled = models
    .map((model) => ({ model, spread: spread(model) }))
    .filter((each): each is { model: Model; spread: CompiledModel } => each.spread !== null);

  it('is found for most graphs, and each piece is within its memory', () => {
    expect(compiled.length).toBeGreaterThan(8);
    for (const { spread } of compiled) {
      expect(spread.plan.arenaPieces?.length).toBe(2);
      const [first = 0] = spread.plan.arenaPieces ?? [];
      const across = spread.plan.buffers.filter(({ offset, bytes }) => offset < first && offset + bytes > first);
      expect(across).toEqual([]);
    }
  });

  it('gives the interpreter’s bytes', async () => {
    const cases = compiled.map(({ model, spread }, at) => ({ model, spread, input: randomInputs8(at, model) }));
    const jobs = cases.map(({ spread, input }) => ({ files: spread.files, inputs: [concatenated(input)] }));
    const outputs = await runOnHost(jobs, { flags: ['-O0', '-fsanitize=address'] });
    expect(outputs.map(([first]) => first)).toEqual(
      cases.map(({ model, input }) => concatenated(interpret(model, input))),
    );
  });

  it('is not used where one memory is enough', () => {
    const [model] = models;
    if (model === undefined) throw new Error('no model');
    expect(compileModel(model, { core: 'm4', sramPieces: [[1 << 20, 1 << 20]] }).plan.arenaPieces).toBeUndefined();
  });
});
