import { describe, expect, it } from 'vitest';
import { readTflite } from '../../../main/core/formats/index.ts';
import { assembleTflite, type FileTensor, type TfliteFile } from '../../../main/core/formats/tflite/assemble.ts';
import type { EncodedOperator } from '../../../main/core/formats/tflite/encode.ts';
import { interpret } from '../../../main/core/graph/index.ts';
import { hasSharedModels, sharedModel } from '../../support/sharedModels.ts';

const FLOAT32 = 0;
const INT32 = 2;
const UINT8 = 3;
const INT64 = 4;
const INT16 = 7;
const INT8 = 9;

const tensor = (name: string, shape: readonly number[], type = INT8, zeroPoint = 0, scale = 0.5): FileTensor => ({
  name,
  shape,
  type,
  quantization: type === FLOAT32 ? null : { scales: [scale], zeroPoints: [zeroPoint], axis: 0 },
  bytes: null,
});

const ints = (name: string, ...values: readonly number[]): FileTensor => ({
  name,
  shape: [values.length],
  type: INT32,
  quantization: null,
  bytes: new Uint8Array(Int32Array.from(values).buffer),
});

const operator = (code: string, inputs: number[], outputs: number[], more: Partial<EncodedOperator> = {}) => ({
  code,
  optionsType: 0,
  options: [],
  inputs,
  outputs,
  ...more,
});

const file = (parts: Omit<TfliteFile, 'name'>): Uint8Array => assembleTflite({ name: 'main', ...parts });
const read = (parts: Omit<TfliteFile, 'name'>) => readTflite(file(parts), 'it.tflite');

const RELU = file({
  tensors: [tensor('x', [4]), tensor('y', [4])],
  operators: [operator('RELU', [0], [1])],
  inputs: [0],
  outputs: [1],
});

