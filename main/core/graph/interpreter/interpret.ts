/** The reference interpreter: one operator after the other, each as TFLite Micro's reference kernels compute it. */
import { StudioError } from '../../../contract/index.ts';
import { convolutionAndSum } from '../convolutionAndSum.ts';
import { roundHalfAwayFromZero, clampTo } from '../fixedPoint.ts';
import { inputOf, outputOf, scaleOf, tensorAt, zeroPointOf } from '../lookup.ts';
import type { Model, Operator, Requantize, Tensor, TensorData } from '../model.ts';
import { tableOf } from '../scalarFunctions.ts';
import { elementsOf } from '../shape.ts';
import { conv2d, depthwiseConv2d, fullyConnected } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import { concatenation, pad, split, stridedSlice, transpose } from './movement.ts';
import { pool2d } from './pooling.ts';
import { mean, softmax } from './reduction.ts';
import { resizeBilinear, resizeNearestNeighbor } from './resize.ts';

/** Called after each operator with what it made, in the order of its outputs. The arrays are not to be changed. */
export type Observe = (operator: Operator, outputs: readonly TensorData[]) => void;

/**
 * Runs a verified model once.
 *
 * @param inputs raw int8 values, one array for each of `model.inputs`, row-major
 * @returns raw int8 values, one new array for each of `model.outputs`
 * @throws StudioError `model.wrong-input` where the inputs do not fit the model
 */
export function interpret(model: Model, inputs: readonly Int8Array[], observe?: Observe): Int8Array[] {
  checkInputs(model, inputs);
  const values = model.tensors.map((tensor): TensorData | null => tensor.data);
  model.inputs.forEach((id, index) => (values[id] = inputs[index] ?? null));
  const lastUse = lastUses(model);
  model.operators.forEach((operator, position) => {
    const outputs = operator.outputs.map((id) => allocate(tensorAt(model, id)));
    const operands = operator.inputs.map((id) => values[id] as TensorData);
    run(model, operator, operands, outputs);
    operator.outputs.forEach((id, index) => (values[id] = outputs[index] ?? null));
    observe?.(operator, outputs);
    // What nobody reads any more is let go, so that a deep model does not hold all its activations at once.
    for (const id of [...operator.inputs, ...operator.outputs]) if (lastUse[id] === position) values[id] = null;
  });
  return model.outputs.map((id) => (values[id] as Int8Array).slice());
}

function checkInputs(model: Model, inputs: readonly Int8Array[]): void {
  const wanted = model.inputs.map((id) => elementsOf(tensorAt(model, id).shape));
  const given = inputs.map((input) => input.length);
  if (wanted.length === given.length && wanted.every((bytes, index) => bytes === given[index])) return;
  throw new StudioError({
    code: 'model.wrong-input',
    message: `Model ${model.name} takes ${wanted.join(' + ')} bytes of input but got ${given.join(' + ') || 'none'}.`,
    remedy: 'Give raw int8 values, one file for each input of the model, of exactly these sizes.',
    details: { wanted, given },
  });
}

/** For each tensor the place of the last operator that touches it; never for what the model gives or is made of. */
function lastUses(model: Model): number[] {
  const last = new Array<number>(model.tensors.length).fill(-1);
  model.operators.forEach((operator, position) => {
    for (const id of [...operator.inputs, ...operator.outputs]) last[id] = position;
  });
  for (const id of model.outputs) last[id] = Infinity;
  return last;
}

function allocate(tensor: Tensor): TensorData {
  const elements = elementsOf(tensor.shape);
  if (tensor.type === 'int8') return new Int8Array(elements);
  return tensor.type === 'int32' ? new Int32Array(elements) : new Float32Array(elements);
}

function run(model: Model, operator: Operator, operands: readonly TensorData[], outputs: readonly TensorData[]): void {
  const input = operands[0] as Int8Array;
  const output = outputs[0] as Int8Array;
  switch (operator.kind) {
    case 'conv2d':
    case 'depthwise_conv2d':
    case 'fully_connected': {
      const weights = operands[1] as Int8Array;
      const bias = (operands[2] as Int32Array | undefined) ?? null;
      if (operator.kind === 'conv2d') return conv2d(model, operator, input, weights, bias, output);
      if (operator.kind === 'depthwise_conv2d') return depthwiseConv2d(model, operator, input, weights, bias, output);
      return fullyConnected(model, operator, input, weights, bias, output);
    }
    case 'conv2d_add': {
      const { model: parts, convolution, sum } = convolutionAndSum(model, operator);
      const [, shortcut, weights, bias = null] = operands;
      const alone = new Int8Array(output.length);
      conv2d(parts, convolution, input, weights as Int8Array, bias as Int32Array | null, alone);
      return elementwise(parts, sum, alone, shortcut as Int8Array, output);
    }
    case 'add':
    case 'sub':
    case 'mul':
      return elementwise(model, operator, input, operands[1] as Int8Array, output);
    case 'average_pool_2d':
    case 'max_pool_2d':
      return pool2d(model, operator, input, output);
    case 'mean':
      return mean(model, operator, input, output);
    case 'softmax':
      return softmax(model, operator, input, output);
    case 'pad':
      return pad(model, operator, input, output);
    case 'reshape':
      return output.set(input);
    case 'transpose':
      return transpose(model, operator, input, output);
    case 'concatenation':
      return concatenation(model, operator, operands, output);
    case 'split':
      return split(model, operator, input, outputs);
    case 'strided_slice':
      return stridedSlice(model, operator, input, output);
    case 'resize_nearest_neighbor':
      return resizeNearestNeighbor(model, operator, input, output);
    case 'resize_bilinear':
      return resizeBilinear(model, operator, input, output);
    case 'relu':
    case 'relu6':
    case 'leaky_relu':
    case 'logistic':
    case 'hard_swish': {
      const table = tableOf(model, operator);
      return input.forEach((q, index) => (output[index] = table[q + 128] as number));
    }
    case 'quantize':
    case 'dequantize':
      return requantize(model, operator, operands[0] as TensorData, outputs[0] as TensorData);
  }
}

/** int8 → int8, float32 → int8 (TFLite `AffineQuantize`) and int8 → float32 (`Dequantize`). */
function requantize(model: Model, operator: Requantize, input: TensorData, output: TensorData): void {
  if (input instanceof Float32Array) {
    const [scale, zero] = [scaleOf(outputOf(model, operator)), zeroPointOf(outputOf(model, operator))];
    input.forEach((real, index) => {
      output[index] = clampTo(roundHalfAwayFromZero(Math.fround(real / scale)) + zero, -128, 127);
    });
  } else if (output instanceof Float32Array) {
    const [scale, zero] = [scaleOf(inputOf(model, operator)), zeroPointOf(inputOf(model, operator))];
    input.forEach((q, index) => (output[index] = scale * (q - zero)));
  } else {
    const table = tableOf(model, operator);
    input.forEach((q, index) => (output[index] = table[q + 128] as number));
  }
}
