import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  architectureCost,
  architectureSchema,
  defaultArchitecture,
  isInRange,
  layersOf,
  readArchitecture,
  samePadding,
  validateArchitecture,
  type Architecture,
  type Layer,
} from '../../../main/core/architecture/index.ts';

const published = join(import.meta.dirname, '../../../../shared/architectures');

const small: Architecture = {
  name: 'small',
  input: { height: 10, width: 7, channels: 1 },
  stem: { channels: 8, kernel: 3, strideH: 2, strideW: 1 },
  blocks: [
    { expandedChannels: 8, kernel: 3, strideH: 1, strideW: 1, channels: 8, residual: true },
    { expandedChannels: 24, kernel: 5, strideH: 2, strideW: 2, channels: 12, residual: false },
  ],
  headChannels: 20,
  classes: 4,
};

describe('the layers of an architecture', () => {
  it('stand in the order of execution, with shapes, and no expansion where nothing is expanded', () => {
    expect(
      layersOf(small).map(({ name, output: { height, width, channels } }) => `${name} ${height}x${width}x${channels}`),
    ).toEqual([
      'stem 5x7x8',
      'block0.depthwise 5x7x8',
      'block0.project 5x7x8',
      'block1.expand 5x7x24',
      'block1.depthwise 3x4x24',
      'block1.project 3x4x12',
      'head 3x4x20',
      'classifier 1x1x4',
    ]);
  });

  it('say whose output they read, and whose they add', () => {
    expect(layersOf(small).map(({ reads, adds }) => [reads, adds])).toEqual([
      [-1, null],
      [0, null],
      [1, 0],
      ...[2, 3, 4, 5, 6].map((reads) => [reads, null]),
    ]);
  });

  it('of residual blocks have a convolution as shortcut where shapes differ, and a ReLU6 behind the sum', () => {
    const block = { kind: 'residual', kernel: 3, strideH: 1, strideW: 1 } as const;
    const blocks = [
      { ...block, channels: 8 },
      { ...block, strideH: 2, strideW: 2, channels: 16 },
      { ...block, kind: 'convolution', channels: 6 } as const,
    ];
    const layers = layersOf({ ...small, blocks, headChannels: null });
    expect(layers.map(({ name, kernel, reads, adds, sumRelu6 }) => [name, kernel, reads, adds, sumRelu6])).toEqual([
      ['stem', 3, -1, null, false],
      ['block0.first', 3, 0, null, false],
      ['block0.second', 3, 1, 0, true],
      ['block1.shortcut', 1, 2, null, false],
      ['block1.first', 3, 2, null, false],
      ['block1.second', 3, 4, 3, true],
      ['block2.convolution', 3, 5, null, false],
      ['classifier', 1, 6, null, false],
    ]);
    const [, , , shortcut, first] = layers;
    expect(shortcut.output).toEqual({ height: 3, width: 4, channels: 16 });
    expect(first.output).toEqual(shortcut.output);
    expect(first.macs).toBe(3 * 4 * 9 * 8 * 16);
  });

  it('count multiplications and weights', () => {
    const expand = layersOf(small).find(({ name }) => name === 'block1.expand');
    expect(expand?.macs).toBe(5 * 7 * 8 * 24);
    expect(expand?.kernelWeights).toBe(8 * 24);
  });

  it('are padded as TensorFlow’s SAME pads: the odd zero comes last', () => {
    expect(samePadding(10, 3, 2)).toEqual({ output: 5, before: 0, after: 1 });
    expect(samePadding(7, 3, 1)).toEqual({ output: 7, before: 1, after: 1 });
    expect(samePadding(5, 7, 2)).toEqual({ output: 3, before: 3, after: 3 });
    expect(samePadding(9, 3, 4)).toEqual({ output: 3, before: 1, after: 1 });
  });
});

describe('the cost of an architecture', () => {
  it('is the sum over its layers', () => {
    const window = {
      kernel: fc.constantFrom(3 as const, 5 as const, 7 as const),
      strideH: fc.integer({ min: 1, max: 3 }),
      strideW: fc.integer({ min: 1, max: 3 }),
      channels: fc.integer({ min: 1, max: 9 }),
    };
    const blocks = fc.array(
      fc.oneof(
        fc.record({ expandedChannels: fc.integer({ min: 1, max: 9 }), ...window, residual: fc.constant(false) }),
        fc.record({ kind: fc.constantFrom('convolution' as const, 'residual' as const), ...window }),
      ),
    );
    fc.assert(
      fc.property(blocks, fc.option(fc.integer({ min: 1, max: 9 })), (blocks, headChannels) => {
        const architecture: Architecture = { ...small, blocks, headChannels };
        const layers = layersOf(architecture);
        const sum = (of: (layer: Layer) => number): number => layers.reduce((total, layer) => total + of(layer), 0);
        expect(architectureCost(architecture)).toEqual({
          macs: sum(({ macs }) => macs),
          parameters: sum(
            ({ kernelWeights, output, kind }) => kernelWeights + output.channels * (kind === 'dense' ? 1 : 2),
          ),
          modelBytes: sum(({ kernelWeights, output }) => kernelWeights + 4 * output.channels),
        });
      }),
    );
  });
});

