/** A convolution with a shortcut added, as the two operators that it stands for. */
import type { Conv2d, Conv2dAdd, Elementwise, Model, Tensor } from './model.ts';
import { outputOf } from './lookup.ts';

export interface ConvolutionAndSum {
  /** The model with the tensor between the two at its end. */
  readonly model: Model;
  readonly convolution: Conv2d;
  readonly sum: Elementwise;
}

const known = new WeakMap<Conv2dAdd, { readonly of: Model; readonly parts: ConvolutionAndSum }>();

/** The same objects for the same operator of a model, so that what is known of them is known again. */
export function convolutionAndSum(model: Model, operator: Conv2dAdd): ConvolutionAndSum {
  const found = known.get(operator);
  if (found?.of === model) return found.parts;
  const { inputs, outputs, between, clamp, kind: _kind, ...window } = operator;
  const [input = -1, shortcut = -1, ...weights] = inputs;
  const id = model.tensors.length;
  const { quantization } = between;
  const tensor: Tensor = { ...outputOf(model, operator), name: `${operator.name} alone`, quantization };
  const parts: ConvolutionAndSum = {
    model: { ...model, tensors: [...model.tensors, tensor] },
    convolution: {
      ...window,
      kind: 'conv2d',
      inputs: [input, ...weights],
      outputs: [id],
      clamp: between.clamp,
    },
    sum: { kind: 'add', name: `${operator.name} sum`, inputs: [id, shortcut], outputs, clamp },
  };
  known.set(operator, { of: model, parts });
  return parts;
}
