/**
 * From accumulators to stored bytes: the instructions of a requantization, its packed parameters, and its plain C.
 */
import type { Clamp } from '../../../graph/index.ts';
import { loadConstant } from './assembly.ts';
import type { Requantization } from './requantization.ts';

/** Words of parameters that a channel takes in the stream. */
export const parameterWords = (requantization: Requantization): number => (requantization.kind === 'fit' ? 2 : 3);

/** They go into the stream in the order in which `finishing` expects them in registers. */
export function channelParameters(requantization: Requantization, channel: number): readonly number[] {
  if (requantization.kind === 'fit') {
    const { offset, multiplier } = requantization.channels[channel] ?? missing(channel);
    return [offset, multiplier];
  }
  const { offset, multiplier, shift } = requantization.channels[channel] ?? missing(channel);
  return [offset, multiplier, shift];
}

function missing(channel: number): never {
  throw new RangeError(`no requantization for channel ${String(channel)}`);
}

/** True where the channel's weights are to be packed as zeros. */
export const isConstantChannel = (requantization: Requantization, channel: number): boolean =>
  requantization.kind === 'fit' && requantization.channels[channel]?.constant === true;

/** Registers of one channel's parameters, and what else a finish may use. */
export interface FinishRegisters {
  readonly parameters: readonly string[];
  /** Free to use (exact) or holding the base (fit with one). */
  readonly spare: string;
}

/**
 * Finishes the accumulators of one channel (several pixels), in place, leaving an int8 in each.
 *
 * @param scale bits by which the accumulators are already scaled up: 8 where a packed pair was taken apart
 */
export function finishing(
  requantization: Requantization,
  accumulators: readonly string[],
  scale: number,
  { parameters, spare }: FinishRegisters,
): string[] {
  const [offset = '', multiplier = '', exponent = ''] = parameters;
  const shifted = (register: string, bits: number): string =>
    bits === scale
      ? register
      : bits > scale
        ? `${register}, lsl #${String(bits - scale)}`
        : `${register}, asr #${String(scale - bits)}`;
  const each = (make: (register: string) => string): string[] => accumulators.map(make);
  if (requantization.kind === 'fit') {
    const { scaleBits, shift, base } = requantization;
    return [
      ...each((a) => `add ${a}, ${offset}, ${shifted(a, scaleBits)}`),
      ...each((a) => (base === 0 ? `smmul ${a}, ${a}, ${multiplier}` : `smmla ${a}, ${a}, ${multiplier}, ${spare}`)),
      ...each((a) => `ssat ${a}, #8, ${a}, asr #${String(shift)}`),
      ...clamping(accumulators, requantization.clamp),
    ];
  }
  const zero = requantization.zeroPoint;
  return [
    ...accumulators.flatMap((a) => [
      `add ${a}, ${offset}, ${shifted(a, 1)}`,
      `asr ${spare}, ${a}, #31`,
      `smmlar ${a}, ${a}, ${multiplier}, ${spare}`,
      `asrs ${a}, ${a}, ${exponent}`,
      zero >= 0 ? `adc ${a}, ${a}, #${String(zero)}` : `sbc ${a}, ${a}, #${String(-zero - 1)}`,
      `ssat ${a}, #8, ${a}`,
    ]),
    ...clamping(accumulators, requantization.clamp),
  ];
}

function clamping(registers: readonly string[], { min, max }: Clamp): string[] {
  return registers.flatMap((a) => [
    ...(min > -128 ? [`cmp ${a}, #${String(min)}`, 'it lt', `movlt ${a}, #${String(min)}`] : []),
    ...(max < 127 ? [`cmp ${a}, #${String(max)}`, 'it gt', `movgt ${a}, #${String(max)}`] : []),
  ]);
}

/** What must be in `spare` before `finishing`. */
export function baseInto(register: string, requantization: Requantization): string[] {
  return requantization.kind === 'fit' && requantization.base !== 0 ? loadConstant(register, requantization.base) : [];
}

