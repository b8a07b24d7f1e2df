/**
 * MEAN of a transposed tensor is the mean over the axes as they were, transposed afterwards: so transposes that come
 * from other layouts move towards the end, where little is left to move, and often nothing.
 */
import { tensorAt, type Mean, type Model, type Operator, type Tensor, type Transpose } from '../../graph/index.ts';
import { addTensor, mapOperators, ofKind, producerOf, untilSettled, type Pass } from './rewrite.ts';

export const sinkTransposes: Pass = {
  name: 'move transposes behind means',
  run: (model) =>
    untilSettled(model, (current) => {
      for (const operator of current.operators) {
        const mean = ofKind(operator, 'mean');
        const transpose = mean === null ? null : ofKind(producerOf(current, mean.inputs[0] ?? -1), 'transpose');
        if (mean !== null && transpose !== null) return swap(current, transpose, mean);
      }
      return null;
    }),
};

function swap(model: Model, transpose: Transpose, mean: Mean): Model {
  const [source] = transpose.inputs;
  const [target] = mean.outputs;
  if (source === undefined || target === undefined) return model;
  const original = tensorAt(model, source);
  const axes = mean.axes.map((axis) => transpose.permutation[axis] ?? axis).sort((a, b) => a - b);
  const output = tensorAt(model, target);
  // The axes that are left, in the order of the source and in the order that is wanted.
  const left = (order: readonly number[]): number[] =>
    mean.keepDims ? [...order] : order.filter((axis) => !axes.includes(axis));
  const sourceOrder = left(original.shape.map((_, axis) => axis));
  const permutation = left(transpose.permutation).map((axis) => sourceOrder.indexOf(axis));
  const shape = sourceOrder.map((axis) => (axes.includes(axis) ? 1 : (original.shape[axis] ?? 1)));
  const between: Tensor = { ...output, name: `${output.name} before ${transpose.name}`, shape };
  const added = addTensor(model, between);
  // A transpose that others read as well stays for them; removeUnused takes it away otherwise.
  const isMean = (operator: Operator): boolean => operator === mean;
  const replaced = mapOperators(added.model, (operator) =>
    isMean(operator) ? { ...mean, axes, inputs: [source], outputs: [added.id] } : operator,
  );
  const place = replaced.operators.findIndex(({ name }) => name === mean.name) + 1;
  const moved: Operator = {
    kind: 'transpose',
    name: uniqueName(model, `${transpose.name} after ${mean.name}`),
    permutation,
    inputs: [added.id],
    outputs: [target],
  };
  return { ...replaced, operators: [...replaced.operators.slice(0, place), moved, ...replaced.operators.slice(place)] };
}

function uniqueName(model: Model, wanted: string): string {
  let name = wanted;
  for (let number = 2; model.operators.some((operator) => operator.name === name); number++)
    name = `${wanted} ${String(number)}`;
  return name;
}
