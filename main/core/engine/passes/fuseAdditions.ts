/**
 * ADD into the 1×1 convolution right before it: its output is then never stored, and no second pass over it is made. Exact, as
 * the new operator rounds as both did, one after the other. Only where a core's kernels can do it.
 */
import { sameShape, tensorAt, type Conv2d, type Conv2dAdd, type Model, type Operator } from '../../graph/index.ts';
import { soleConsumerOf } from './rewrite.ts';

/** Whether there is a kernel for the operator that would be made, in the model that would hold it. */
export type CanDo = (model: Model, operator: Conv2dAdd) => boolean;

/** The model with every ADD fused that can be, in the order of its operators. */
export function fuseAdditions(model: Model, canDo: CanDo): Model {
  const operators: Operator[] = [];
  for (const operator of model.operators) {
    const before = operators.at(-1);
    const fused = before?.kind === 'conv2d' ? fusedWith(model, before, operator) : null;
    if (fused !== null && canDo(model, fused)) operators[operators.length - 1] = fused;
    else operators.push(operator);
  }
  return operators.length === model.operators.length ? model : { ...model, operators };
}

function fusedWith(model: Model, convolution: Conv2d, sum: Operator): Conv2dAdd | null {
  const [alone = -1] = convolution.outputs;
  if (sum.kind !== 'add' || soleConsumerOf(model, alone) !== sum) return null;
  const [shortcut, ...more] = sum.inputs.filter((id) => id !== alone);
  const between = tensorAt(model, alone);
  if (shortcut === undefined || more.length > 0 || between.quantization === null) return null;
  const other = tensorAt(model, shortcut);
  if (other.data !== null || !sameShape(other.shape, between.shape)) return null;
  const { inputs, clamp, kind: _kind, outputs: _outputs, ...window } = convolution;
  const [input = -1, ...weights] = inputs;
  return {
    ...window,
    kind: 'conv2d_add',
    inputs: [input, shortcut, ...weights],
    outputs: sum.outputs,
    between: { quantization: between.quantization, clamp },
    clamp: sum.clamp,
  };
}
