/** The kernels for cores with the DSP extension. */
import type { KernelMaker } from '../kernel.ts';
import { dspAddition } from './addition.ts';
import { dspConvolution } from './convolution.ts';
import { dspDepthwise } from './depthwise.ts';
import { dspFullyConnected } from './fullyConnected.ts';
import { dspMean } from './mean.ts';
import { dspPool } from './pool.ts';
import { dspProduct } from './product.ts';
import { dspProjectionAddition } from './projectionAddition.ts';

export const dspMakers: readonly KernelMaker[] = [
  dspConvolution,
  dspProjectionAddition,
  dspDepthwise,
  dspFullyConnected,
  dspAddition,
  dspPool,
  dspMean,
  dspProduct,
];
