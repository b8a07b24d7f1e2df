/**
 * The seam between the planner and the kernels. Rows are the unit: an operator is done in steps, each step reads a
 * window of rows of each input and makes some rows of each output. The planner decides when each step runs and where
 * each row lives; a kernel variant says what a step reads, makes and costs, and writes the C that does it.
 */
import type { Model, Operator } from '../../graph/index.ts';

/** `m0`, `m0plus` and `m3` get plain C; `m4`, `m7` and `m33` have the DSP extension (SXTB16, SMLAD, SMMULR, SSAT). */
export type Core = 'm0' | 'm0plus' | 'm3' | 'm4' | 'm7' | 'm33';

export const hasDsp = (core: Core): boolean => core === 'm4' || core === 'm7' || core === 'm33';

/** A tensor as rows: height rows of width·channels int8 elements. See `rowShapeOf`. */
export interface RowShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Channels innermost: element (x, c) at `x·channels + c`; `width·channels` bytes, nothing around them. */
export interface HwcLayout {
  readonly kind: 'hwc';
}

/**
 * Channel after channel, so that a depthwise kernel reads neighbouring columns: element (x, c) at
 * `padLeft + c·channelBytes + x`. The bytes between the channels, before the first and after the last hold the
 * tensor's zero point: they are the horizontal padding, and neighbouring channels may share it (`channelBytes` is at
 * least `width + max(padLeft, padRight)`). The plan fills them once before the first row is made; whoever makes a row
 * writes its `width` columns only.
 */
export interface PlanarLayout {
  readonly kind: 'planar';
  readonly padLeft: number;
  readonly channelBytes: number;
  /** At least `padLeft + channels·channelBytes`, plus what of the last right pad `channelBytes` does not hold. */
  readonly rowBytes: number;
}

export type RowLayout = HwcLayout | PlanarLayout;

export const hwc: HwcLayout = { kind: 'hwc' };

/** The bytes of one row. */
export const rowBytesOf = (shape: RowShape, layout: RowLayout): number =>
  layout.kind === 'hwc' ? shape.width * shape.channels : layout.rowBytes;

/**
 * Which rows of one tensor a step touches: `count` rows from `first(step)` on. Rows outside the image are allowed: an
 * input row there is handed over as a pointer to a row of zero points (at least `edgeRowBytes` long, in Flash; NULL where
 * that is 0), an output row there as NULL, and must not be written.
 */
export interface RowAccess {
  /** Pointers handed over in each step. */
  readonly count: number;
  readonly first: (step: number) => number;
  /** All rows, contiguous, as one pointer to row 0 (`count` is 1, `first` is not asked). */
  readonly whole?: boolean;
}

/** The rows a step needs, clipped to the image: [from, to). */
export function rowsTouched(access: RowAccess, step: number, height: number): readonly [number, number] {
  if (access.whole) return [0, height];
  const first = access.first(step);
  return [Math.min(Math.max(first, 0), height), Math.max(Math.min(first + access.count, height), 0)];
}

/** What a kernel is asked for. The data of constants may be null where only a cost is wanted. */
export interface KernelRequest {
  readonly model: Model;
  readonly operator: Operator;
  readonly core: Core;
}

/** The layouts that the plan settled on for the activations, in the operator's order. */
export interface ChosenLayouts {
  readonly inputs: readonly RowLayout[];
  readonly outputs: readonly RowLayout[];
}

/** A C function; two operators whose functions have the same name share it, so the name must say all it depends on. */
export interface CFunction {
  readonly name: string;
  /** The whole definition with its comment. Helpers are `static`; the entry is not. */
  readonly code: string;
}

export interface EmittedKernel {
  /** Helpers first. The last one is the entry: `void name(const model_step *step)`. */
  readonly functions: readonly CFunction[];
  /**
   * Weights, biases, requantization parameters, packed in the order in which the kernel reads them; null where there
   * are none. Emitted as one 4-byte aligned const array and handed over as `step->constants`. Read words of a byte
   * array through `model_word` (a may_alias type).
   */
  readonly constants: Int8Array | Uint8Array | Int16Array | Int32Array | Uint32Array | null;
}

/** One way to do one operator. */
export interface KernelVariant {
  /** Its specification: `conv1x1_24x144_relu_m4`. Equal names have equal costs. */
  readonly name: string;
  /** Steps to make the whole output. */
  readonly steps: number;
  /** One for each activation input (constants are left out), in the operator's order. */
  readonly inputs: readonly RowAccess[];
  /** The layout that it reads of each of them. */
  readonly inputLayouts: readonly RowLayout[];
  readonly outputs: readonly RowAccess[];
  /** True: writes any `RowLayout` that the consumer asks for; false: hwc only. */
  readonly writesPlanar: boolean;
  /**
   * True: a step may write its output rows over the very bytes of the input rows that it reads (the first input; same
   * address, same row bytes). The planner uses it where that input is dead after the step.
   */
  readonly inPlace?: boolean;
  /** Arena bytes that a step may use and that mean nothing afterwards; 16-byte aligned. */
  readonly scratchBytes: number;
  /** Arena bytes that live from the operator's first step to its last; 16-byte aligned. */
  readonly stateBytes: number;
  /** Bytes of the row of zero points that rows outside the image need; 0 where none is ever read: they are NULL then. */
  readonly edgeRowBytes: number;
  /** Flash of the constants, and of the code (counted once for each name). */
  readonly constantBytes: number;
  readonly codeBytes: number;
  /** Code that variants of other names may use as well: Flash bytes, counted once for each of these names. */
  readonly sharedCode?: readonly { readonly name: string; readonly bytes: number }[];
  /** Estimated cycles of the whole operator on this core, without the calls. */
  readonly cycles: number;
  /** Throws where the data of the operator's constants is missing. */
  readonly emit: (layouts: ChosenLayouts) => EmittedKernel;
}

/** Returns the variants that can do the operator, in any order; none where it is not the maker's business. */
export type KernelMaker = (request: KernelRequest) => readonly KernelVariant[];