describe('readTflite', () => {
  it('takes a model with float ends as the int8 inside', () => {
    const model = read({
      tensors: [tensor('in', [4], FLOAT32), tensor('x', [4]), tensor('y', [4]), tensor('out', [4], FLOAT32)],
      operators: [operator('QUANTIZE', [0], [1]), operator('RELU', [1], [2]), operator('DEQUANTIZE', [2], [3])],
      inputs: [0],
      outputs: [3],
    });
    expect(model.operators.map(({ kind }) => kind)).toEqual(['relu']);
    expect(model.inputs.map((id) => model.tensors[id]?.name)).toEqual(['x']);
    expect(model.outputs.map((id) => model.tensors[id]?.name)).toEqual(['y']);
  });

  it('takes uint8 ends that only differ by 128 as int8', () => {
    const model = read({
      tensors: [tensor('in', [4], UINT8, 128), tensor('x', [4]), tensor('y', [4]), tensor('out', [4], UINT8, 128)],
      operators: [operator('QUANTIZE', [0], [1]), operator('RELU', [1], [2]), operator('QUANTIZE', [2], [3])],
      inputs: [0],
      outputs: [3],
    });
    expect(model.operators.map(({ kind }) => kind)).toEqual(['relu']);
  });

  it('reads a float input that is quantized twice alike as one int8 input', () => {
    const model = read({
      tensors: [tensor('in', [4], FLOAT32), tensor('a', [4]), tensor('b', [4]), tensor('y', [4])],
      operators: [operator('QUANTIZE', [0], [1]), operator('QUANTIZE', [0], [2]), operator('ADD', [1, 2], [3])],
      inputs: [0],
      outputs: [3],
    });
    expect(interpret(model, [Int8Array.of(1, 2, 3, -4)])).toEqual([Int8Array.of(2, 4, 6, -8)]);
  });

  it('drops the arithmetic of shapes that a dynamic batch leaves behind', () => {
    const model = read({
      tensors: [tensor('x', [1, 4]), tensor('shape', [2], INT32), tensor('y', [1, 2, 2])],
      operators: [operator('SHAPE', [0], [1]), operator('RESHAPE', [0, 1], [2], { optionsType: 17 })],
      inputs: [0],
      outputs: [2],
    });
    expect(model.operators.map(({ kind }) => kind)).toEqual(['reshape']);
  });

  it('takes negative axes, SQUEEZE, EXPAND_DIMS, SPLIT_V and PADV2', () => {
    const model = read({
      tensors: [
        tensor('x', [1, 3]),
        ints('axis', -1),
        ints('sizes', 1, 2),
        tensor('a', [1, 1]),
        tensor('b', [1, 2]),
        ints('amounts', 0, 0, 1, 0),
        { ...tensor('value', []), bytes: Uint8Array.of(0xfb) },
        tensor('padded', [1, 3]),
        tensor('squeezed', [1]),
        tensor('wide', [1, 1]),
      ],
      operators: [
        operator('SPLIT_V', [0, 2, 1], [3, 4]),
        operator('PADV2', [4, 5, 6], [7]),
        operator('SQUEEZE', [3], [8]),
        operator('EXPAND_DIMS', [8, 1], [9]),
      ],
      inputs: [0],
      outputs: [7, 9],
    });
    expect(interpret(model, [Int8Array.of(7, 8, 9)])).toEqual([Int8Array.of(-5, 8, 9), Int8Array.of(7)]);
  });

  it('takes a grouped CONV_2D apart: with one channel in each group it does what DEPTHWISE_CONV_2D does', () => {
    const bytes = Uint8Array.from({ length: 12 }, (_, index) => index * 20);
    const strides = [1, 2].map((field) => ({ field, type: 'int32' as const, value: 1 }));
    const scales = { scales: [0.1, 0.2, 0.3].map(Math.fround), zeroPoints: [0, 0, 0], axis: 0 };
    const ends = { inputs: [0], outputs: [3] };
    const bias = ints('b', 5, -6, 7);
    const whole = [tensor('x', [1, 3, 3, 3], INT8, 4), tensor('y', [1, 2, 2, 3], INT8, -5, 2)] as const;
    const grouped = read({
      tensors: [whole[0], { ...tensor('w', [3, 2, 2, 1]), quantization: scales, bytes }, bias, whole[1]],
      operators: [
        operator('CONV_2D', [0, 1, 2], [3], {
          optionsType: 1,
          options: [{ field: 0, type: 'int8', value: 1 }, ...strides],
        }),
      ],
      ...ends,
    });
    // The same weights with the channel last.
    const transposed = bytes.map((_, index) => bytes[(index % 3) * 4 + Math.floor(index / 3)] ?? 0);
    const depthwise = read({
      tensors: [
        whole[0],
        { ...tensor('w', [1, 2, 2, 3]), quantization: { ...scales, axis: 3 }, bytes: transposed },
        bias,
        whole[1],
      ],
      operators: [
        operator('DEPTHWISE_CONV_2D', [0, 1, 2], [3], {
          optionsType: 2,
          options: [{ field: 0, type: 'int8', value: 1 }, ...strides],
        }),
      ],
      ...ends,
    });
    const input = Int8Array.from({ length: 27 }, (_, index) => ((index * 53) % 256) - 128);
    expect(grouped.operators.length).toBe(5);
    expect(interpret(grouped, [input])).toEqual(interpret(depthwise, [input]));
  });

  it('takes SLICE, with a size of −1 to the end', () => {
    const model = read({
      tensors: [tensor('x', [1, 5]), ints('begin', 0, 2), ints('size', 1, -1), tensor('y', [1, 3])],
      operators: [operator('SLICE', [0, 1, 2], [3])],
      inputs: [0],
      outputs: [3],
    });
    expect(interpret(model, [Int8Array.of(1, 2, 3, 4, 5)])).toEqual([Int8Array.of(3, 4, 5)]);
  });

  it('gives a bias without quantization the scales that its arithmetic implies', () => {
    const model = read({
      tensors: [
        tensor('x', [1, 2]),
        { ...tensor('w', [1, 2], INT8, 0, 0.25), bytes: Uint8Array.of(1, 2) },
        { ...ints('b', 3) },
        tensor('y', [1, 1]),
      ],
      operators: [operator('FULLY_CONNECTED', [0, 1, 2], [3], { optionsType: 8 })],
      inputs: [0],
      outputs: [3],
    });
    const bias = model.tensors[model.operators[0]?.inputs[2] ?? -1];
    expect(bias?.quantization).toEqual({ scales: [0.125], zeroPoints: [0], axis: 0 });
  });

  it('keeps control characters of names away from terminals', () => {
    const model = read({
      tensors: [tensor('x\u001b[31m\u202e', [4]), tensor('y', [4])],
      operators: [operator('RELU', [0], [1])],
      inputs: [0],
      outputs: [1],
    });
    expect(model.tensors[0]?.name).toBe('x [31m ');
  });
});

