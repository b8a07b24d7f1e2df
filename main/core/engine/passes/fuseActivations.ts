/**
 * RELU6 (and RELU where it does not rescale) after an operator that clamps becomes part of that clamp. Both work on
 * the quantized value, so that this is exact where the two tensors share scale and zero point.
 */
import {
  relu6Clamp,
  tensorAt,
  zeroPointOf,
  type Activation,
  type Clamp,
  type Model,
  type Operator,
} from '../../graph/index.ts';
import { mapOperators, producerOf, soleConsumerOf, untilSettled, type Pass } from './rewrite.ts';

export const fuseActivations: Pass = {
  name: 'fuse activations into the operator before',
  run: (model) =>
    untilSettled(model, (current) => {
      for (const operator of current.operators) {
        if (operator.kind !== 'relu' && operator.kind !== 'relu6') continue;
        const fused = fuse(current, operator);
        if (fused !== null) return fused;
      }
      return null;
    }),
};

function fuse(model: Model, activation: Activation): Model | null {
  const [source, target] = [activation.inputs[0], activation.outputs[0]];
  if (source === undefined || target === undefined) return null;
  const producer = producerOf(model, source);
  if (producer === undefined || !('clamp' in producer) || soleConsumerOf(model, source) !== activation) return null;
  const range = rangeOf(model, activation);
  if (range === null) return null;
  const clamp: Clamp = { min: bound(producer.clamp.min, range), max: bound(producer.clamp.max, range) };
  return mapOperators(model, (operator): Operator | null => {
    if (operator === activation) return null;
    return operator === producer ? ({ ...operator, outputs: [target], clamp } as Operator) : operator;
  });
}

const bound = (value: number, { min, max }: Clamp): number => Math.min(Math.max(value, min), max);

/** To what the activation clamps, or null where it rescales as well. */
function rangeOf(model: Model, activation: Activation): Clamp | null {
  const [input, output] = [tensorAt(model, activation.inputs[0]), tensorAt(model, activation.outputs[0])];
  const same =
    input.quantization?.scales[0] === output.quantization?.scales[0] && zeroPointOf(input) === zeroPointOf(output);
  if (!same) return null;
  return activation.kind === 'relu6' ? relu6Clamp(input) : { min: zeroPointOf(output), max: 127 };
}
