/**
 * Every variant of the fast kernels, over shapes that divide evenly and shapes that do not, equals the reference
 * interpreter in every byte: its plain C twin on this machine, its assembly on an emulated Cortex-M4. The packed data is
 * the same for both.
 */
import { describe, expect, it } from 'vitest';
import { kernelsHeader } from '../../../../main/core/engine/kernels/support.ts';
import { hwc } from '../../../../main/core/engine/kernels/kernel.ts';
import { dspMakers } from '../../../../main/core/engine/kernels/dsp/index.ts';
import { rowShapeOf } from '../../../../main/core/engine/rows.ts';
import { outputOf, type Model } from '../../../../main/core/graph/index.ts';
import { createRandom, type Random } from '../../../../main/core/random/index.ts';
import {
  additionModel,
  convolutionModel,
  denseModel,
  describeWindow,
  meanModel,
  poolModel,
  productModel,
  type ConvolutionSpec,
  type DenseSpec,
  type PoolSpec,
  type ProductSpec,
} from './models.ts';
import { planarLayout, randomInputs, type RigCase } from './rig.ts';
import { failuresOf, hasTools } from './runRig.ts';

const ordinary = { stride: [1, 1], padding: 'same', relu: true } as const;

const pointwise: readonly ConvolutionSpec[] = [
  { ...ordinary, height: 3, width: 4, channels: 8, outputChannels: 16, kernel: [1, 1] },
  { ...ordinary, height: 5, width: 5, channels: 24, outputChannels: 20, kernel: [1, 1] },
  { ...ordinary, height: 4, width: 3, channels: 40, outputChannels: 10, kernel: [1, 1] },
  { ...ordinary, height: 3, width: 3, channels: 68, outputChannels: 7, kernel: [1, 1], relu: false },
  { ...ordinary, height: 5, width: 7, channels: 12, outputChannels: 8, kernel: [1, 1], stride: [2, 2] },
  { ...ordinary, height: 2, width: 5, channels: 7, outputChannels: 6, kernel: [1, 1] },
  { ...ordinary, height: 1, width: 1, channels: 160, outputChannels: 9, kernel: [1, 1], relu: false },
  { ...ordinary, height: 2, width: 2, channels: 32, outputChannels: 4, kernel: [1, 1], extreme: true },
  { ...ordinary, height: 2, width: 3, channels: 16, outputChannels: 8, kernel: [1, 1], negative: true },
  { ...ordinary, height: 2, width: 3, channels: 20, outputChannels: 40, kernel: [1, 1], relu: false, heavy: true },
  { ...ordinary, height: 2, width: 3, channels: 4, outputChannels: 4, kernel: [1, 1], clamp: { min: -100, max: 90 } },
];

const windowed: readonly ConvolutionSpec[] = [
  { ...ordinary, height: 9, width: 9, channels: 3, outputChannels: 8, kernel: [3, 3], stride: [2, 2] },
  { ...ordinary, height: 8, width: 8, channels: 3, outputChannels: 8, kernel: [3, 3], stride: [2, 2] },
  { ...ordinary, height: 6, width: 5, channels: 3, outputChannels: 6, kernel: [3, 3] },
  { ...ordinary, height: 13, width: 10, channels: 1, outputChannels: 12, kernel: [10, 4], stride: [2, 2] },
  { ...ordinary, height: 5, width: 6, channels: 16, outputChannels: 8, kernel: [3, 3], relu: false },
  { ...ordinary, height: 6, width: 6, channels: 32, outputChannels: 4, kernel: [3, 3], stride: [2, 2] },
  { ...ordinary, height: 7, width: 7, channels: 8, outputChannels: 4, kernel: [5, 5], padding: 'valid' },
  { ...ordinary, height: 3, width: 4, channels: 3, outputChannels: 40, kernel: [3, 3], relu: false, heavy: true },
  { ...ordinary, height: 4, width: 6, channels: 2, outputChannels: 5, kernel: [3, 2] },
  { ...ordinary, height: 9, width: 8, channels: 1, depthMultiplier: 8, kernel: [10, 8], stride: [2, 2] },
  { ...ordinary, height: 3, width: 5, channels: 1, depthMultiplier: 6, kernel: [1, 1] },
  {
    ...{ ...ordinary, height: 3, width: 5, channels: 8, outputChannels: 4, kernel: [1, 1], stride: [2, 2] },
    padding: { top: 0, bottom: 0, left: 0, right: 0 },
  },
  {
    ...ordinary,
    height: 7,
    width: 7,
    channels: 4,
    outputChannels: 4,
    kernel: [2, 2],
    stride: [3, 3],
    padding: 'valid',
  },
  {
    ...ordinary,
    height: 4,
    width: 5,
    channels: 4,
    outputChannels: 4,
    kernel: [3, 3],
    padding: { top: 2, bottom: 0, left: 0, right: 2 },
  },
];

