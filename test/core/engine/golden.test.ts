import { describe, expect, it } from 'vitest';
import { compileModel, type CompileOptions } from '../../../main/core/engine/index.ts';
import { runOnHost } from '../../support/hostC.ts';
import { goldenVectors, hasSharedModels, sharedModel, sharedModelNames } from '../../support/sharedModels.ts';

const ways: readonly CompileOptions[] = [
  { core: 'm0plus', plan: 'layers' },
  { core: 'm4', plan: 'auto' },
  { core: 'm4', plan: 'stream', input: 'row-fed' },
  { core: 'm33', plan: 'layers' },
];

describe.skipIf(!hasSharedModels)('generated C of published models, on the host', () => {
  const cases = sharedModelNames.map((name) => ({
    name,
    model: hasSharedModels ? sharedModel(name) : null,
    vectors: goldenVectors(name, name.includes('in3') ? 1 : 3),
  }));

  it.each(ways)('gives TensorFlow Lite Micro’s bytes: $core, $plan, $input', async (options) => {
    // The largest model only once: it takes longer than all others together.
    const chosen = cases.filter(({ name }) => options.plan === 'stream' || !name.includes('in3'));
    const jobs = chosen.flatMap(({ model, vectors }) =>
      model === null ? [] : [{ files: compileModel(model, options).files, inputs: vectors.map(({ input }) => input) }],
    );
    const outputs = await runOnHost(jobs, { flags: [options.plan === 'auto' ? '-O3' : '-O1'] });
    chosen.forEach(({ name, vectors }, index) => {
      expect(outputs[index], name).toEqual(vectors.map(({ output }) => output));
    });
  });

  const sramBytesOf = (name: string, input: CompileOptions['input']): number =>
    compileModel(sharedModel(name), { core: 'm4', input }).sramBytes;

  it.each([
    { name: 'mcunet-vww1', input: 'whole', kilobytes: 25 },
    { name: 'mcunet-vww1', input: 'row-fed', kilobytes: 20 },
    { name: 'mcunet-in3', input: 'whole', kilobytes: 110 },
    { name: 'mcunet-in3', input: 'row-fed', kilobytes: 74 },
    { name: 'mlperf-kws-dscnn', input: 'whole', kilobytes: 18 },
    { name: 'mlperf-ad-autoencoder', input: 'whole', kilobytes: 1.6 },
    { name: 'mlperf-vww-mobilenetv1', input: 'whole', kilobytes: 38 },
    { name: 'mlperf-ic-resnet8', input: 'whole', kilobytes: 38 },
  ] as const)('$name, $input, takes less than $kilobytes kB of SRAM', ({ name, input, kilobytes }) => {
    expect(sramBytesOf(name, input)).toBeLessThan(kilobytes * 1000);
  });
});
