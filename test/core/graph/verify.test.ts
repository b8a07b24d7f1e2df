import { describe, expect, it } from 'vitest';
import { type Model, type Operator, type Tensor, verifyModel } from '../../../main/core/graph/index.ts';
import { NO_PADDING } from './oneOperator.ts';

const int8 = (name: string, shape: readonly number[], scale = 0.5, zeroPoint = 0): Tensor => ({
  name,
  shape,
  type: 'int8',
  quantization: { scales: [scale], zeroPoints: [zeroPoint], axis: 0 },
  data: null,
});

/** A convolution 4×4×2 → 3×3×3 with everything in order. */
function soundModel(): Model {
  return {
    name: 'sound',
    tensors: [
      int8('image', [1, 4, 4, 2]),
      {
        name: 'weights',
        shape: [3, 2, 2, 2],
        type: 'int8',
        quantization: { scales: [0.5, 0.25, 1], zeroPoints: [0, 0, 0], axis: 0 },
        data: new Int8Array(24),
      },
      {
        name: 'bias',
        shape: [3],
        type: 'int32',
        quantization: { scales: [0.25, 0.125, 0.5], zeroPoints: [0, 0, 0], axis: 0 },
        data: new Int32Array(3),
      },
      int8('features', [1, 3, 3, 3]),
    ],
    operators: [
      {
        kind: 'conv2d',
        name: 'conv',
        inputs: [0, 1, 2],
        outputs: [3],
        strideH: 1,
        strideW: 1,
        dilationH: 1,
        dilationW: 1,
        padding: NO_PADDING,
        clamp: { min: -128, max: 127 },
      },
    ],
    inputs: [0],
    outputs: [3],
  };
}

function withTensor(id: number, change: Partial<Tensor>): Model {
  const model = soundModel();
  return { ...model, tensors: model.tensors.map((tensor, at) => (at === id ? { ...tensor, ...change } : tensor)) };
}

function withOperator(change: Record<string, unknown>): Model {
  const model = soundModel();
  return { ...model, operators: model.operators.map((operator) => ({ ...operator, ...change }) as Operator) };
}

/** The sound model's image, through one operator of another kind. */
function with2Tensors(operator: Record<string, unknown>, output: Tensor, input = int8('image', [1, 4, 4, 2])): Model {
  const whole = { name: 'it', inputs: [0], outputs: [1], ...operator } as unknown as Operator;
  return { name: 'two', tensors: [input, output], operators: [whole], inputs: [0], outputs: [1] };
}

const probability = int8('p', [1, 4, 4, 2], 1 / 256, -128);

