/** Operators whose outputs nobody reads, and tensors that nothing refers to, go. */
import type { Model, TensorId } from '../../graph/index.ts';
import type { Pass } from './rewrite.ts';

export const removeUnused: Pass = { name: 'remove what nobody reads', run: (model) => compact(removeOperators(model)) };

function removeOperators(model: Model): Model {
  const needed = new Set(model.outputs);
  const kept = [...model.operators].reverse().filter((operator) => {
    if (!operator.outputs.some((id) => needed.has(id))) return false;
    for (const id of operator.inputs) needed.add(id);
    return true;
  });
  return kept.length === model.operators.length ? model : { ...model, operators: kept.reverse() };
}

/** Renumbers the tensors that are left. */
function compact(model: Model): Model {
  const used = new Set<TensorId>([...model.inputs, ...model.outputs]);
  for (const { inputs, outputs } of model.operators) for (const id of [...inputs, ...outputs]) used.add(id);
  if (used.size === model.tensors.length) return model;
  const numbers = new Map([...used].sort((a, b) => a - b).map((id, index) => [id, index] as const));
  const renumber = (ids: readonly TensorId[]): TensorId[] => ids.map((id) => numbers.get(id) ?? id);
  return {
    ...model,
    tensors: model.tensors.filter((_, id) => used.has(id)),
    operators: model.operators.map((operator) => ({
      ...operator,
      inputs: renumber(operator.inputs),
      outputs: renumber(operator.outputs),
    })),
    inputs: renumber(model.inputs),
    outputs: renumber(model.outputs),
  };
}
