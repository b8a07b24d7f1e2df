/** All kernel variants there are, asked in one place. */
import { hasDsp, type KernelRequest, type KernelVariant } from './kernel.ts';
import { dspMakers } from './dsp/index.ts';
import { portableMakers } from './portable/index.ts';

/** The variants that can do the operator on the core; empty where there are none. */
export function kernelVariants(request: KernelRequest): readonly KernelVariant[] {
  const makers = hasDsp(request.core) ? [...dspMakers, ...portableMakers] : portableMakers;
  return makers.flatMap((maker) => maker(request));
}
