/** Small tools that all passes use: models are immutable, so a pass makes a new one. */
import type { Model, Operator, OperatorKind, Tensor, TensorId } from '../../graph/index.ts';

/** A named step from a model to an equivalent one: same outputs for the same inputs, in every byte. */
export interface Pass {
  readonly name: string;
  readonly run: (model: Model) => Model;
}

export function consumersOf(model: Model, id: TensorId): Operator[] {
  return model.operators.filter(({ inputs }) => inputs.includes(id));
}

export function producerOf(model: Model, id: TensorId): Operator | undefined {
  return model.operators.find(({ outputs }) => outputs.includes(id));
}

/** The only reader of the tensor, if there is one and the tensor is no output of the model. */
export function soleConsumerOf(model: Model, id: TensorId): Operator | null {
  const [first, ...more] = consumersOf(model, id);
  return first !== undefined && more.length === 0 && !model.outputs.includes(id) ? first : null;
}

/** The operator, if it is of the kind. */
export function ofKind<K extends OperatorKind>(
  operator: Operator | null | undefined,
  kind: K,
): Extract<Operator, { kind: K }> | null {
  return operator?.kind === kind ? (operator as Extract<Operator, { kind: K }>) : null;
}

/** The model with each operator replaced by what `rewrite` returns for it: another one, or null for none. */
export function mapOperators(model: Model, rewrite: (operator: Operator) => Operator | null): Model {
  const operators = model.operators.map(rewrite).filter((operator) => operator !== null);
  return { ...model, operators };
}

/** Every reader of `from` (and the model's outputs) reads `to` instead. */
export function redirect(model: Model, from: TensorId, to: TensorId): Model {
  const swap = (id: TensorId): TensorId => (id === from ? to : id);
  return {
    ...model,
    operators: model.operators.map((operator) => ({ ...operator, inputs: operator.inputs.map(swap) })),
    outputs: model.outputs.map(swap),
  };
}

export function replaceTensor(model: Model, id: TensorId, tensor: Tensor): Model {
  return { ...model, tensors: model.tensors.map((old, index) => (index === id ? tensor : old)) };
}

export function addTensor(model: Model, tensor: Tensor): { model: Model; id: TensorId } {
  return { model: { ...model, tensors: [...model.tensors, tensor] }, id: model.tensors.length };
}

/** Rewrites again and again until `step` finds nothing more to do. */
export function untilSettled(model: Model, step: (model: Model) => Model | null): Model {
  let current = model;
  for (let next = step(current); next !== null; next = step(current)) current = next;
  return current;
}
