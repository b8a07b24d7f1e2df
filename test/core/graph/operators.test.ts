import { describe, expect, it } from 'vitest';
import { bilinearTaps, nearestTaps, type TensorId } from '../../../main/core/graph/index.ts';
import { modelOf, NO_CLAMP, NO_PADDING, run } from './oneOperator.ts';

describe('add, sub, mul', () => {
  it('bring both terms to one scale', () => {
    const add = modelOf(
      { kind: 'add', clamp: NO_CLAMP },
      [
        { shape: [3], scale: 0.5 },
        { shape: [3], scale: 0.25, zeroPoint: 4 },
      ],
      [{ shape: [3], scale: 0.5, zeroPoint: -1 }],
    );
    // 5 + 2 = 7; −1 + 0 = −1; 0.5 + 0.25 = 0.75, which is 1.5 steps and rounds away from zero.
    expect(run(add, [10, -2, 1], [12, 4, 5])).toEqual([[13, -3, 1]]);
  });

  it('subtract the second from the first', () => {
    const sub = modelOf({ kind: 'sub', clamp: NO_CLAMP }, [{ shape: [2] }, { shape: [2], scale: 2 }], [{ shape: [2] }]);
    expect(run(sub, [10, -100], [3, 20])).toEqual([[4, -128]]);
  });

  it('multiply without their zero points', () => {
    const mul = modelOf(
      { kind: 'mul', clamp: NO_CLAMP },
      [
        { shape: [3], scale: 0.5, zeroPoint: 2 },
        { shape: [3], scale: 0.5, zeroPoint: -3 },
      ],
      [{ shape: [3], scale: 0.5, zeroPoint: 7 }],
    );
    // (4−2)·(4+3)·0.25 = 3.5 → 7 steps; 0; (3−2)·(−4+3)·0.25 → −½ step, a tie that the high product rounds upwards.
    expect(run(mul, [4, 2, 3], [4, 100, -4])).toEqual([[14, 7, 7]]);
  });

  it('broadcast as NumPy does, in both directions', () => {
    const model = modelOf(
      { kind: 'add', clamp: NO_CLAMP },
      [{ shape: [1, 2, 1, 2] }, { shape: [3, 1] }],
      [{ shape: [1, 2, 3, 2] }],
    );
    expect(run(model, [1, 2, 3, 4], [10, 20, 30])).toEqual([[11, 12, 21, 22, 31, 32, 13, 14, 23, 24, 33, 34]]);
  });

  it('clamp to the fused activation', () => {
    const model = modelOf(
      { kind: 'mul', clamp: { min: -4, max: 5 } },
      [{ shape: [2] }, { shape: [2] }],
      [{ shape: [2] }],
    );
    expect(run(model, [3, -3], [3, 3])).toEqual([[5, -4]]);
  });

  it('take constants', () => {
    const model = modelOf(
      { kind: 'sub', clamp: NO_CLAMP },
      [{ shape: [1, 3] }],
      [{ shape: [1, 3] }],
      (b): TensorId[] => [b.constant([], Int8Array.of(9), 1, 0)],
    );
    expect(run(model, [9, 10, 0])).toEqual([[0, 1, -9]]);
  });
});

describe('pooling', () => {
  const window = { filterH: 2, filterW: 2, strideH: 1, strideW: 1, clamp: NO_CLAMP };

  it('averages what lies inside the image only, halves away from zero', () => {
    const padding = { top: 0, bottom: 1, left: 0, right: 1 };
    const model = modelOf(
      { kind: 'average_pool_2d', ...window, padding },
      [{ shape: [1, 2, 2, 1] }],
      [{ shape: [1, 2, 2, 1] }],
    );
    expect(run(model, [1, 2, 3, 4])).toEqual([[3, 3, 4, 4]]);
    expect(run(model, [-1, -2, -3, -4])).toEqual([[-3, -3, -4, -4]]);
  });

  it('takes the largest of each channel', () => {
    const model = modelOf(
      { kind: 'max_pool_2d', ...window, padding: NO_PADDING },
      [{ shape: [1, 2, 2, 2] }],
      [{ shape: [1, 1, 1, 2] }],
    );
    expect(run(model, [1, -1, 2, -2, 3, -3, 4, -4])).toEqual([[4, -1]]);
  });
});

describe('mean', () => {
  it.each([
    { axes: [1, 2], keepDims: true, shape: [1, 1, 1, 2], expected: [4, 5] },
    { axes: [3], keepDims: false, shape: [1, 2, 2], expected: [2, 4, 6, 8] },
    { axes: [1], keepDims: false, shape: [1, 2, 2], expected: [3, 4, 5, 6] },
    { axes: [0, 1, 2, 3], keepDims: false, shape: [], expected: [5] },
  ])('over axes $axes', ({ axes, keepDims, shape, expected }) => {
    const model = modelOf({ kind: 'mean', axes, keepDims }, [{ shape: [1, 2, 2, 2] }], [{ shape }]);
    // 1…8: the mean of all, 4.5, rounds away from zero.
    expect(run(model, [1, 2, 3, 4, 5, 6, 7, 8])).toEqual([expected]);
  });

  it('rescales from the input’s to the output’s quantization', () => {
    const model = modelOf(
      { kind: 'mean', axes: [1], keepDims: false },
      [{ shape: [1, 3], scale: 0.5, zeroPoint: 10 }],
      [{ shape: [1], scale: 0.25, zeroPoint: -20 }],
    );
    // (10 + 20 + 40) steps of 0.5 are 35/3 on average: 46.67 steps of 0.25.
    expect(run(model, [20, 30, 50])).toEqual([[27]]);
  });
});

