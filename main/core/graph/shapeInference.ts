/** The shape of what an operator makes, from the shapes of what it takes. */
import type { Operator } from './model.ts';
import { broadcastShapes, type Shape, sliceLength, windowPositions } from './shape.ts';

/**
 * The output shape, or null where the operator's own parameters do not settle it (RESHAPE, SPLIT, FULLY_CONNECTED,
 * resizing) or where the inputs' shapes do not fit the operator.
 *
 * @param inputs the shapes of the operator's inputs, in order
 */
export function inferOutputShape(operator: Operator, inputs: readonly Shape[]): number[] | null {
  const [input, second] = inputs;
  if (input === undefined) return null;
  switch (operator.kind) {
    case 'conv2d':
    case 'depthwise_conv2d': {
      if (second?.length !== 4) return null;
      const [outputs = 0, filterH = 0, filterW = 0, channels = 0] = second;
      return windowed(input, { filterH, filterW, ...operator }, operator.kind === 'conv2d' ? outputs : channels);
    }
    case 'conv2d_add': {
      const [, , weights] = inputs;
      if (weights?.length !== 4) return null;
      const [outputs = 0, filterH = 0, filterW = 0] = weights;
      return windowed(input, { filterH, filterW, ...operator }, outputs);
    }
    case 'average_pool_2d':
    case 'max_pool_2d':
      return windowed(input, { dilationH: 1, dilationW: 1, ...operator }, input[3] ?? 0);
    case 'add':
    case 'sub':
    case 'mul':
      return second === undefined ? null : broadcastShapes(input, second);
    case 'mean':
      return input
        .map((extent, axis) => (operator.axes.includes(axis) ? 1 : extent))
        .filter((_, axis) => operator.keepDims || !operator.axes.includes(axis));
    case 'pad':
      return input.map(
        (extent, axis) => extent + (operator.amounts[axis]?.[0] ?? 0) + (operator.amounts[axis]?.[1] ?? 0),
      );
    case 'transpose':
      return operator.permutation.map((axis) => input[axis] ?? 0);
    case 'concatenation':
      return input.map((extent, axis) =>
        axis === operator.axis ? inputs.reduce((sum, shape) => sum + (shape[axis] ?? 0), 0) : extent,
      );
    case 'strided_slice':
      return operator.begin.map((begin, axis) =>
        sliceLength(begin, operator.end[axis] ?? 0, operator.strides[axis] ?? 1),
      );
    case 'softmax':
    case 'logistic':
    case 'hard_swish':
    case 'relu':
    case 'relu6':
    case 'leaky_relu':
    case 'quantize':
    case 'dequantize':
      return [...input];
    case 'reshape':
    case 'split':
    case 'fully_connected':
    case 'resize_nearest_neighbor':
    case 'resize_bilinear':
      return null;
  }
}

interface WindowGeometry {
  readonly filterH: number;
  readonly filterW: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH: number;
  readonly dilationW: number;
  readonly padding: { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number };
}

function windowed(input: Shape, geometry: WindowGeometry, channels: number): number[] | null {
  if (input.length !== 4) return null;
  const [batch = 0, height = 0, width = 0] = input;
  const { filterH, filterW, strideH, strideW, dilationH, dilationW, padding } = geometry;
  return [
    batch,
    windowPositions(height, filterH, strideH, dilationH, padding.top, padding.bottom),
    windowPositions(width, filterW, strideW, dilationW, padding.left, padding.right),
    channels,
  ];
}
