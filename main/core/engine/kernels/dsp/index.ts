/** The kernels for cores with the DSP extension. */
import type { KernelMaker } from '../kernel.ts';

export const dspMakers: readonly KernelMaker[] = [];
