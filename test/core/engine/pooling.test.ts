/**
 * Pooling needs no pass of its own: streamed with the operator before it, it takes rows as they are made, and of what it
 * reads there is never more than the rows under its window. A pool whose windows do not overlap keeps nothing besides.
 */
import { describe, expect, it, vi } from 'vitest';
import { checkPlan, compileModel, lower, planFront, type Core } from '../../../main/core/engine/index.ts';
import { interpret, resolvePadding, verifyModel, type Model, type Pool2d } from '../../../main/core/graph/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import { concatenated, runOnHost } from '../../support/hostC.ts';
import { randomInputs8 } from '../../support/randomModel.ts';
import { convolutionModel, type ConvolutionSpec } from './kernels/models.ts';

// Compilers at work, on a machine that may have other work to do.
vi.setConfig({ testTimeout: 240_000 });

interface Pooled {
  readonly name: string;
  readonly model: Model;
  readonly pool: Pool2d;
}

function pooled(convolution: ConvolutionSpec, kind: Pool2d['kind'], filter: number, stride: number): Pooled {
  const model = convolutionModel(convolution, createRandom(filter + stride));
  const [source] = model.outputs;
  const { shape } = model.tensors[source];
  const [, height, width, channels] = shape;
  const padding = resolvePadding(
    'valid',
    { height, width },
    { height: filter, width: filter },
    { height: stride, width: stride },
    { height: 1, width: 1 },
  );
  const extent = (rows: number): number => Math.floor((rows - filter) / stride) + 1;
  const output = model.tensors.length;
  const pool: Pool2d = {
    kind,
    name: 'pool',
    inputs: [source],
    outputs: [output],
    filterH: filter,
    filterW: filter,
    strideH: stride,
    strideW: stride,
    padding,
    clamp: { min: -128, max: 127 },
  };
  const whole: Model = {
    ...model,
    tensors: [
      ...model.tensors,
      { ...model.tensors[source], name: 'pooled', shape: [1, extent(height), extent(width), channels] },
    ],
    operators: [...model.operators, pool],
    outputs: [output],
  };
  verifyModel(whole);
  return { name: `${kind}, ${String(filter)}x${String(filter)} by ${String(stride)}`, model: lower(whole), pool };
}

const spec: ConvolutionSpec = {
  height: 18,
  width: 12,
  channels: 4,
  outputChannels: 16,
  kernel: [3, 3],
  stride: [1, 1],
  padding: 'same',
  relu: true,
};
const cases = (['max_pool_2d', 'average_pool_2d'] as const).flatMap((kind) => [
  pooled(spec, kind, 2, 2),
  pooled(spec, kind, 3, 3),
  pooled(spec, kind, 3, 2),
  pooled({ ...spec, kernel: [1, 1] }, kind, 2, 2),
  pooled({ ...spec, kernel: [1, 1], width: 7 }, kind, 3, 1),
]);

describe('a pool after a convolution', () => {
  it.each(cases)('keeps of its input the rows under its window: $name', ({ model, pool }) => {
    for (const core of ['m4', 'm0plus'] as const satisfies Core[]) {
      for (const mode of ['whole', 'row-fed'] as const) {
        const plan = planFront(model, core, mode).at(-1);
        if (plan === undefined) throw new Error('there is no plan');
        checkPlan(model, plan);
        const [source] = pool.inputs;
        const rings = plan.buffers.filter(({ tensors }) => tensors.includes(source));
        const [, , width, channels] = model.tensors[source].shape;
        expect(rings.map(({ bytes }) => bytes)).toEqual([pool.filterH * width * channels]);
      }
    }
  });

  it('gives the interpreter’s bytes, streamed', async () => {
    const runs = cases.map(({ model }, seed) => ({ model, input: randomInputs8(seed, model) }));
    const jobs = runs.map(({ model, input }) => ({
      files: compileModel(model, { core: 'm4', plan: 'stream', input: 'row-fed' }).files,
      inputs: [concatenated(input)],
    }));
    const outputs = await runOnHost(jobs, { flags: ['-O1'] });
    runs.forEach(({ model, input }, index) => {
      expect(outputs[index], cases[index]?.name).toEqual([concatenated(interpret(model, input))]);
    });
  });
});
