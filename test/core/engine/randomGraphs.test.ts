import { describe, expect, it, vi } from 'vitest';
import { compileModel, type CompileOptions } from '../../../main/core/engine/index.ts';
import { interpret, type Model } from '../../../main/core/graph/index.ts';
import { concatenated, runOnHost } from '../../support/hostC.ts';
import { randomInputs8, randomModel } from '../../support/randomModel.ts';

// Compilers at work, on a machine that may have other work to do.
vi.setConfig({ testTimeout: 240_000 });

const seedsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

async function expectExact(models: readonly Model[], options: CompileOptions, flags: readonly string[]): Promise<void> {
  const cases = models.map((model, index) => ({
    model,
    inputs: [1, 2].map((run) => randomInputs8(31 * index + run, model)),
  }));
  const jobs = cases.map(({ model, inputs }) => ({
    files: compileModel(model, options).files,
    inputs: inputs.map(concatenated),
  }));
  const outputs = await runOnHost(jobs, { flags });
  cases.forEach(({ model, inputs }, index) => {
    const wanted = inputs.map((input) => concatenated(interpret(model, input)));
    expect(outputs[index], `${model.name} ${JSON.stringify(options)}`).toEqual(wanted);
  });
}

describe('generated C on the host', () => {
  const small = seedsFrom(1000, 16).map((seed) => randomModel(seed));
  const deep = seedsFrom(2000, 6).map((seed) => randomModel(seed, { operators: 20, mostRows: 20 }));

  it('gives the interpreter’s bytes for random graphs, layer by layer', async () => {
    await expectExact(small, { core: 'm0', plan: 'layers' }, ['-O1']);
  });

  it('gives the interpreter’s bytes for random graphs, streamed, without undefined behaviour', async () => {
    await expectExact([...small, ...deep], { core: 'm4', plan: 'stream' }, [
      '-O2',
      '-fsanitize=undefined',
      '-fno-sanitize-recover',
    ]);
  });

  it('gives the interpreter’s bytes for random graphs fed row by row', async () => {
    await expectExact(deep, { core: 'm4', plan: 'auto', input: 'row-fed' }, ['-O1', '-fsanitize=address']);
  });
});