/** Modelled cycles to finish one output, parameters and store not counted. */
export function finishCycles(requantization: Requantization | 'fit' | 'exact'): number {
  const kind = typeof requantization === 'string' ? requantization : requantization.kind;
  return kind === 'fit' ? 3 : 6;
}

/** A C expression for the finished output of `sum`, with the channel's parameters at `p`. */
export function finishInC(requantization: Requantization, sum: string): string {
  const { min, max } = requantization.clamp;
  const limits = `${String(min)}, ${String(max)}`;
  if (requantization.kind === 'fit') {
    const { scaleBits, shift, base } = requantization;
    return `model_clamp(model_fit((${sum}), p, ${String(scaleBits)}, ${String(base)}, ${String(shift)}), ${limits})`;
  }
  return `model_clamp(model_exact((${sum}), p) + ${String(requantization.zeroPoint)}, ${limits})`;
}

/** Names the finish in a kernel's name: all that the generated code depends on. */
export function finishName(requantization: Requantization): string {
  const { min, max } = requantization.clamp;
  const number = (x: number): string => String(x).replace('-', 'm');
  const clamp = min === -128 && max === 127 ? '' : `_c${number(min)}_${number(max)}`;
  if (requantization.kind === 'fit') {
    const { scaleBits, shift, base } = requantization;
    return `f${String(scaleBits)}_${String(shift)}${base === 0 ? '' : `_b${number(base)}`}${clamp}`;
  }
  return `e${number(requantization.zeroPoint)}${clamp}`;
}

/**
 * As `finishing`, where only two registers are free: each parameter is loaded when it is needed.
 *
 * @param load instructions that put the channel's nth parameter into a register
 */
export function finishingStaged(
  requantization: Requantization,
  accumulators: readonly string[],
  scale: number,
  load: (parameter: number, register: string) => string[],
  [first, second]: readonly [string, string],
): string[] {
  const shifted = (register: string, bits: number): string =>
    bits === scale
      ? register
      : bits > scale
        ? `${register}, lsl #${String(bits - scale)}`
        : `${register}, asr #${String(scale - bits)}`;
  const each = (make: (register: string) => string | string[]): string[] => accumulators.flatMap(make);
  if (requantization.kind === 'fit') {
    const { scaleBits, shift, base } = requantization;
    if (base === 0) {
      return [
        ...load(0, first),
        ...load(1, second),
        ...each((a) => `add ${a}, ${first}, ${shifted(a, scaleBits)}`),
        ...each((a) => `smmul ${a}, ${a}, ${second}`),
        ...each((a) => `ssat ${a}, #8, ${a}, asr #${String(shift)}`),
        ...clamping(accumulators, requantization.clamp),
      ];
    }
    return [
      ...load(0, first),
      ...load(1, second),
      ...each((a) => `add ${a}, ${first}, ${shifted(a, scaleBits)}`),
      ...loadConstant(first, base),
      ...each((a) => `smmla ${a}, ${a}, ${second}, ${first}`),
      ...each((a) => `ssat ${a}, #8, ${a}, asr #${String(shift)}`),
      ...clamping(accumulators, requantization.clamp),
    ];
  }
  const zero = requantization.zeroPoint;
  return [
    ...load(0, first),
    ...load(1, second),
    ...each((a) => `add ${a}, ${first}, ${shifted(a, 1)}`),
    ...each((a) => [`asr ${first}, ${a}, #31`, `smmlar ${a}, ${a}, ${second}, ${first}`]),
    ...load(2, first),
    ...each((a) => [
      `asrs ${a}, ${a}, ${first}`,
      zero >= 0 ? `adc ${a}, ${a}, #${String(zero)}` : `sbc ${a}, ${a}, #${String(-zero - 1)}`,
      `ssat ${a}, #8, ${a}`,
    ]),
    ...clamping(accumulators, requantization.clamp),
  ];
}
