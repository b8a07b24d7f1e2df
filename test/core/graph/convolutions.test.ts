import { describe, expect, it } from 'vitest';
import type { TensorId } from '../../../main/core/graph/index.ts';
import { modelOf, NO_CLAMP, NO_PADDING, ONE_STEP, run } from './oneOperator.ts';

const undilated = { dilationH: 1, dilationW: 1, clamp: NO_CLAMP };

describe('conv2d', () => {
  it('sums products of the window, less the input’s zero point, plus the bias', () => {
    const model = modelOf(
      { kind: 'conv2d', ...ONE_STEP, ...undilated },
      [{ shape: [1, 2, 2, 1], zeroPoint: 1 }],
      [{ shape: [1, 1, 1, 1], zeroPoint: -10 }],
      (b): TensorId[] => [
        b.weights([1, 2, 2, 1], Int8Array.of(1, 2, 3, 4), [1], 0),
        b.bias(Int32Array.of(100), 1, [1]),
      ],
    );
    // (2−1)·1 + (3−1)·2 + (4−1)·3 + (5−1)·4 = 30; 30 + 100 − 10 = 120.
    expect(run(model, [2, 3, 4, 5])).toEqual([[120]]);
  });

  it('counts what lies outside the image as the zero point', () => {
    const model = modelOf(
      { kind: 'conv2d', ...ONE_STEP, ...undilated, padding: { top: 1, bottom: 1, left: 1, right: 1 } },
      [{ shape: [1, 1, 1, 1], zeroPoint: 5 }],
      [{ shape: [1, 1, 1, 1] }],
      (b): TensorId[] => [
        b.weights(
          [1, 3, 3, 1],
          Int8Array.from({ length: 9 }, (_, i) => i + 1),
          [1],
          0,
        ),
      ],
    );
    // Only the middle weight, 5, meets an element: (7 − 5) · 5.
    expect(run(model, [7])).toEqual([[10]]);
  });

  it('scales each channel by its own weights’ scale, of either sign, and rounds', () => {
    const model = modelOf(
      { kind: 'conv2d', ...ONE_STEP, ...undilated },
      [{ shape: [1, 1, 1, 1] }],
      [{ shape: [1, 1, 1, 4] }],
      (b): TensorId[] => [b.weights([4, 1, 1, 1], Int8Array.of(10, 10, 10, 10), [1, 0.5, 0.25, -0.5], 0)],
    );
    expect(run(model, [5])).toEqual([[50, 25, 13, -25]]);
    expect(run(model, [-5])).toEqual([[-50, -25, -13, 25]]);
  });

  it('takes strides and dilation', () => {
    const model = modelOf(
      { kind: 'conv2d', strideH: 1, strideW: 2, padding: NO_PADDING, dilationH: 1, dilationW: 3, clamp: NO_CLAMP },
      [{ shape: [1, 1, 7, 1] }],
      [{ shape: [1, 1, 2, 1] }],
      (b): TensorId[] => [b.weights([1, 1, 2, 1], Int8Array.of(1, 10), [1], 0)],
    );
    // Columns 0 and 3, then 2 and 5.
    expect(run(model, [1, 2, 3, 4, 5, 6, 7])).toEqual([[41, 63]]);
  });

  it('clamps to its fused activation', () => {
    const model = modelOf(
      { kind: 'conv2d', ...ONE_STEP, ...undilated, clamp: { min: 0, max: 6 } },
      [{ shape: [1, 1, 3, 1] }],
      [{ shape: [1, 1, 3, 1] }],
      (b): TensorId[] => [b.weights([1, 1, 1, 1], Int8Array.of(1), [1], 0)],
    );
    expect(run(model, [-3, 4, 9])).toEqual([[0, 4, 6]]);
  });
});

describe('depthwise_conv2d', () => {
  it('keeps channels apart and multiplies them', () => {
    const model = modelOf(
      { kind: 'depthwise_conv2d', ...ONE_STEP, ...undilated, depthMultiplier: 2 },
      [{ shape: [1, 2, 1, 2] }],
      [{ shape: [1, 1, 1, 4] }],
      (b): TensorId[] => [b.weights([1, 2, 1, 4], Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8), [1], 3)],
    );
    // Channel 0 is 1 then 3, channel 1 is 2 then 4.
    expect(run(model, [1, 2, 3, 4])).toEqual([[1 + 15, 2 + 18, 6 + 28, 8 + 32]]);
  });

  it('takes a scale for each output channel', () => {
    const model = modelOf(
      { kind: 'depthwise_conv2d', ...ONE_STEP, ...undilated, depthMultiplier: 1 },
      [{ shape: [1, 1, 1, 2] }],
      [{ shape: [1, 1, 1, 2] }],
      (b): TensorId[] => [b.weights([1, 1, 1, 2], Int8Array.of(8, 8), [1, 0.25], 3)],
    );
    expect(run(model, [3, 3])).toEqual([[24, 6]]);
  });
});

describe('fully_connected', () => {
  it('flattens what it takes into rows', () => {
    const model = modelOf(
      { kind: 'fully_connected', clamp: NO_CLAMP },
      [{ shape: [2, 1, 3] }],
      [{ shape: [2, 2], zeroPoint: 1 }],
      (b): TensorId[] => [
        b.weights([2, 3], Int8Array.of(1, 2, 3, -1, -2, -3), [1], 0),
        b.bias(Int32Array.of(0, 10), 1, [1]),
      ],
    );
    expect(run(model, [1, 1, 1, 2, 0, 1])).toEqual([[7, 5, 6, 6]]);
  });

  it('multiplies two scales in single precision, as TensorFlow Lite Micro does', () => {
    // 0.1 · 0.2 in single precision is 0.020000000298…, in double 0.02000000059604…: 2^30-fold sums tell them apart.
    const scales = [Math.fround(0.1), Math.fround(0.2)] as const;
    const model = modelOf(
      { kind: 'fully_connected', clamp: NO_CLAMP },
      [{ shape: [1, 1], scale: scales[0] }],
      [{ shape: [1, 1], scale: Math.fround(0.02) }],
      (b): TensorId[] => [
        b.weights([1, 1], Int8Array.of(0), [scales[1]], 0),
        b.bias(Int32Array.of(-(2 ** 30)), scales[0], [scales[1]]),
      ],
    );
    expect(run(model, [0])).toEqual([[-128]]);
  });
});
