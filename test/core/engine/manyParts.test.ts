/** Models that count beyond what a byte, or what the engine, can count; and kernels that differ in little. */
import { describe, expect, it, vi } from 'vitest';
import { compileModel } from '../../../main/core/engine/index.ts';
import { clampFor, interpret, ModelBuilder, type Model, type TensorId } from '../../../main/core/graph/index.ts';
import { concatenated, runOnHost } from '../../support/hostC.ts';
import { randomInputs8 } from '../../support/randomModel.ts';

// Compilers at work, on a machine that may have other work to do.
vi.setConfig({ testTimeout: 240_000 });

const SCALE = 0.05;
const none = clampFor('none', SCALE, 0);

/** An image taken apart into its channels, which are put together again in the opposite order. */
function turnedAround(channels: number): Model {
  const builder = new ModelBuilder();
  const input = builder.input([1, 3, 2, channels], SCALE, 0);
  const parts = Array.from({ length: channels }, () => builder.activation([1, 3, 2, 1], SCALE, 0));
  builder.add({ kind: 'split', axis: 3, inputs: [input], outputs: parts });
  const output = builder.activation([1, 3, 2, channels], SCALE, 0);
  builder.add({ kind: 'concatenation', axis: 3, inputs: parts.toReversed(), outputs: [output] });
  return builder.build('turned around', [output]);
}

/** The same addition of a number, once without an axis and once with one; the same slice with and without its batch. */
function alike(): Model {
  const builder = new ModelBuilder();
  const shape = [1, 8, 8, 4];
  const input = builder.input(shape, SCALE, 0);
  const plus = (source: TensorId, ownShape: readonly number[]): TensorId => {
    const output = builder.activation(shape, SCALE, 0);
    const number = builder.constant(ownShape, Int8Array.of(7), SCALE, 0);
    builder.add({ kind: 'add', clamp: none, inputs: [source, number], outputs: [output] });
    return output;
  };
  const sum = plus(plus(input, []), [1]);
  const slice = (ownShape: readonly number[]): TensorId => {
    const output = builder.activation(ownShape, SCALE, 0);
    const bounds = { begin: [0, 0, 0, 0], end: [1, 4, 8, 4], strides: [1, 1, 1, 1] };
    builder.add({ kind: 'strided_slice', ...bounds, inputs: [sum], outputs: [output] });
    return output;
  };
  return builder.build('alike', [slice([1, 4, 8, 4]), slice([4, 8, 4])]);
}

describe.each([turnedAround(300), alike()])('the C of $name', (model) => {
  it("gives the interpreter's bytes", async () => {
    const inputs = randomInputs8(1, model);
    const jobs = (['m4', 'm0'] as const).map((core) => ({
      files: compileModel(model, { core, plan: 'auto', input: 'whole' }).files,
      inputs: [concatenated(inputs)],
    }));
    const wanted = [concatenated(interpret(model, inputs))];
    const outputs = await runOnHost(jobs, {
      flags: ['-O1', '-fsanitize=undefined', '-fno-sanitize-recover', '-Werror'],
    });
    expect(outputs).toEqual([wanted, wanted]);
  });
});

describe('a signal of more rows than are counted', () => {
  it.each([32_768, 2 ** 26])('is refused before anything is planned: %d', (rows) => {
    const builder = new ModelBuilder();
    const input = builder.input([1, rows, 1, 1], SCALE, 0);
    const output = builder.activation([1, rows, 1, 1], 1 / 256, -128);
    builder.add({ kind: 'logistic', inputs: [input], outputs: [output] });
    const model = builder.build('tall', [output]);
    expect(() => compileModel(model, { core: 'm4', plan: 'auto', input: 'whole' })).toThrow(/rows; 32,767 is the most/);
  });
});
