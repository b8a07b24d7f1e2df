/**
 * Operators that change no byte go: reshapes whose reader does not look at the shape, slices and pads of everything
 * and nothing, transposes that only move axes of one element, requantizations to the same scale, concatenations of one.
 */
import {
  sameShape,
  scaleOf,
  tableOf,
  tensorAt,
  zeroPointOf,
  type Model,
  type Operator,
  type TensorId,
  type Transpose,
} from '../../graph/index.ts';
import { consumersOf, mapOperators, redirect, untilSettled, type Pass } from './rewrite.ts';

export const dropNoOps: Pass = {
  name: 'drop what changes nothing',
  run: (model) =>
    untilSettled(model, (current) => {
      const plain = current.operators.find((operator) => isHiddenReshape(current, operator));
      if (plain !== undefined) return asReshape(current, plain);
      const idle = current.operators.find((operator) => isIdle(current, operator));
      return idle === undefined ? null : bypass(current, idle);
    }),
};

/** A transpose that leaves the order of the bytes as it is. */
function isHiddenReshape(model: Model, operator: Operator): boolean {
  return operator.kind === 'transpose' && keepsOrder(model, operator);
}

export function keepsOrder(model: Model, { inputs, permutation }: Transpose): boolean {
  const { shape } = tensorAt(model, inputs[0]);
  const moved = permutation.filter((axis) => (shape[axis] ?? 1) > 1);
  return moved.every((axis, place) => place === 0 || axis > (moved[place - 1] ?? -1));
}

function asReshape(model: Model, transpose: Operator): Model {
  const { name, inputs, outputs } = transpose;
  return mapOperators(model, (operator) =>
    operator === transpose ? { kind: 'reshape', name, inputs: inputs.slice(0, 1), outputs } : operator,
  );
}

function isIdle(model: Model, operator: Operator): boolean {
  const [from, to] = [operator.inputs[0], operator.outputs[0]];
  if (from === undefined || to === undefined || !mayStandFor(model, from, to)) return false;
  const [input, output] = [tensorAt(model, from), tensorAt(model, to)];
  switch (operator.kind) {
    case 'reshape':
      return sameShape(input.shape, output.shape) || shapeDoesNotMatter(model, to);
    case 'pad':
    case 'resize_nearest_neighbor':
    case 'resize_bilinear':
      return sameShape(input.shape, output.shape);
    case 'strided_slice':
      return sameShape(input.shape, output.shape) && operator.strides.every((stride) => stride > 0);
    case 'concatenation':
      return operator.inputs.length === 1;
    case 'split':
      return operator.outputs.length === 1;
    case 'relu':
    case 'relu6':
    case 'quantize':
      return tableOf(model, operator).every((q, index) => q === index - 128);
    default:
      return false;
  }
}

/** Both are int8 of the same scale, and the model's ends stay apart: an output that is an input must be copied. */
function mayStandFor(model: Model, from: TensorId, to: TensorId): boolean {
  const [input, output] = [tensorAt(model, from), tensorAt(model, to)];
  if (input.type !== 'int8' || output.type !== 'int8') return false;
  if (scaleOf(input) !== scaleOf(output) || zeroPointOf(input) !== zeroPointOf(output)) return false;
  if (!model.outputs.includes(to)) return true;
  return input.data === null && !model.inputs.includes(from) && !model.outputs.includes(from);
}

/** Whoever reads the tensor takes its elements one after the other. */
function shapeDoesNotMatter(model: Model, id: TensorId): boolean {
  const readers = consumersOf(model, id);
  return (
    !model.outputs.includes(id) &&
    readers.length > 0 &&
    readers.every(({ kind, inputs }) => (kind === 'fully_connected' && inputs[0] === id) || kind === 'reshape')
  );
}

function bypass(model: Model, operator: Operator): Model | null {
  const [from, to] = [operator.inputs[0], operator.outputs[0]];
  if (from === undefined || to === undefined) return null;
  return redirect({ ...model, operators: model.operators.filter((each) => each !== operator) }, to, from);
}
