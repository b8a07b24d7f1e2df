import { describe, expect, it, vi } from 'vitest';
import { compileModel, lower, planCost, type CompileOptions } from '../../../main/core/engine/index.ts';
import { runOnHost } from '../../support/hostC.ts';
import { goldenVectors, hasSharedModels, sharedModel, sharedModelNames } from '../../support/sharedModels.ts';

// Compilers at work, on a machine that may have other work to do.
vi.setConfig({ testTimeout: 240_000 });

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

  it.each([
    { name: 'mcunet-vww1', input: 'whole', kilobytes: 24 },
    { name: 'mcunet-vww1', input: 'row-fed', kilobytes: 19.5 },
    { name: 'mcunet-in3', input: 'whole', kilobytes: 103 },
    { name: 'mcunet-in3', input: 'row-fed', kilobytes: 62 },
    { name: 'mlperf-ic-resnet8', input: 'whole', kilobytes: 27.2 },
    { name: 'mlperf-vww-mobilenetv1', input: 'whole', kilobytes: 31 },
    { name: 'mlperf-kws-dscnn', input: 'whole', kilobytes: 10.6 },
    { name: 'mlperf-ad-autoencoder', input: 'whole', kilobytes: 1.2 },
  ] as const)('$name, $input, takes less than $kilobytes kB of SRAM', ({ name, input, kilobytes }) => {
    const model = lower(sharedModel(name));
    const cost = planCost(model, { core: 'm4', input });
    expect(cost.sramBytes).toBeLessThan(kilobytes * 1000);
  });

  it('mcunet-vww1 takes less than 470 kB of Flash where nothing limits it', () => {
    expect(planCost(lower(sharedModel('mcunet-vww1')), { core: 'm4' }).estimatedFlashBytes).toBeLessThan(470_000);
  });

  it.each(['whole', 'row-fed'] as const)('in3, %s, takes at most 2 % more cycles than layer by layer', (input) => {
    const model = lower(sharedModel('mcunet-in3'));
    // With room in Flash, so that both have the fastest kernels.
    const options = { core: 'm4', flashLimitBytes: 2_000_000 } as const;
    const layers = planCost(model, { ...options, plan: 'layers' });
    const streamed = planCost(model, { ...options, input });
    expect(streamed.estimatedCycles).toBeLessThan(1.02 * layers.estimatedCycles);
    expect(streamed.sramBytes).toBeLessThan(0.7 * layers.sramBytes);
  });
});