describe('verifyModel', () => {
  it('takes a sound model', () => {
    expect(() => verifyModel(soundModel())).not.toThrow();
  });

  it.each<[string, Model, string]>([
    ['a tensor without scale', withTensor(0, { quantization: null }), 'tensor 0 “image”: it is int8 but has no scale'],
    [
      'a scale that is not single precision',
      withTensor(0, { quantization: { scales: [0.1], zeroPoints: [0], axis: 0 } }),
      'tensor 0 “image”: it has a scale that is no single-precision number',
    ],
    [
      'a zero point outside int8',
      withTensor(0, { quantization: { scales: [1], zeroPoints: [128], axis: 0 } }),
      'tensor 0 “image”: it has a zero point of 128',
    ],
    ['an empty axis', withTensor(0, { shape: [1, 0, 4, 2] }), 'tensor 0 “image”: its shape 1×0×4×2 has an extent of 0'],
    [
      'a huge tensor',
      withTensor(0, { shape: [1, 65536, 65536, 2] }),
      'its shape 1×65536×65536×2 is larger than any memory',
    ],
    ['too many axes', withTensor(0, { shape: [1, 1, 1, 4, 4, 2] }), 'tensor 0 “image”: it has 6 axes, more than 5'],
    [
      'missing values',
      withTensor(1, { data: new Int8Array(23) }),
      'tensor 1 “weights”: it has 23 values for its shape 3×2×2×2',
    ],
    [
      'values of another type',
      withTensor(1, { data: new Int32Array(24) }),
      'tensor 1 “weights”: its values are not int8',
    ],
    [
      'too few scales',
      withTensor(1, { quantization: { scales: [1, 1], zeroPoints: [0, 0], axis: 0 } }),
      'tensor 1 “weights”: it has 2 scales for its shape 3×2×2×2',
    ],
    [
      'asymmetric weights',
      withTensor(1, { quantization: { scales: [1], zeroPoints: [3], axis: 0 } }),
      'operator “conv” (conv2d): its weights are not symmetric',
    ],
    [
      'scales along the wrong axis',
      withTensor(1, { quantization: { scales: [1, 1], zeroPoints: [0, 0], axis: 3 } }),
      'operator “conv” (conv2d): its weights have a scale for each index of axis 3',
    ],
    ['computed weights', withOperator({ inputs: [0, 0] }), 'operator “conv” (conv2d): its weights are not constant'],
    [
      'a negative activation scale',
      withTensor(3, { quantization: { scales: [-1], zeroPoints: [0], axis: 0 } }),
      'operator “conv” (conv2d): “features” has a scale of -1',
    ],
    [
      'no bias for each channel',
      withTensor(2, { shape: [2], data: new Int32Array(2), quantization: null }),
      'its bias has 2 values for 3 channels',
    ],
    ['an int8 bias', withOperator({ inputs: [0, 1, 0] }), 'its input “image” is int8, not int32'],
    [
      'a shape that the operator does not make',
      withTensor(3, { shape: [1, 3, 3, 4] }),
      'operator “conv” (conv2d): it makes 1×3×3×3, but its output has the shape 1×3×3×4',
    ],
    [
      'other channels than the weights’',
      withTensor(0, { shape: [1, 4, 4, 3] }),
      'its weights 3×2×2×2 do not fit 3 channels',
    ],
    ['several images', withTensor(0, { shape: [2, 4, 4, 2] }), 'its input holds 2 images; models take one at a time'],
    [
      'a clamp outside int8',
      withOperator({ clamp: { min: -129, max: 4 } }),
      'operator “conv” (conv2d): its output is clamped to -129 … 4',
    ],
    ['a clamp upside down', withOperator({ clamp: { min: 5, max: 4 } }), 'its output is clamped to 5 … 4'],
    ['no stride', withOperator({ strideH: 0 }), 'its stride is 0'],
    ['half a dilation', withOperator({ dilationW: 0.5 }), 'its dilation is 0.5'],
    ['negative padding', withOperator({ padding: { ...NO_PADDING, left: -1 } }), 'its padding is -1'],
    [
      'an index out of range',
      withOperator({ inputs: [0, 1, 9] }),
      'operator “conv” (conv2d): it refers to tensor 9, but there are 4',
    ],
    ['too few inputs', withOperator({ inputs: [0] }), 'operator “conv” (conv2d): it has 1 inputs, not 2 to 3'],
    ['an operator that makes a constant', withOperator({ outputs: [1] }), 'it makes “weights”, which is there already'],
    ['no input', { ...soundModel(), inputs: [] }, 'its ends: it has no input'],
    ['no output', { ...soundModel(), outputs: [] }, 'its ends: it has no output'],
    ['an output twice', { ...soundModel(), outputs: [3, 3] }, 'its ends: one tensor is two of its outputs'],
    ['a constant as input', { ...soundModel(), inputs: [1] }, 'its ends: its input “weights” is a constant'],
    ['an int32 output', { ...soundModel(), outputs: [2] }, 'its ends: “bias” is int32, not int8'],
    [
      'an output that nothing makes',
      { ...soundModel(), operators: [] },
      'its ends: no operator makes its output “features”',
    ],
    [
      'two operators of one name',
      { ...soundModel(), operators: [...soundModel().operators, ...soundModel().operators] },
      'its name is not its own',
    ],
    [
      'a reading before the making',
      { ...soundModel(), inputs: [3], outputs: [0] },
      'it reads “image” before anything makes it',
    ],
    [
      'a reshape to another size',
      with2Tensors({ kind: 'reshape' }, int8('out', [31])),
      'it changes the size: 1×4×4×2 → 31',
    ],
    [
      'a mean over an axis twice',
      with2Tensors({ kind: 'mean', axes: [1, 1], keepDims: true }, int8('o', [1, 1, 4, 2])),
      'its axes do not ascend',
    ],
    [
      'no permutation',
      with2Tensors({ kind: 'transpose', permutation: [0, 1, 2, 2] }, int8('o', [1, 4, 4, 4])),
      'its axes are no permutation',
    ],
    [
      'a split that loses something',
      with2Tensors({ kind: 'split', axis: 3 }, int8('o', [1, 4, 4, 1])),
      'its parts add up to 1 of 2',
    ],
    [
      'a slice out of the tensor',
      with2Tensors(
        { kind: 'strided_slice', begin: [0, 0, 0, 0], end: [1, 5, 4, 2], strides: [1, 1, 1, 1] },
        int8('o', [1, 5, 4, 2]),
      ),
      'its slice 0:5:1 takes nothing from 4 elements',
    ],
    [
      'padding as large as the pool’s window',
      with2Tensors(
        {
          kind: 'max_pool_2d',
          filterH: 1,
          filterW: 1,
          strideH: 1,
          strideW: 1,
          padding: { ...NO_PADDING, top: 1 },
          clamp: { min: -128, max: 127 },
        },
        int8('o', [1, 5, 4, 2]),
      ),
      'its padding is as large as its window',
    ],
    [
      'probabilities on another scale',
      with2Tensors({ kind: 'softmax', beta: 1 }, int8('p', [1, 4, 4, 2])),
      'its output is not quantized with scale 1/256 and zero point −128',
    ],
    ['a softmax without beta', with2Tensors({ kind: 'softmax', beta: 0 }, probability), 'its beta is 0'],
    [
      'a logistic of next to nothing',
      with2Tensors({ kind: 'logistic' }, probability, int8('image', [1, 4, 4, 2], 2 ** -30)),
      'its input scale is 9.3132',
    ],
    [
      'a hard swish that the kernel refuses',
      with2Tensors({ kind: 'hard_swish' }, int8('o', [1, 4, 4, 2], 2 ** -12)),
      'its output scale is less than 1/128 of its input scale',
    ],
    [
      'a float that is not dequantized',
      with2Tensors({ kind: 'relu' }, int8('o', [1, 4, 4, 2]), {
        ...int8('image', [1, 4, 4, 2]),
        type: 'float32',
        quantization: null,
      }),
      'its ends: “image” is float32, not int8',
    ],
    [
      'aligned half pixels',
      with2Tensors({ kind: 'resize_bilinear', alignCorners: true, halfPixelCenters: true }, int8('o', [1, 8, 8, 2])),
      'it has aligned corners and half-pixel centres',
    ],
  ])('refuses %s', (_, model, why) => {
    expect(() => verifyModel(model)).toThrow(
      expect.objectContaining({ code: 'model.invalid', message: expect.stringContaining(why) as unknown }),
    );
  });

  it('names the operator in the error’s details', () => {
    expect(() => verifyModel(withOperator({ strideW: -1 }))).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ operator: 'conv' }) as unknown }),
    );
  });

  it('refuses a sum whose scale is too small for its terms, as TensorFlow Lite Micro does', () => {
    const model = with2Tensors(
      { kind: 'add', inputs: [0, 0], clamp: { min: -128, max: 127 } },
      int8('o', [1, 4, 4, 2], 2 ** -22),
    );
    expect(() => verifyModel(model)).toThrow('its output scale is less than 2^-19 of its inputs’');
  });
});