describe('readTflite refuses', () => {
  const refusal = (bytes: Uint8Array): { code: string; message: string } => {
    try {
      readTflite(bytes, 'it.tflite');
    } catch (thrown) {
      const { code, message } = thrown as { code: string; message: string };
      return { code, message };
    }
    throw new Error('it was read');
  };

  it('an empty file and another kind of file', () => {
    const message = 'it.tflite is not a TensorFlow Lite model: bytes 4 to 8 of such a file read TFL3.';
    expect(refusal(new Uint8Array())).toEqual({ code: 'model.not-tflite', message });
    expect(refusal(new TextEncoder().encode('GIF89a, or so it says'))).toEqual({ code: 'model.not-tflite', message });
  });

  it('a file cut anywhere, or one that is whole is read', () => {
    for (let length = 8; length < RELU.length; length++) {
      const outcome = refusal(RELU.subarray(0, length));
      expect(outcome.code, outcome.message).toMatch(/^model\.(truncated|damaged)$/);
    }
    expect(readTflite(RELU, 'it.tflite').operators.length).toBe(1);
  });

  it('an operator that it does not have, by name and place', () => {
    const bytes = file({
      tensors: [tensor('x', [4]), tensor('mid', [4]), tensor('y', [4])],
      operators: [operator('RELU', [0], [1]), operator('EXP', [1], [2])],
      inputs: [0],
      outputs: [2],
    });
    expect(refusal(bytes)).toEqual({
      code: 'model.unsupported-operator',
      message: 'it.tflite cannot be used: operator 1 (EXP, which makes “y”): MCUNet Studio has no int8 kernel for it.',
    });
  });

  it('a float model', () => {
    const bytes = file({
      tensors: [tensor('x', [4], FLOAT32), tensor('y', [4], FLOAT32)],
      operators: [operator('RELU', [0], [1])],
      inputs: [0],
      outputs: [1],
    });
    expect(refusal(bytes)).toEqual({
      code: 'model.not-int8',
      message: 'it.tflite is not an int8 model: its input “x” is float32 and operator 0 (RELU) computes with it.',
    });
  });

  it('a model that computes in float between its int8 ends', () => {
    const bytes = file({
      tensors: [tensor('x', [4]), tensor('f', [4], FLOAT32), tensor('g', [4], FLOAT32), tensor('y', [4])],
      operators: [operator('DEQUANTIZE', [0], [1]), operator('RELU', [1], [2]), operator('QUANTIZE', [2], [3])],
      inputs: [0],
      outputs: [3],
    });
    expect(refusal(bytes)).toEqual({
      code: 'model.not-int8',
      message: 'it.tflite is not an int8 model: operator 1 (RELU) takes float32 “f”.',
    });
  });

  it.each([
    ['uint8', UINT8],
    ['int16', INT16],
  ])('a %s model', (name, type) => {
    const bytes = file({
      tensors: [tensor('x', [4], type), tensor('y', [4], type)],
      operators: [operator('RELU', [0], [1])],
      inputs: [0],
      outputs: [1],
    });
    expect(refusal(bytes).message).toBe(
      `it.tflite is not an int8 model: its input “x” is ${name} and operator 0 (RELU) computes with it.`,
    );
  });

  it('int64 activations', () => {
    const bytes = file({
      tensors: [tensor('x', [4]), tensor('l', [4], INT64), tensor('y', [4])],
      operators: [operator('QUANTIZE', [0], [1]), operator('QUANTIZE', [1], [2])],
      inputs: [0],
      outputs: [2],
    });
    expect(refusal(bytes)).toEqual({
      code: 'model.unsupported-type',
      message: 'it.tflite cannot be used: its tensor 1 “l” is int64, and only int8 is computed with.',
    });
  });

  it('axes that are computed', () => {
    const bytes = file({
      tensors: [tensor('x', [1, 4]), tensor('axes', [1], INT32), tensor('y', [1])],
      operators: [operator('SHAPE', [0], [1]), operator('MEAN', [0, 1], [2], { optionsType: 27 })],
      inputs: [0],
      outputs: [2],
    });
    expect(refusal(bytes).message).toBe(
      'it.tflite cannot be used: operator 1 (MEAN, which makes “y”): its axes are computed, not constant.',
    );
  });

  it('a fused TANH', () => {
    const bytes = file({
      tensors: [tensor('x', [4]), tensor('y', [4])],
      operators: [operator('ADD', [0, 0], [1], { optionsType: 11, options: [{ field: 0, type: 'int8', value: 4 }] })],
      inputs: [0],
      outputs: [1],
    });
    expect(refusal(bytes).message).toMatch(/its fused activation 4 is not RELU, RELU_N1_TO_1 or RELU6/);
  });

  it('a constant that has not as many bytes as its shape says', () => {
    const bytes = file({
      tensors: [tensor('x', [3]), { ...tensor('c', [3]), bytes: Uint8Array.of(1, 2) }, tensor('y', [3])],
      operators: [operator('ADD', [0, 1], [2])],
      inputs: [0],
      outputs: [2],
    });
    expect(refusal(bytes)).toEqual({
      code: 'model.damaged',
      message: 'it.tflite is damaged: tensor 1 “c” of shape 3 has 2 bytes, not 3.',
    });
  });

  it('a tensor index that does not exist', () => {
    const bytes = file({
      tensors: [tensor('x', [3]), tensor('y', [3])],
      operators: [operator('RELU', [0], [7])],
      inputs: [0],
      outputs: [1],
    });
    expect(refusal(bytes).message).toBe(
      'it.tflite is damaged: the operator 0 (RELU) refers to tensor 7, but there are 2.',
    );
  });

  it('a batch of several images', () => {
    const weights = { ...tensor('w', [1, 1, 1, 1]), bytes: Uint8Array.of(1) };
    const strides = [
      { field: 1, type: 'int32', value: 1 },
      { field: 2, type: 'int32', value: 1 },
    ] as const;
    const bytes = file({
      tensors: [tensor('x', [8, 2, 2, 1]), weights, tensor('y', [8, 2, 2, 1])],
      operators: [operator('CONV_2D', [0, 1], [2], { optionsType: 1, options: strides })],
      inputs: [0],
      outputs: [2],
    });
    expect(refusal(bytes)).toEqual({
      code: 'model.invalid',
      message:
        'Model it.tflite is not valid: operator “conv2d_0” (conv2d): ' +
        'its input holds 8 images; models take one at a time.',
    });
  });

  it('a vector that claims more elements than the file has bytes, without allocating them', () => {
    const bytes = RELU.slice();
    const view = new DataView(bytes.buffer);
    // The shape of a tensor: a length of 1 followed by the extent 4.
    for (let at = 0; at + 8 <= bytes.length; at += 4) {
      if (view.getUint32(at, true) === 1 && view.getUint32(at + 4, true) === 4) view.setUint32(at, 0x3fffffff, true);
    }
    expect(refusal(bytes).code).toBe('model.truncated');
  });
});

describe.skipIf(!hasSharedModels)('the reference models', () => {
  it('have their real sizes', () => {
    const { operators, tensors, inputs } = sharedModel('mlperf-kws-dscnn');
    expect(inputs.map((id) => tensors[id]?.shape)).toEqual([[1, 49, 10, 1]]);
    expect(operators.filter(({ kind }) => kind === 'depthwise_conv2d').length).toBe(4);
  });
});
