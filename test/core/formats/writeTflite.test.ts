import { describe, expect, it } from 'vitest';
import { readTflite, writeTflite } from '../../../main/core/formats/index.ts';
import { inspectModel, interpret, type Model, ModelBuilder, type Tensor } from '../../../main/core/graph/index.ts';
import { randomInputs8, randomModel } from '../../support/randomModel.ts';
import { hasSharedModels, sharedModel, sharedModelNames } from '../../support/sharedModels.ts';

const seeds = Array.from({ length: 300 }, (_, seed) => seed);

/** The model with each reference to a tensor replaced by the tensor: what it is, whatever the numbering. */
function described(model: Model): unknown {
  const at = (id: number): unknown => {
    const { data, ...tensor } = model.tensors[id] as Tensor;
    // As text, since a million numbers take long to compare one by one.
    return { ...tensor, data: data === null ? null : Buffer.from(data.buffer).toString('base64') };
  };
  return {
    operators: model.operators.map(({ inputs, outputs, name: _, ...parameters }) => ({
      ...parameters,
      inputs: inputs.map(at),
      outputs: outputs.map(at),
    })),
    inputs: model.inputs.map(at),
    outputs: model.outputs.map(at),
  };
}

/** Operators that do not lead to an output are not read back; random models have none of them. */
describe('writeTflite', () => {
  it('writes what reads back as the same model', () => {
    for (const seed of seeds) {
      const model = randomModel(seed, { onlyTflite: true });
      const back = readTflite(writeTflite(model), model.name);
      expect(described(back), `seed ${seed}`).toEqual(described(model));
    }
  });

  it('writes paddings of any kind as PAD, with the same results', () => {
    let padded = 0;
    for (const seed of seeds) {
      const model = randomModel(seed, { kinds: ['conv2d', 'depthwise_conv2d', 'max_pool_2d'], operators: 4 });
      const bytes = writeUnlessClamped(model);
      if (bytes === null) continue;
      const back = readTflite(bytes, model.name);
      padded += back.operators.length - model.operators.length;
      const inputs = randomInputs8(seed, model);
      expect(interpret(back, inputs), `seed ${seed}`).toEqual(interpret(model, inputs));
    }
    expect(padded).toBeGreaterThan(10);
  });

  it('says which operator has a clamp that the format has no words for', () => {
    const builder = new ModelBuilder();
    const input = builder.input([1, 4], 0.5, 0);
    const output = builder.activation([1, 4], 0.5, 0);
    builder.add({ kind: 'add', clamp: { min: -7, max: 9 }, inputs: [input, input], outputs: [output] });
    const model = builder.build('clamped', [output]);
    expect(() => writeTflite(model)).toThrow(
      'Model clamped cannot be written as .tflite: operator “add_0” (add): ' +
        'its clamp -7 … 9 is no RELU, RELU6 or RELU_N1_TO_1.',
    );
  });

  it.skipIf(!hasSharedModels).each(sharedModelNames)('keeps %s as it is', (name) => {
    const model = sharedModel(name);
    const back = readTflite(writeTflite(model), name);
    expect(described(back)).toEqual(described(model));
    expect(inspectModel(back).macs).toBe(inspectModel(model).macs);
  });

  it('aligns constants to 16 bytes, as the runtime expects of a file in memory', () => {
    const weights = Int8Array.from({ length: 48 }, (_, index) => index * 5 - 120);
    const builder = new ModelBuilder();
    const input = builder.input([1, 8], 0.5, 0);
    const output = builder.activation([1, 6], 0.5, 0);
    const inputs = [input, builder.weights([6, 8], weights, [0.01], 0)];
    builder.add({ kind: 'fully_connected', clamp: { min: -128, max: 127 }, inputs, outputs: [output] });
    const file = Buffer.from(writeTflite(builder.build('aligned', [output])));
    expect(file.indexOf(Buffer.from(weights.buffer)) % 16).toBe(0);
  });
});

function writeUnlessClamped(model: Model): Uint8Array | null {
  try {
    return writeTflite(model);
  } catch (thrown) {
    expect(String(thrown)).toMatch(/its clamp/);
    return null;
  }
}
