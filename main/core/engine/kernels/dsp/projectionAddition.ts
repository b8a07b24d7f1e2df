/** 1×1 convolutions with a shortcut added: their blocks end with the sum, in the same registers. */
import { convolutionAndSum, imageShapeOf, inputOf, outputOf, type ConvolutionAndSum } from '../../../graph/index.ts';
import type { KernelMaker } from '../kernel.ts';
import { linearAddition } from './addition.ts';
import { pointwiseVariants, type Shortcut } from './pointwise.ts';

/** What most sums are shifted by; where there is no data, code of that shape is expected. */
const USUAL_SHIFT = 20;

export const dspProjectionAddition: KernelMaker = ({ model, operator }) => {
  if (operator.kind !== 'conv2d_add') return [];
  const parts = convolutionAndSum(model, operator);
  const [, kernelH = 0, kernelW = 0] = inputOf(parts.model, parts.convolution, 1).shape;
  const { top, bottom, left, right } = operator.padding;
  if (kernelH * kernelW !== 1 || top + bottom + left + right !== 0) return [];
  const { height, width } = imageShapeOf(outputOf(model, operator));
  // A single pixel is done as a fully connected layer, which is faster.
  if (height * width === 1) return [];
  const shortcut = shortcutOf(parts);
  return shortcut === null ? [] : pointwiseVariants(parts.model, parts.convolution, shortcut);
};

/** Null where the sum is none of 32-bit products. */
function shortcutOf({ model, convolution, sum }: ConvolutionAndSum): Shortcut | null {
  const { clamp } = sum;
  if (inputOf(model, convolution, 1).data === null) return { traits: { shift: USUAL_SHIFT, clamp }, a: 0, b: 0, c: 0 };
  const linear = linearAddition(model, sum);
  if (linear?.product !== 'mla') return null;
  const { shift, first, second, offset } = linear;
  return { traits: { shift, clamp }, a: first, b: second, c: offset };
}
