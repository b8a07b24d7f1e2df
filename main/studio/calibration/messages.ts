import type { Board } from '../../boards/index.ts';
import type { LatencyPoint } from '../../core/engine/index.ts';
import type { Subject } from './subjects.ts';

/** What the calibration's thread is asked: which networks to measure on a board, or the C of one of them. */
export type CalibrationTask =
  | { readonly kind: 'subjects'; readonly board: Board; readonly count: number }
  | { readonly kind: 'compile'; readonly board: Board; readonly subject: Subject };

/** A kernel before it is measured, in the order of the operators. */
export type UnmeasuredKernel = Omit<LatencyPoint, 'cycles'>;

/** The C of a calibration's image, and what the driver has to do beside the kernels. */
export interface CompiledSubject {
  readonly files: readonly (readonly [path: string, text: string])[];
  readonly kernels: readonly UnmeasuredKernel[];
  readonly operators: readonly { readonly name: string }[];
  /** Estimated cycles of the moves between segments. */
  readonly movingCycles: number;
}
