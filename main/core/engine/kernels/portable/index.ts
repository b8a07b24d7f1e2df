/** Kernels in plain C for every operator: for cores without the DSP extension, for the host, for the rare cases. */
import type { KernelMaker } from '../kernel.ts';
import { portableConvolution } from './convolution.ts';
import { portableElementwise } from './elementwise.ts';
import { portableFullyConnected } from './fullyConnected.ts';
import { portableMean } from './mean.ts';
import { portableMovement } from './movement.ts';
import { portablePool } from './pool.ts';
import { portableResize } from './resize.ts';
import { portableScalar } from './scalar.ts';
import { portableSoftmax } from './softmax.ts';

export const portableMakers: readonly KernelMaker[] = [
  portableConvolution,
  portableFullyConnected,
  portableElementwise,
  portablePool,
  portableMean,
  portableSoftmax,
  portableScalar,
  portableMovement,
  portableResize,
];
