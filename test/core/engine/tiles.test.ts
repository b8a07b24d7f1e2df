import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readArchitecture } from '../../../main/core/architecture/index.ts';
import { checkPlan, compileModel, lower, planCost, planFront, skeletonOf } from '../../../main/core/engine/index.ts';
import { isTileable, tileColumns, type Tiling } from '../../../main/core/engine/planner/tiles/columnTiles.ts';
import { interpret, verifyModel, type Model } from '../../../main/core/graph/index.ts';
import { concatenated, runOnHost } from '../../support/hostC.ts';
import { runOnCore, staticMemoryOf } from '../../support/onCore/index.ts';
import { randomInputs8, randomModel } from '../../support/randomModel.ts';
import { randomNetwork } from '../../support/randomNetwork.ts';
import { hasSharedModels } from '../../support/sharedModels.ts';

// Compilers at work, on a machine that may have other work to do.
vi.setConfig({ testTimeout: 240_000 });

const publishedArchitecture = (name: string) =>
  readArchitecture(
    JSON.parse(readFileSync(join(import.meta.dirname, `../../../../shared/architectures/${name}.json`), 'utf8')),
  );

/** The longest groups from the start, each in as many tiles as its output has columns, but at most four. */
function tilingsOf(model: Model, longest: number): Tiling[] {
  const tilings: Tiling[] = [];
  for (let from = 0; from < model.operators.length; from++) {
    for (let to = Math.min(from + longest, model.operators.length); to > from; to--) {
      const width = model.tensors[model.operators[to - 1].outputs[0]].shape[2] ?? 1;
      if (width < 2 || !isTileable(model, from, to)) continue;
      tilings.push({ from, to, tiles: Math.min(width, 2 + (tilings.length % 3)) });
      from = to - 1;
      break;
    }
  }
  return tilings;
}

const tileableKinds = ['conv2d', 'depthwise_conv2d', 'add', 'mul', 'average_pool_2d', 'max_pool_2d', 'relu6'] as const;
const randomGraphs = Array.from({ length: 40 }, (_, seed) =>
  lower(randomModel(3000 + seed, { operators: 12, mostRows: 14, kinds: [...tileableKinds], mostInputs: 1 })),
);

describe('column tiles', () => {
  it('change no byte of any output of random graphs', () => {
    let tilings = 0;
    randomGraphs.forEach((model, seed) => {
      for (const longest of [1, 4]) {
        const wanted = tilingsOf(model, longest);
        tilings += wanted.length;
        const tiled = tileColumns(model, wanted).model;
        verifyModel(tiled);
        const input = randomInputs8(seed, model);
        expect(concatenated(interpret(tiled, input)), model.name).toEqual(concatenated(interpret(model, input)));
      }
    });
    expect(tilings).toBeGreaterThan(100);
  });

  it('are planned soundly', () => {
    for (const model of randomGraphs.slice(0, 8)) {
      const tiled = tileColumns(model, tilingsOf(model, 4)).model;
      for (const mode of ['whole', 'row-fed'] as const)
        for (const plan of planFront(tiled, 'm4', mode)) checkPlan(tiled, plan);
    }
  });

  it('give the interpreter’s bytes as generated C', async () => {
    const cases = randomGraphs.slice(0, 8).map((model, seed) => ({ model, input: randomInputs8(seed, model) }));
    const jobs = cases.map(({ model, input }) => ({
      files: compileModel(tileColumns(model, tilingsOf(model, 4)).model, { core: 'm4', plan: 'stream' }).files,
      inputs: [concatenated(input)],
    }));
    const outputs = await runOnHost(jobs, { flags: ['-O1', '-fsanitize=undefined', '-fno-sanitize-recover'] });
    cases.forEach(({ model, input }, index) => {
      expect(outputs[index], model.name).toEqual([concatenated(interpret(model, input))]);
    });
  });
});

describe.skipIf(!hasSharedModels)('a limit of SRAM', () => {
  it.each([
    { name: 'mcunet-vww0', input: 'row-fed', kilobytes: 12.5 },
    { name: 'mcunet-in0', input: 'whole', kilobytes: 15 },
    { name: 'mcunet-in2', input: 'row-fed', kilobytes: 48 },
  ] as const)('of $kilobytes kB is kept by $name, $input, only where columns are recomputed', (limit) => {
    const model = skeletonOf(publishedArchitecture(limit.name));
    const options = { core: 'm4', input: limit.input, sramLimitBytes: 1000 * limit.kilobytes } as const;
    const without = planCost(model, options);
    const recomputed = planCost(model, { ...options, recompute: true });
    expect(without.fits).toBe(false);
    expect(recomputed.fits).toBe(true);
    expect(recomputed.sramBytes).toBeLessThanOrEqual(options.sramLimitBytes);
    expect(recomputed.macs).toBeGreaterThan(without.macs);
    // What is computed twice is a small part of it all.
    expect(recomputed.macs).toBeLessThan(1.2 * without.macs);
  });

  it('holds for what is linked, and the emulated core gives the interpreter’s bytes', async () => {
    const model = randomNetwork(publishedArchitecture('mcunet-vww0'), 2);
    const options = { core: 'm4', input: 'row-fed', sramLimitBytes: 12_500 } as const;
    const { files, sramBytes, model: tiled } = compileModel(model, options);
    expect(tiled.operators.length).toBeGreaterThan(lower(model).operators.length);
    const linked = await staticMemoryOf({ core: 'm4', files, flags: ['-O2'] });
    // To the word in which the compiler aligns the arena.
    expect(linked).toBeGreaterThanOrEqual(sramBytes);
    expect(linked - sramBytes).toBeLessThan(16);
    const input = randomInputs8(6, model);
    const [output] = await runOnCore({ core: 'm4', files, flags: ['-O2'], inputs: [concatenated(input)] });
    expect(output).toEqual(concatenated(interpret(model, input)));
  });

  it('leaves the outputs of a published network as they are', async () => {
    const model = randomNetwork(publishedArchitecture('mcunet-vww0'), 1);
    const options = { core: 'm4', input: 'row-fed', sramLimitBytes: 12_500 } as const;
    expect(() => compileModel(model, { ...options, recompute: false })).toThrow('needs at least');
    const compiled = compileModel(model, options);
    expect(compiled.sramBytes).toBeLessThanOrEqual(options.sramLimitBytes);
    const input = randomInputs8(5, model);
    const [[output]] = await runOnHost([{ files: compiled.files, inputs: [concatenated(input)] }], { flags: ['-O1'] });
    expect(output).toEqual(concatenated(interpret(model, input)));
  });
});
