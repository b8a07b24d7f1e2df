/** Tensors as rows, and which of an operator's inputs are activations. */
import type { Model, Operator, Tensor, TensorId } from '../graph/index.ts';
import type { RowAccess, RowShape } from './kernels/kernel.ts';

/**
 * An image (N·H·W·C with N = 1) has H rows of W·C elements. Every other tensor is one row: its elements, row-major.
 */
export function rowShapeOf(tensor: Tensor): RowShape {
  const [batch = 1, height = 1, width = 1, channels = 1] = tensor.shape;
  if (isImage(tensor)) return { height, width, channels };
  return { height: 1, width: 1, channels: tensor.shape.slice(1).reduce((product, extent) => product * extent, batch) };
}

export const isImage = (tensor: Tensor): boolean => tensor.shape.length === 4 && tensor.shape[0] === 1;

/** The inputs that some operator or the caller provides; weights and other constants are left out. */
export function activationInputs(model: Model, operator: Operator): readonly TensorId[] {
  switch (operator.kind) {
    case 'conv2d':
    case 'depthwise_conv2d':
    case 'fully_connected':
      return operator.inputs.slice(0, 1);
    case 'conv2d_add':
      return operator.inputs.slice(0, 2);
    default:
      return operator.inputs.filter((id) => model.tensors[id]?.data === null);
  }
}

/** One row after the other. */
export const everyRow: RowAccess = { count: 1, first: (step) => step };

/** All rows in one piece. */
export const allRows: RowAccess = { count: 1, first: () => 0, whole: true };

/** The rows under a window. */
export function windowRows(extent: number, stride: number, top: number): RowAccess {
  return { count: extent, first: (step) => step * stride - top };
}