describe('softmax', () => {
  it('agrees with the probabilities of e^x', () => {
    const model = modelOf(
      { kind: 'softmax', beta: 1 },
      [{ shape: [2, 5], scale: 0.1 }],
      [{ shape: [2, 5], scale: 1 / 256, zeroPoint: -128 }],
    );
    // e^1 … e^5 over their sum, times 256: 2.98, 8.11, 22.05, 59.94, 162.92.
    const rising = [-125, -120, -106, -68, 35];
    expect(run(model, [10, 20, 30, 40, 50, -10, -20, -30, -40, -50])).toEqual([[...rising, ...rising.toReversed()]]);
  });

  it('gives nothing to what is far below the largest', () => {
    const model = modelOf(
      { kind: 'softmax', beta: 1 },
      [{ shape: [1, 3], scale: 1 }],
      [{ shape: [1, 3], scale: 1 / 256, zeroPoint: -128 }],
    );
    expect(run(model, [127, -128, 90])).toEqual([[127, -128, -128]]);
  });

  it('gives less than half a step to each of a thousand equal inputs', () => {
    const model = modelOf(
      { kind: 'softmax', beta: 1 },
      [{ shape: [1, 1000], scale: 0.1 }],
      [{ shape: [1, 1000], scale: 1 / 256, zeroPoint: -128 }],
    );
    expect(new Set(run(model, new Array<number>(1000).fill(3))[0])).toEqual(new Set([-128]));
  });
});

describe('moving elements', () => {
  it('pads with a value on each side of each axis', () => {
    const model = modelOf(
      {
        kind: 'pad',
        amounts: [
          [0, 0],
          [1, 0],
          [0, 2],
        ],
        value: 9,
      },
      [{ shape: [1, 1, 2] }],
      [{ shape: [1, 2, 4] }],
    );
    expect(run(model, [1, 2])).toEqual([[9, 9, 9, 9, 1, 2, 9, 9]]);
  });

  it('transposes', () => {
    const model = modelOf(
      { kind: 'transpose', permutation: [2, 0, 1] },
      [{ shape: [1, 2, 3] }],
      [{ shape: [3, 1, 2] }],
    );
    expect(run(model, [1, 2, 3, 4, 5, 6])).toEqual([[1, 4, 2, 5, 3, 6]]);
  });

  it('concatenates along an axis, taking the bytes as they are', () => {
    const ends = [{ shape: [1, 2, 1] }, { shape: [1, 2, 2], scale: 3 }];
    const model = modelOf({ kind: 'concatenation', axis: 2 }, ends, [{ shape: [1, 2, 3] }]);
    expect(run(model, [1, 2], [3, 4, 5, 6])).toEqual([[1, 3, 4, 2, 5, 6]]);
  });

  it('splits into parts of any length', () => {
    const model = modelOf({ kind: 'split', axis: 1 }, [{ shape: [2, 3] }], [{ shape: [2, 1] }, { shape: [2, 2] }]);
    expect(run(model, [1, 2, 3, 4, 5, 6])).toEqual([
      [1, 4],
      [2, 3, 5, 6],
    ]);
  });

  it('slices forwards and backwards, and drops axes of one element', () => {
    const model = modelOf(
      { kind: 'strided_slice', begin: [0, 1, 4], end: [1, 2, -1], strides: [1, 1, -2] },
      [{ shape: [1, 2, 5] }],
      [{ shape: [3] }],
    );
    expect(run(model, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual([[9, 7, 5]]);
  });

  it('reshapes without moving anything', () => {
    const model = modelOf({ kind: 'reshape' }, [{ shape: [2, 3] }], [{ shape: [1, 3, 2] }]);
    expect(run(model, [1, 2, 3, 4, 5, 6])).toEqual([[1, 2, 3, 4, 5, 6]]);
  });
});

describe('resizing', () => {
  const edges = { alignCorners: false, halfPixelCenters: false };

  it('bilinear agrees with TensorFlow Lite Micro’s own example', () => {
    const model = modelOf({ kind: 'resize_bilinear', ...edges }, [{ shape: [1, 2, 2, 1] }], [{ shape: [1, 3, 3, 1] }]);
    expect(run(model, [3, 6, 9, 12])).toEqual([[3, 5, 6, 7, 9, 10, 9, 11, 12]]);
  });

  it('bilinear stays inside the image at any magnification', () => {
    for (const [input, output] of [
      [3, 120],
      [1, 500],
      [7, 3000],
      [2, 2],
    ] as const) {
      for (const centring of [edges, { ...edges, alignCorners: true }, { ...edges, halfPixelCenters: true }]) {
        for (const { lower, upper } of bilinearTaps(input, output, centring)) {
          expect(lower >= 0 && lower < input && upper >= 0 && upper < input).toBe(true);
        }
      }
    }
  });

  it.each([
    { centring: edges, expected: [0, 0, 1, 1, 2] },
    { centring: { ...edges, alignCorners: true }, expected: [0, 1, 1, 2, 2] },
    { centring: { ...edges, halfPixelCenters: true }, expected: [0, 0, 1, 2, 2] },
  ])('nearest takes rows $expected of 3 for 5 with $centring', ({ centring, expected }) => {
    expect(nearestTaps(3, 5, centring)).toEqual(expected);
  });

  it('nearest repeats whole pixels', () => {
    const model = modelOf(
      { kind: 'resize_nearest_neighbor', ...edges },
      [{ shape: [1, 1, 2, 2] }],
      [{ shape: [1, 2, 4, 2] }],
    );
    const row = [1, 2, 1, 2, 3, 4, 3, 4];
    expect(run(model, [1, 2, 3, 4])).toEqual([[...row, ...row]]);
  });
});
