/**
 * Sums in which nothing cancels out: every weight of a channel has the same sign and the largest magnitude, and so has every
 * input. Accumulators go where ordinary ones never do, and all kernels, fast and portable, still equal the interpreter.
 */
import { describe, expect, it } from 'vitest';
import { hwc } from '../../../../main/core/engine/kernels/kernel.ts';
import { kernelVariants } from '../../../../main/core/engine/kernels/variants.ts';
import type { Model } from '../../../../main/core/graph/index.ts';
import { createRandom } from '../../../../main/core/random/index.ts';
import { convolutionModel, meanModel, poolModel, type ConvolutionSpec } from './models.ts';
import { randomInputs, type RigCase } from './rig.ts';
import { failuresOf, hasTools } from './runRig.ts';

const random = createRandom(31);
const ordinary = { stride: [1, 1], padding: 'same', coherent: true } as const;

const shapes: readonly Omit<ConvolutionSpec, 'relu'>[] = [
  ...[64, 256, 512, 520, 1024].map((channels) => ({
    ...{ ...ordinary, height: 2, width: 3, channels, outputChannels: 8 },
    kernel: [1, 1] as const,
  })),
  { ...ordinary, height: 1, width: 1, channels: 3000, outputChannels: 8, kernel: [1, 1] },
  { ...ordinary, height: 3, width: 3, channels: 70, outputChannels: 6, kernel: [3, 3] },
  { ...ordinary, height: 5, width: 5, channels: 40, outputChannels: 4, kernel: [5, 5] },
  { ...ordinary, height: 11, width: 11, channels: 3, outputChannels: 4, kernel: [11, 11], padding: 'valid' },
  { ...ordinary, height: 7, width: 7, channels: 5, kernel: [7, 7] },
  { ...ordinary, height: 4, width: 6, channels: 5, kernel: [3, 3] },
  { ...ordinary, height: 12, width: 9, channels: 1, depthMultiplier: 8, kernel: [10, 8] },
];
const convolutions = shapes.flatMap((shape) =>
  [true, false].flatMap((relu) =>
    [-128, 0, 127].map((inputZero) => convolutionModel({ ...shape, relu, inputZero }, random)),
  ),
);
const others = [
  poolModel({
    ...{ kind: 'average_pool_2d', height: 40, width: 50, channels: 4, kernel: [40, 50], stride: [1, 1] },
    padding: 'valid',
  }),
  meanModel([1, 60, 70, 4], [1, 2], random),
];

function casesOf(model: Model): RigCase[] {
  const [operator] = model.operators;
  const filled = [-128, 127].map((value) => randomInputs(model, random).map((input) => input.fill(value)));
  return kernelVariants({ model, operator, core: 'm4' }).flatMap((variant) =>
    [...filled, randomInputs(model, random, true)].map((inputs) => ({
      name: `${operator.kind} ${variant.name}`,
      ...{ model, variant, outputLayout: hwc, inputs },
    })),
  );
}

describe('kernels with the largest sums there are', () => {
  const cases = [...convolutions, ...others].flatMap((model) => casesOf(model));

  it('are those of every shape', () => {
    expect(new Set(cases.map(({ model }) => model)).size).toBe(convolutions.length + others.length);
  });

  it.skipIf(!hasTools('host'))(
    'equal the interpreter on this machine',
    async () => {
      expect(await failuresOf(cases, 'host')).toEqual([]);
    },
    240_000,
  );

  it.skipIf(!hasTools('cortex-m4'))(
    'equal the interpreter on a Cortex-M4',
    async () => {
      expect(await failuresOf(cases, 'cortex-m4')).toEqual([]);
    },
    240_000,
  );
});
