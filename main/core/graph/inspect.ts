/** What a model costs, operator by operator: multiply-accumulates, parameters, bytes. */
import { imageShapeOf, inputOf, outputOf, tensorAt } from './lookup.ts';
import type { Model, Operator, OperatorKind, Tensor, TensorId } from './model.ts';
import { elementsOf, type Shape } from './shape.ts';

/** Multiply-accumulates of one run of the operator: those of convolutions and fully connected layers, padding included. */
export function macsOf(model: Model, operator: Operator): number {
  switch (operator.kind) {
    case 'conv2d':
    case 'conv2d_add': {
      const { height, width, channels } = imageShapeOf(inputOf(model, operator, operator.kind === 'conv2d' ? 1 : 2));
      return elementsOf(outputOf(model, operator).shape) * height * width * channels;
    }
    case 'depthwise_conv2d': {
      const { height, width } = imageShapeOf(inputOf(model, operator, 1));
      return elementsOf(outputOf(model, operator).shape) * height * width;
    }
    case 'fully_connected':
      return elementsOf(outputOf(model, operator).shape) * (inputOf(model, operator, 1).shape[1] ?? 0);
    default:
      return 0;
  }
}

/** The values of the constants that the operator reads: weights and biases. */
export function parametersOf(model: Model, operator: Operator): number {
  return constantsOf(model, operator).reduce((sum, tensor) => sum + elementsOf(tensor.shape), 0);
}

function constantsOf(model: Model, operator: Operator): Tensor[] {
  return operator.inputs.map((id) => tensorAt(model, id)).filter((tensor) => tensor.data !== null);
}

/** The bytes that a tensor's values take. */
export function bytesOf(tensor: Tensor): number {
  return elementsOf(tensor.shape) * (tensor.type === 'int8' ? 1 : 4);
}

/** The bytes of each input, in the model's order. */
export function inputBytes(model: Model): number[] {
  return model.inputs.map((id) => bytesOf(tensorAt(model, id)));
}

/** The bytes of each output, in the model's order. */
export function outputBytes(model: Model): number[] {
  return model.outputs.map((id) => bytesOf(tensorAt(model, id)));
}

export interface OperatorRow {
  readonly name: string;
  readonly kind: OperatorKind;
  /** Shapes of what is computed (not of constants) that goes in and comes out. */
  readonly inputShapes: readonly Shape[];
  readonly outputShapes: readonly Shape[];
  readonly macs: number;
  readonly parameters: number;
  readonly parameterBytes: number;
}

/** One end of the model: what has to be fed or read. */
export interface EndRow {
  readonly name: string;
  readonly shape: Shape;
  readonly scale: number;
  readonly zeroPoint: number;
  readonly bytes: number;
}

export interface ModelReport {
  readonly name: string;
  readonly inputs: readonly EndRow[];
  readonly outputs: readonly EndRow[];
  readonly operators: readonly OperatorRow[];
  readonly macs: number;
  /** Each constant counted once, however many operators read it. */
  readonly parameters: number;
  readonly parameterBytes: number;
}

/** The report that `mcunet inspect` and the app show. Expects a verified model. */
export function inspectModel(model: Model): ModelReport {
  const operators = model.operators.map((operator) => rowOf(model, operator));
  const constantIds = new Set(model.operators.flatMap(({ inputs }) => inputs));
  const constants = [...constantIds].map((id) => tensorAt(model, id)).filter((tensor) => tensor.data !== null);
  return {
    name: model.name,
    inputs: model.inputs.map((id) => endOf(model, id)),
    outputs: model.outputs.map((id) => endOf(model, id)),
    operators,
    macs: operators.reduce((sum, row) => sum + row.macs, 0),
    parameters: constants.reduce((sum, tensor) => sum + elementsOf(tensor.shape), 0),
    parameterBytes: constants.reduce((sum, tensor) => sum + bytesOf(tensor), 0),
  };
}

function rowOf(model: Model, operator: Operator): OperatorRow {
  const computed = operator.inputs.map((id) => tensorAt(model, id)).filter((tensor) => tensor.data === null);
  return {
    name: operator.name,
    kind: operator.kind,
    inputShapes: computed.map((tensor) => tensor.shape),
    outputShapes: operator.outputs.map((id) => tensorAt(model, id).shape),
    macs: macsOf(model, operator),
    parameters: parametersOf(model, operator),
    parameterBytes: constantsOf(model, operator).reduce((sum, tensor) => sum + bytesOf(tensor), 0),
  };
}

function endOf(model: Model, id: TensorId): EndRow {
  const tensor = tensorAt(model, id);
  const { scales, zeroPoints } = tensor.quantization ?? { scales: [1], zeroPoints: [0] };
  const [scale = 1, zeroPoint = 0] = [scales[0], zeroPoints[0]];
  return { name: tensor.name, shape: tensor.shape, scale, zeroPoint, bytes: bytesOf(tensor) };
}
