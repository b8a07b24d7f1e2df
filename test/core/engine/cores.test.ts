import { describe, expect, it, vi } from 'vitest';
import { compileModel, type CompileOptions } from '../../../main/core/engine/index.ts';
import { interpret } from '../../../main/core/graph/index.ts';
import { concatenated } from '../../support/hostC.ts';
import { emulatedCores, runOnCore, type EmulatedCore } from '../../support/onCore/index.ts';
import { randomInputs8, randomModel } from '../../support/randomModel.ts';
import { goldenVectors, hasSharedModels, sharedModel } from '../../support/sharedModels.ts';

// Compilers at work, on a machine that may have other work to do.
vi.setConfig({ testTimeout: 240_000 });

const optimizations = ['-O2', '-O3', '-Ofast'];
const builds = emulatedCores.flatMap((core) => optimizations.map((flag) => ({ core, flag })));
const smallModels = ['mlperf-ad-autoencoder', 'mlperf-kws-dscnn'];
const ways: readonly Omit<CompileOptions, 'core'>[] = [{}, { plan: 'layers' }, { plan: 'stream', input: 'row-fed' }];

async function expectOutputs(
  core: EmulatedCore,
  flag: string,
  files: ReadonlyMap<string, string>,
  cases: readonly { readonly input: Int8Array; readonly output: Int8Array }[],
): Promise<void> {
  const outputs = await runOnCore({ core, files, flags: [flag], inputs: cases.map(({ input }) => input) });
  expect(outputs).toEqual(cases.map(({ output }) => output));
}

describe('generated C on each core, at each optimization', () => {
  it.each(builds)('gives the interpreter’s bytes for a random graph: $core $flag', async ({ core, flag }) => {
    const place = builds.findIndex((build) => build.core === core && build.flag === flag);
    const model = randomModel(4000 + place, { operators: 12 });
    const cases = [1, 2].map((run) => {
      const inputs = randomInputs8(17 * place + run, model);
      return { input: concatenated(inputs), output: concatenated(interpret(model, inputs)) };
    });
    const { files } = compileModel(model, { core, ...ways[place % ways.length] });
    await expectOutputs(core, flag, files, cases);
  });

  describe.skipIf(!hasSharedModels)('for published models', () => {
    it.each(builds)('gives TensorFlow Lite Micro’s bytes: $core $flag', async ({ core, flag }) => {
      for (const name of smallModels) {
        const { files } = compileModel(sharedModel(name), { core });
        await expectOutputs(core, flag, files, goldenVectors(name));
      }
    });
  });
});
