/** The plan: in which order rows are made, and where in SRAM each one lives. Plain data; a report can store it. */
import type { TensorId } from '../graph/index.ts';
import type { KernelVariant, RowLayout } from './kernels/kernel.ts';

/** What a piece of the arena holds. */
export type BufferRole = 'tensor' | 'scratch' | 'state';

/** A place in the arena. Row r of a tensor lives at `offset + (r mod ringRows)·rowBytes`. */
export interface PlanBuffer {
  readonly name: string;
  readonly role: BufferRole;
  /** The tensor it holds, or the tensors that are written over each other in place; none for scratch and state. */
  readonly tensors: readonly TensorId[];
  /** Indices into `Plan.operators` of those that use it as scratch or state; none for tensors. */
  readonly operators: readonly number[];
  readonly offset: number;
  readonly bytes: number;
  readonly layout: RowLayout;
  readonly ringRows: number;
  readonly rowBytes: number;
  /** Steps of the schedule, counted over the whole run: alive from `firstStep` to `lastStep`, both included. A tensor
   * that is kept whole may have rows that are dead earlier, over which something else is written. */
  readonly firstStep: number;
  readonly lastStep: number;
}

/** One operator with the kernel chosen for it. Its index in the lowered model's operators is its index in the plan. */
export interface PlannedOperator {
  readonly kernel: KernelVariant;
  /** Buffers of the activation inputs and of the outputs, as indices into `Plan.buffers`. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly scratch: number | null;
  readonly state: number | null;
}

/** Live bytes of a tensor go to another place, because what comes next needs the room. */
export interface Move {
  /** Indices into `Plan.buffers`; both hold the same tensor. */
  readonly from: number;
  readonly to: number;
  /** Offset and length within the buffer of what is alive. */
  readonly start: number;
  readonly bytes: number;
}

/** `count` times the same sequence of steps; a step is an operator's index, or `INPUT_STEP` for a row that arrives. */
export interface StepGroup {
  readonly count: number;
  readonly operators: readonly number[];
}

/** The step in which the caller hands over the next row of a row-fed input. */
export const INPUT_STEP = -1;

export interface Segment {
  /** Operators [from, to) of the lowered model. */
  readonly from: number;
  readonly to: number;
  /** Streamed row by row, or each operator from its first row to its last. */
  readonly streamed: boolean;
  /** Done one after the other before the segment's first step. */
  readonly moves: readonly Move[];
  readonly program: readonly StepGroup[];
  /** Arena bytes that it needs. */
  readonly peakBytes: number;
}

export type InputMode = 'whole' | 'row-fed';

export interface Plan {
  readonly inputMode: InputMode;
  readonly operators: readonly PlannedOperator[];
  readonly segments: readonly Segment[];
  /** A tensor that is moved has several. */
  readonly buffers: readonly PlanBuffer[];
  /** Where the caller puts the model's inputs and finds its outputs: indices into `buffers`, in the model's order. */
  readonly inputBuffers: readonly number[];
  readonly outputBuffers: readonly number[];
  readonly arenaBytes: number;
  /** Bytes of each piece, in order of offsets, where the arena does not lie in one; no buffer lies across a border. */
  readonly arenaPieces?: readonly number[];
  /** Estimated cycles of one inference, calls included. */
  readonly estimatedCycles: number;
  /** Estimated Flash: constants, and code counted once for each kernel. */
  readonly estimatedFlashBytes: number;
}
