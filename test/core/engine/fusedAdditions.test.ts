/** ADD as part of the projection before it: the shortcut is added in the registers that hold what the projection gives. */
import { describe, expect, it, vi } from 'vitest';
import { compileModel, layerPlan, lower, type CompileOptions } from '../../../main/core/engine/index.ts';
import { lowerFor } from '../../../main/core/engine/lowerFor.ts';
import type { Architecture } from '../../../main/core/architecture/index.ts';
import { interpret, verifyModel, type Model } from '../../../main/core/graph/index.ts';
import { concatenated, runOnHost } from '../../support/hostC.ts';
import { runOnCore } from '../../support/onCore/index.ts';
import { randomInputs8 } from '../../support/randomModel.ts';
import { randomNetwork } from '../../support/randomNetwork.ts';
import { hasSharedModels, sharedModel } from '../../support/sharedModels.ts';

// Compilers at work, on a machine that may have other work to do.
vi.setConfig({ testTimeout: 240_000 });

/** A stem and two blocks with shortcuts, their rows so wide and their pixels of so many channels. */
function residualNetwork(width: number, height: number, channels: number, expansion: number): Model {
  const block = { kernel: 3, strideH: 1, strideW: 1, channels, residual: true } as const;
  const architecture: Architecture = {
    name: `residual_${[width, height, channels, expansion].join('_')}`,
    input: { height: 2 * height, width: 2 * width, channels: 1 },
    stem: { channels, kernel: 3, strideH: 2, strideW: 2 },
    blocks: [
      { ...block, expandedChannels: channels * expansion },
      { ...block, expandedChannels: channels * expansion },
    ],
    headChannels: null,
    classes: 3,
  };
  return lower(randomNetwork(architecture, width + channels));
}

// Even rows; odd ones, in pairs and as a whole image; last blocks that overlap; straight code and loops.
const networks = [
  residualNetwork(8, 5, 8, 3),
  residualNetwork(7, 7, 12, 4),
  residualNetwork(5, 4, 10, 6),
  residualNetwork(17, 3, 16, 1),
  residualNetwork(3, 3, 24, 5),
];
const countOf = (model: Model, kind: string): number => model.operators.filter((each) => each.kind === kind).length;

const layersCost = (model: Model) => layerPlan(model, 'm4', 'whole');

describe('an ADD fused into the projection before it', () => {
  it('leaves every byte of the outputs, and no ADD', () => {
    networks.forEach((model, seed) => {
      const fused = lowerFor(model, 'm4');
      verifyModel(fused);
      expect(countOf(model, 'add')).toBe(2);
      expect(countOf(fused, 'add')).toBe(0);
      expect(countOf(fused, 'conv2d_add')).toBe(2);
      const input = randomInputs8(seed, model);
      expect(interpret(fused, input)).toEqual(interpret(model, input));
    });
  });

  it('stays an ADD where no kernel does both', () => {
    for (const model of networks) expect(lowerFor(model, 'm0plus')).toBe(model);
  });

  const ways: readonly CompileOptions[] = [
    { core: 'm4' },
    { core: 'm4', plan: 'layers' },
    { core: 'm4', plan: 'stream', input: 'row-fed' },
    { core: 'm4', flashLimitBytes: 1e9 },
  ];
  const wayFor = (seed: number): CompileOptions => ways[seed % ways.length];

  it('gives the interpreter’s bytes as C on the host, without undefined behaviour', async () => {
    const cases = networks.flatMap((model, seed) =>
      [wayFor(seed), wayFor(seed + 2)].map((way) => ({ model, way, input: randomInputs8(seed, model) })),
    );
    const jobs = cases.map(({ model, way, input }) => ({
      files: compileModel(model, way).files,
      inputs: [concatenated(input)],
    }));
    const outputs = await runOnHost(jobs, { flags: ['-O1', '-fsanitize=undefined', '-fno-sanitize-recover'] });
    cases.forEach(({ model, way, input }, index) => {
      expect(outputs[index], `${model.name} ${JSON.stringify(way)}`).toEqual([concatenated(interpret(model, input))]);
    });
  });

  it.each(networks.map((model, seed) => ({ name: model.name, model, seed })))(
    'gives the interpreter’s bytes on a Cortex-M4: $name',
    async ({ model, seed }) => {
      const input = randomInputs8(50 + seed, model);
      const { files, plan } = compileModel(model, wayFor(seed));
      expect(plan.operators.filter(({ kernel }) => kernel.name.startsWith('conv1x1_add_'))).toHaveLength(2);
      const outputs = await runOnCore({ core: 'm4', files, flags: ['-O2'], inputs: [concatenated(input)] });
      expect(outputs).toEqual([concatenated(interpret(model, input))]);
    },
  );

  it.skipIf(!hasSharedModels)('makes a published model smaller and, with the fastest kernels, faster', () => {
    const model = lower(sharedModel('mcunet-vww1'));
    const [apart, together] = [model, lowerFor(model, 'm4')].map((each) => layersCost(each));
    expect(countOf(lowerFor(model, 'm4'), 'conv2d_add')).toBeGreaterThan(5);
    expect(together.estimatedCycles).toBeLessThan(apart.estimatedCycles);
    expect(together.arenaBytes).toBeLessThanOrEqual(apart.arenaBytes);
  });
});
