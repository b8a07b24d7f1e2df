/** DEQUANTIZE whose readers all QUANTIZE again: each pair becomes one step from int8 to int8, a table. */
import { tensorAt, type Model, type Operator } from '../../graph/index.ts';
import { consumersOf, mapOperators, untilSettled, type Pass } from './rewrite.ts';

export const fuseFloatDetours: Pass = {
  name: 'fuse detours through float',
  run: (model) =>
    untilSettled(model, (current) => {
      const detour = current.operators.find((operator) => isDetour(current, operator));
      return detour === undefined ? null : fuse(current, detour);
    }),
};

function isDetour(model: Model, operator: Operator): boolean {
  const [source, real] = [operator.inputs[0], operator.outputs[0]];
  if (operator.kind !== 'dequantize' || source === undefined || real === undefined) return false;
  if (tensorAt(model, source).type !== 'int8' || model.outputs.includes(real)) return false;
  const readers = consumersOf(model, real);
  return readers.length > 0 && readers.every(({ kind }) => kind === 'quantize');
}

function fuse(model: Model, detour: Operator): Model {
  const [source, real] = [detour.inputs[0], detour.outputs[0]];
  return mapOperators(model, (operator): Operator | null => {
    if (operator === detour) return null;
    if (operator.kind !== 'quantize' || operator.inputs[0] !== real || source === undefined) return operator;
    return { ...operator, inputs: [source], throughFloat: true };
  });
}
