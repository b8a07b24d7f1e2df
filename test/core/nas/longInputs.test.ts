import { describe, expect, it } from 'vitest';
import { layersOf, type InputShape } from '../../../main/core/architecture/index.ts';
import { planCost } from '../../../main/core/engine/index.ts';
import {
  chooseSpace,
  drawSubnets,
  measureSpace,
  parseSearchSpace,
  sampleGenotype,
  smallestGenotype,
  spaceFor,
  SubnetRunner,
  supernetGradient,
  supernetLayout,
  toArchitecture,
  type SearchSpace,
} from '../../../main/core/nas/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import { createWasmBackend, initializeNetwork, sampleBytes } from '../../../main/core/training/index.ts';

const shape = (height: number, width: number, channels = 1): InputShape => ({ height, width, channels });

/** Time is the height; the width is bands of a spectrogram or sensors of a series. */
const spectrograms = [shape(98, 40), shape(49, 13), shape(49, 10), shape(40, 32), shape(32, 9)];
const series = [shape(128, 3), shape(200, 6), shape(64, 1), shape(400, 8), shape(32, 4), shape(50, 2)];
const lying = [shape(1, 128, 3), shape(3, 96)];
const all = [...spectrograms, ...series, ...lying];
const name = ({ height, width, channels }: InputShape): string => `${height}×${width}×${channels}`;
const named = (shapes: readonly InputShape[]) => shapes.map((input) => [name(input), input] as const);

const spaces = (input: InputShape): SearchSpace[] => [0.3, 0.6, 1].map((width) => spaceFor(input, width, 10));

describe('spaces for inputs that are not square', () => {
  it.each(named(all))('hold legal networks, and the engine plans each of them: %s', (_name, input) => {
    const random = createRandom(4);
    for (const space of spaces(input)) {
      expect(parseSearchSpace(JSON.parse(JSON.stringify(space)), 'space')).toEqual(space);
      for (let i = 0; i < 3; i++) {
        const architecture = toArchitecture(space, sampleGenotype(space, random));
        const layers = layersOf(architecture);
        expect(layers[0].input).toEqual(input);
        expect(planCost(architecture, { core: 'm4' }).macs).toBe(layers.reduce((sum, { macs }) => sum + macs, 0));
      }
    }
  });

  it.each(named(spectrograms))('of spectrograms end with a few rows and columns to look at: %s', (_name, input) => {
    for (const space of spaces(input)) {
      const { output } = layersOf(toArchitecture(space, smallestGenotype(space))).at(-2) ?? {};
      for (const side of [output?.height ?? 0, output?.width ?? 0]) {
        expect(side).toBeGreaterThanOrEqual(3);
        expect(side).toBeLessThanOrEqual(8);
      }
    }
  });

  it.each(named(series))('of series take in all sensors early, and keep looking along time: %s', (_name, input) => {
    for (const space of spaces(input)) {
      const layers = layersOf(toArchitecture(space, smallestGenotype(space)));
      const [stem] = layers;
      // Every sensor is in some window.
      const { left } = stem.padding;
      const seen = new Set(
        Array.from({ length: stem.output.width }, (_, x) =>
          Array.from({ length: stem.kernel }, (__, tap) => x * stem.strideW - left + tap),
        ).flat(),
      );
      for (let sensor = 0; sensor < input.width; sensor++) expect(seen.has(sensor), `sensor ${sensor}`).toBe(true);
      expect(stem.output.width).toBeLessThanOrEqual(2);
      const { output } = layers.at(-2) ?? stem;
      expect(output.width).toBe(1);
      expect(output.height).toBeGreaterThanOrEqual(3);
    }
  });

  it('leave square images as they are, small ones too', () => {
    for (const input of [shape(8, 8), shape(32, 32, 3), shape(96, 96, 3), shape(48, 64, 3)])
      expect(spaceFor(input, 0.5, 10).stem).toMatchObject({ kernel: 3, strideH: 2, strideW: 2 });
  });

  it.each(named([shape(98, 40), shape(128, 3)]))('are chosen among by what fits: %s', (_name, input) => {
    const judged = (sramBytes: number) =>
      spaces(input).map((space) =>
        measureSpace(
          space,
          12,
          (architecture) => planCost(architecture, { core: 'm4', sramLimitBytes: sramBytes }),
          createRandom(1),
        ),
      );
    const [small, large] = [judged(10_000), judged(200_000)].map((distributions) => chooseSpace(distributions));
    expect(large?.fitting).toBeGreaterThan(0);
    expect(large?.meanFlops).toBeGreaterThanOrEqual(small?.meanFlops ?? 0);
  });

  it.each(named([shape(40, 13), shape(64, 3)]))('have supernets that learn: %s', (_name, input) => {
    const space = spaceFor(input, 0.2, 4);
    const supernet = supernetLayout(space);
    const random = createRandom(3);
    const { weights } = initializeNetwork(toArchitecture(space, supernet.largest), random);
    const count = 8;
    const samples = Uint8Array.from({ length: count * sampleBytes(input) }, () => random.below(256));
    const labels = Array.from({ length: count }, (_, i) => i % 4);
    const runner = new SubnetRunner(createWasmBackend('plain'), supernet, count);
    const options = { distillation: false, labelSmoothing: 0, classes: 4 };
    const subnets = drawSubnets(supernet, { random: 1, sandwich: false, distillation: false }, random);
    const lossOf = (): number => {
      const into = new Float32Array(weights.length);
      const { losses } = supernetGradient(runner, weights, { samples, labels, count }, subnets, options, into);
      for (let i = 0; i < supernet.layout.trainable; i++) weights[i] -= 0.05 * into[i];
      return losses[0];
    };
    const losses = Array.from({ length: 6 }, lossOf);
    expect(losses[5]).toBeLessThan(0.8 * losses[0]);
  });
});
