/** What is made of constants alone is a constant: the reference interpreter computes it here and now. */
import { interpret, tensorAt, type Model, type Operator } from '../../graph/index.ts';
import { replaceTensor, untilSettled, type Pass } from './rewrite.ts';

export const foldConstants: Pass = {
  name: 'fold constants',
  run: (model) =>
    untilSettled(model, (current) => {
      const operator = current.operators.find((candidate) => isConstant(current, candidate));
      return operator === undefined ? null : fold(current, operator);
    }),
};

function isConstant(model: Model, { inputs, outputs }: Operator): boolean {
  const isKnown = inputs.every((id) => tensorAt(model, id).data !== null);
  return isKnown && outputs.every((id) => tensorAt(model, id).type === 'int8' && !model.outputs.includes(id));
}

function fold(model: Model, operator: Operator): Model {
  const values = interpret({ ...model, operators: [operator], inputs: [], outputs: operator.outputs }, []);
  const folded = operator.outputs.reduce(
    (current, id, index) => replaceTensor(current, id, { ...tensorAt(current, id), data: values[index] ?? null }),
    model,
  );
  return { ...folded, operators: folded.operators.filter((each) => each !== operator) };
}