describe('an impossible architecture', () => {
  const refusal = (change: Partial<Architecture>): unknown => {
    try {
      validateArchitecture({ ...small, ...change });
    } catch (thrown) {
      return thrown;
    }
    return null;
  };

  it('is refused with the field that is wrong', () => {
    const [first] = small.blocks;
    const second = { expandedChannels: 24, kernel: 5, strideH: 2, strideW: 2, channels: 12 } as const;
    expect(refusal({ blocks: [first, { ...second, residual: true }] })).toMatchObject({
      code: 'architecture.invalid',
      message: expect.stringContaining('blocks.1.residual'),
    });
    expect(refusal({ classes: 1 })).toMatchObject({ message: expect.stringContaining('classes') });
    expect(refusal({ input: { height: 0, width: 7, channels: 1 } })).toMatchObject({
      message: expect.stringContaining('input.height'),
    });
    expect(refusal({})).toBeNull();
  });

  it('is the same to the fast check as to the schema', () => {
    const number = fc.constantFrom(-1, 0, 1, 2, 3, 4, 5, 7, 8, 1.5, 4096, 4097, 8192, 8193, 65536, 65537);
    const window = { kernel: number, strideH: number, strideW: number, channels: number };
    const block = fc.oneof(
      fc.record({ expandedChannels: number, ...window, residual: fc.boolean() }),
      fc.record({ kind: fc.constantFrom('convolution' as const, 'residual' as const), ...window }),
    );
    const architecture = fc.record({
      name: fc.constantFrom('', 'a name'),
      input: fc.record({ height: number, width: number, channels: number }),
      stem: fc.record(window),
      blocks: fc.array(block, { maxLength: 2 }),
      headChannels: fc.option(number),
      classes: number,
    });
    const field = fc.constantFrom('name', 'input', 'stem', 'blocks', 'headChannels', 'classes');
    fc.assert(
      fc.property(architecture, field, (drawn, changed) => {
        // Mostly right, or almost nothing would ever pass.
        const document = { ...small, [changed]: drawn[changed as keyof typeof drawn] } as Architecture;
        expect(isInRange(document)).toBe(architectureSchema.safeParse(document).success);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused when the document is none', () => {
    expect(() => readArchitecture('nonsense')).toThrow(/not an architecture/);
    expect(() => readArchitecture({ ...small, stem: { ...small.stem, kernel: 4 } })).toThrow(/stem\.kernel/);
    expect(() => readArchitecture({ id: 'x', first_conv: { k: 3, s: 2 } })).toThrow(/first_conv\.out|resolution/);
  });
});

describe.skipIf(!existsSync(published))('MIT’s published networks', () => {
  const files = existsSync(published) ? readdirSync(published) : [];
  for (const file of files.filter((name) => /^(mcunet|mbv2|proxyless).*\.json$/.test(name))) {
    it(`${file} has its published multiplications and parameters`, () => {
      const document = JSON.parse(readFileSync(join(published, file), 'utf8')) as {
        macs: number;
        weights: number;
        params_with_bn: number;
      };
      const architecture = readArchitecture(document);
      const cost = architectureCost(architecture);
      expect(cost.macs).toBe(document.macs);
      expect(layersOf(architecture).reduce((sum, layer) => sum + layer.kernelWeights, 0)).toBe(document.weights);
      expect(cost.parameters).toBe(document.params_with_bn);
    });
  }
});

describe('the default architecture', () => {
  it('is the widest within the budget', () => {
    const shape = { height: 32, width: 32, channels: 3 };
    const cost = architectureCost(defaultArchitecture(shape, 10, { macs: 6e6 }));
    expect(cost.macs).toBeLessThanOrEqual(6e6);
    expect(cost.macs).toBeGreaterThan(4e6);
    const bytes = architectureCost(defaultArchitecture(shape, 10, { macs: 6e6, modelBytes: 60_000 })).modelBytes;
    expect(bytes).toBeLessThanOrEqual(60_000);
  });

  it('keeps long and thin inputs from vanishing', () => {
    const layers = layersOf(defaultArchitecture({ height: 98, width: 10, channels: 1 }, 12, { macs: 3e6 }));
    const last = layers.at(-2);
    expect(last?.output.height).toBeGreaterThanOrEqual(4);
    expect(last?.output.width).toBeGreaterThanOrEqual(2);
  });
});
