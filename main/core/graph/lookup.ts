/** Short ways to what an operator refers to. */
import type { Model, Operator, Tensor, TensorId } from './model.ts';

/** The tensor, which the verifier has shown to exist. */
export function tensorAt(model: Model, id: TensorId | undefined): Tensor {
  const tensor = id === undefined ? undefined : model.tensors[id];
  if (tensor === undefined) throw new RangeError(`no tensor ${String(id)} in model ${model.name}`);
  return tensor;
}

/** The operator's nth input. */
export function inputOf(model: Model, operator: Operator, position = 0): Tensor {
  return tensorAt(model, operator.inputs[position]);
}

/** The operator's nth input, or null where the operator has no such input. */
export function optionalInputOf(model: Model, operator: Operator, position: number): Tensor | null {
  const id = operator.inputs[position];
  return id === undefined ? null : tensorAt(model, id);
}

/** The operator's nth output. */
export function outputOf(model: Model, operator: Operator, position = 0): Tensor {
  return tensorAt(model, operator.outputs[position]);
}

/** The scale of a tensor with one scale; 1 where there is no quantization. */
export function scaleOf(tensor: Tensor): number {
  return tensor.quantization?.scales[0] ?? 1;
}

/** The zero point of a tensor with one zero point; 0 where there is no quantization. */
export function zeroPointOf(tensor: Tensor): number {
  return tensor.quantization?.zeroPoints[0] ?? 0;
}

/** The extents of an NHWC tensor of rank 4. */
export function imageShapeOf(tensor: Tensor): { batch: number; height: number; width: number; channels: number } {
  const [batch = 1, height = 1, width = 1, channels = 1] = tensor.shape;
  return { batch, height, width, channels };
}

/** A name in quotes for a sentence, shortened in the middle where it is long (converters join names of fused layers). */
export function quoted(name: string): string {
  const most = 72;
  return name.length <= most ? `“${name}”` : `“${name.slice(0, most / 2)}…${name.slice(-most / 2)}”`;
}