const dilated: readonly ConvolutionSpec[] = [
  { ...ordinary, height: 7, width: 8, channels: 8, outputChannels: 6, kernel: [3, 3], dilation: [2, 2] },
  { ...ordinary, height: 6, width: 7, channels: 3, outputChannels: 4, kernel: [3, 2], dilation: [1, 3] },
  { ...ordinary, height: 9, width: 5, channels: 5, outputChannels: 5, kernel: [3, 1], dilation: [3, 1] },
  {
    ...ordinary,
    height: 9,
    width: 9,
    channels: 4,
    outputChannels: 4,
    kernel: [3, 3],
    stride: [2, 2],
    dilation: [2, 2],
  },
  { ...ordinary, height: 8, width: 9, channels: 3, kernel: [3, 3], dilation: [2, 2] },
  { ...ordinary, height: 8, width: 9, channels: 3, kernel: [3, 3], dilation: [1, 3] },
  { ...ordinary, height: 9, width: 9, channels: 2, kernel: [5, 3], stride: [2, 2], dilation: [2, 3] },
  { ...ordinary, height: 3, width: 3, channels: 5, kernel: [3, 3], dilation: [3, 3], relu: false },
];

const unusual: readonly ConvolutionSpec[] = [
  // Fewer than four outputs.
  { ...ordinary, height: 3, width: 5, channels: 8, outputChannels: 1, kernel: [1, 1] },
  { ...ordinary, height: 4, width: 4, channels: 7, outputChannels: 2, kernel: [1, 1], relu: false },
  { ...ordinary, height: 5, width: 5, channels: 6, outputChannels: 3, kernel: [3, 3] },
  { ...ordinary, height: 1, width: 1, channels: 20, outputChannels: 2, kernel: [1, 1], relu: false },
  // Several outputs of each input.
  { ...ordinary, height: 4, width: 5, channels: 3, depthMultiplier: 2, kernel: [3, 3] },
  { ...ordinary, height: 4, width: 9, channels: 2, depthMultiplier: 3, kernel: [5, 5] },
  { ...ordinary, height: 4, width: 4, channels: 3, depthMultiplier: 4, kernel: [7, 7], relu: false },
  { ...ordinary, height: 6, width: 12, channels: 2, depthMultiplier: 2, kernel: [3, 3], stride: [2, 2] },
];

const sizes = [
  [3, 5, 1],
  [3, 8, 1],
  [3, 7, 2],
  [3, 12, 2],
  [5, 3, 1],
  [5, 10, 1],
  [5, 9, 2],
  [7, 3, 1],
  [7, 5, 1],
  [7, 9, 1],
  [7, 14, 2],
] as const;

const depthwise: readonly ConvolutionSpec[] = [
  ...sizes.map(([size, extent, stride], index): ConvolutionSpec => ({
    height: Math.min(extent, 6) + (stride - 1),
    width: extent,
    channels: 1 + (index % 6),
    kernel: [size, size],
    stride: [stride, stride],
    padding: 'same',
    relu: index % 3 > 0,
  })),
  ...[4, 6].map((width): ConvolutionSpec => ({
    ...ordinary,
    height: 5,
    width,
    channels: 3,
    kernel: [7, 7],
    depthMultiplier: 2,
    inputZero: -128,
  })),
  { ...ordinary, height: 6, width: 6, channels: 3, kernel: [3, 5], dilation: [2, 1], inputZero: -128, relu: false },
  // Rows outside the image are skipped, columns outside are left out of straight code: one tile a row, two, a loop.
  ...[3, 4, 5, 6, 7, 8, 11].flatMap((extent) =>
    [3, 5, 7].map((size): ConvolutionSpec => ({
      ...ordinary,
      height: Math.max(3, extent - 1),
      width: extent,
      channels: 3,
      kernel: [size, size],
      stride: extent === 11 ? [2, 2] : [1, 1],
      relu: extent % 2 === 0,
      inputZero: -128,
    })),
  ),
  { ...ordinary, inputZero: -128, height: 13, width: 13, channels: 2, kernel: [7, 7], stride: [2, 2] },
  {
    ...ordinary,
    inputZero: -128,
    height: 3,
    width: 4,
    channels: 2,
    kernel: [3, 3],
    padding: { top: 2, bottom: 2, left: 3, right: 3 },
  },
  {
    ...ordinary,
    inputZero: -128,
    height: 3,
    width: 3,
    channels: 2,
    kernel: [5, 7],
    padding: { top: 4, bottom: 3, left: 6, right: 0 },
  },
  { ...ordinary, height: 5, width: 6, channels: 3, kernel: [5, 3] },
  { ...ordinary, height: 6, width: 9, channels: 3, kernel: [1, 7] },
  { ...ordinary, height: 6, width: 6, channels: 5, kernel: [2, 2], stride: [2, 2] },
  { ...ordinary, height: 9, width: 13, channels: 2, kernel: [3, 3], stride: [3, 3] },
  { ...ordinary, height: 6, width: 6, channels: 4, kernel: [3, 3], padding: 'valid', extreme: true },
  { ...ordinary, height: 4, width: 4, channels: 4, kernel: [3, 3], negative: true },
  { ...ordinary, height: 3, width: 5, channels: 40, kernel: [3, 3], relu: false, heavy: true },
  { ...ordinary, height: 3, width: 5, channels: 40, kernel: [5, 5], relu: false, heavy: true },
  { ...ordinary, height: 4, width: 6, channels: 2, kernel: [7, 4], padding: { top: 1, bottom: 4, left: 3, right: 0 } },
  { ...ordinary, height: 4, width: 5, channels: 4, kernel: [5, 5], clamp: { min: -90, max: 100 } },
];

const dense: readonly DenseSpec[] = [
  { batches: 1, inputs: 64, outputs: 12, relu: true },
  { batches: 1, inputs: 8, outputs: 24, relu: true },
  { batches: 2, inputs: 13, outputs: 5, relu: false },
  { batches: 1, inputs: 300, outputs: 8, relu: true },
  { batches: 1, inputs: 34, outputs: 9, relu: false },
];

const pools: readonly PoolSpec[] = (['average_pool_2d', 'max_pool_2d'] as const).flatMap((kind): PoolSpec[] => [
  { kind, height: 6, width: 6, channels: 8, kernel: [2, 2], stride: [2, 2], padding: 'valid' },
  { kind, height: 5, width: 7, channels: 4, kernel: [3, 3], stride: [2, 2], padding: 'same' },
  { kind, height: 12, width: 20, channels: 4, kernel: [12, 20], stride: [1, 1], padding: 'valid' },
  {
    ...{ kind, height: 5, width: 5, channels: 12, kernel: [3, 2], stride: [1, 1], padding: 'same' },
    clamp: { min: -90, max: 70 },
  },
]);

const products: readonly ProductSpec[] = [
  { shape: [1, 3, 5, 8], other: [1, 3, 5, 8] },
  { shape: [1, 3, 5, 8], other: [1, 1, 1, 8] },
  { shape: [1, 3, 5, 7], other: [1, 7], otherFirst: true },
  { shape: [1, 3, 5, 8], other: [1, 3, 5, 8], constant: true },
  { shape: [1, 2, 3, 6], other: [6], constant: true, otherFirst: true },
  { shape: [1, 30], other: [1, 1], clamp: { min: -70, max: 60 } },
  { shape: [2, 5, 6], other: [6] },
];

const means: readonly (readonly [shape: readonly number[], axes: readonly number[]])[] = [
  [
    [1, 5, 7, 8],
    [1, 2],
  ],
  [
    [1, 2, 300, 4],
    [1, 2],
  ],
  [[1, 3, 5, 12], [2]],
  [[1, 3, 160], [1]],
  [[4, 3, 8], [1]],
  [
    [1, 6, 1, 8],
    [1, 2],
  ],
];

/** Every variant, with hwc outputs, and with planar ones where it can. */
function casesOf(name: string, model: Model, random: Random): RigCase[] {
  const [operator] = model.operators;
  if (operator === undefined) return [];
  const variants = dspMakers.flatMap((maker) => maker({ model, operator, core: 'm4' }));
  const shape = rowShapeOf(outputOf(model, operator));
  return variants.flatMap((variant) =>
    [hwc, ...(variant.writesPlanar ? [planarLayout(shape, 1, 2)] : [])].map((outputLayout) => ({
      name: `${name} ${variant.name} ${outputLayout.kind}`,
      model,
      variant,
      outputLayout,
      inputs: randomInputs(model, random, random.below(4) === 0),
    })),
  );
}

function allCases(): RigCase[] {
  const random = createRandom(20);
  const windows = [...pointwise, ...windowed, ...depthwise, ...dilated, ...unusual].flatMap((spec) =>
    casesOf(describeWindow(spec), convolutionModel(spec, random), random),
  );
  const fullyConnected = dense.flatMap((spec) =>
    casesOf(`dense ${String(spec.inputs)}->${String(spec.outputs)}`, denseModel(spec, random), random),
  );
  const sums = Array.from({ length: 10 }, (_, index) => {
    const scale = (): number => 0.01 * 2 ** (random.next() * 4);
    const zero = (): number => random.below(256) - 128;
    const model = additionModel({
      kind: index % 4 === 3 ? 'sub' : 'add',
      shape: [1, 2, 8, 16 + index],
      scales: [scale(), scale(), scale()],
      zeroPoints: [zero(), zero(), zero()],
      ...(index === 5 ? { clamp: { min: -60, max: 80 } } : {}),
    });
    return casesOf(`sum ${String(index)}`, model, random);
  }).flat();
  const pooled = pools.flatMap((spec) => casesOf(`${spec.kind} ${spec.kernel.join('x')}`, poolModel(spec), random));
  const multiplied = products.flatMap((spec) =>
    casesOf(`product ${spec.shape.join('x')} by ${spec.other.join('x')}`, productModel(spec, random), random),
  );
  const averaged = means.flatMap(([shape, axes]) =>
    casesOf(`mean ${shape.join('x')} over ${axes.join()}`, meanModel(shape, axes, random), random),
  );
  return [...windows, ...fullyConnected, ...sums, ...pooled, ...multiplied, ...averaged];
}

describe('the kernels for the DSP extension', () => {
  const cases = allCases();

  it('take on every shape here', () => {
    const covered = new Set(cases.map(({ model }) => model));
    const windows =
      pointwise.length + windowed.length + depthwise.length + dilated.length + unusual.length + pools.length;
    expect(covered.size).toBe(windows + dense.length + 10 + products.length + means.length);
  });

  it('bring every function that they call', () => {
    for (const { name, variant, outputLayout } of cases) {
      const { functions } = variant.emit({ inputs: variant.inputLayouts, outputs: [outputLayout] });
      const code = [kernelsHeader, ...functions.map((each) => each.code)].join('\n');
      const called = [...code.matchAll(/\b(model_\w+) ?\(/g)].map((match) => match[1] ?? '');
      const there = (called_: string): boolean => new RegExp(`[ *]${called_}\\([^;]*?\\) \\{`).test(code);
      expect(
        called.filter((each) => !there(each)),
        name,
      ).toEqual([]);
    }
  });

  it.skipIf(!hasTools('host'))(
    'equal the interpreter in plain C on this machine',
    async () => {
      expect(await failuresOf(cases, 'host')).toEqual([]);
    },
    120_000,
  );

  it.skipIf(!hasTools('cortex-m4'))(
    'equal the interpreter in assembly on a Cortex-M4',
    async () => {
      expect(await failuresOf(cases, 'cortex-m4')).toEqual([]);
    },
    120_000,
  );

  it.skipIf(!hasTools('host'))(
    'sum two channels in one word only where the upper one keeps all its bits',
    async () => {
      const random = createRandom(6);
      // 516 · 127 · 128 is just below 2^23.
      const sums = [true, false].flatMap((relu) =>
        [127, -127].map((coherent) => ({ batches: 1, outputs: 8, relu, coherent })),
      );
      const fitting = sums.flatMap((spec) => {
        const model = denseModel({ ...spec, inputs: 516 }, random);
        const variants = casesOf(`dense of ${String(spec.coherent)}`, model, random);
        expect(variants).toHaveLength(1);
        return [-128, 127].flatMap((value) =>
          variants.map((variant) => ({ ...variant, inputs: [new Int8Array(516).fill(value)] })),
        );
      });
      expect(await failuresOf(fitting, 'host')).toEqual([]);
      for (const spec of sums)
        expect(casesOf('a dense layer beyond', denseModel({ ...spec, inputs: 520 }, random), random)).toEqual([]);
    },
    120_000,
  );

  it('leave to others what they cannot do', () => {
    const random = createRandom(5);
    const wide = convolutionModel({ ...ordinary, height: 9, width: 9, channels: 2, kernel: [9, 9] }, random);
    expect(casesOf('wide window', wide, random)).toEqual([]);
  });
});
