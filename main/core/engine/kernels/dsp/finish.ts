/**
 * From accumulators to stored bytes: the instructions of a requantization, its packed parameters, and its plain C.
 */
import type { Clamp } from '../../../graph/index.ts';
import { loadConstant } from './assembly.ts';
import type { FinishKind, Requantization } from './requantization.ts';

/** What the code of a finish depends on, without the numbers of a layer that a function may be told at run time. */
export interface FitTraits {
  readonly kind: 'fit';
  readonly scaleBits: number;
  readonly shift: number;
  /** A base is added (SMMLA). */
  readonly based: boolean;
  readonly clamp: Clamp;
}

export interface ExactTraits {
  readonly kind: 'exact' | 'wide';
  readonly clamp: Clamp;
}

export type FinishTraits = FitTraits | ExactTraits;

export function traitsOf(requantization: Requantization): FinishTraits {
  const { kind, clamp } = requantization;
  if (kind !== 'fit') return { kind, clamp };
  const { scaleBits, shift, base } = requantization;
  return { kind, scaleBits, shift, based: base !== 0, clamp };
}

/** What is added to each output: the zero point, or the base of a fit. */
export const addendOf = (requantization: Requantization): number =>
  requantization.kind === 'fit' ? requantization.base : requantization.zeroPoint;

/** Words of parameters that a channel takes in the stream. */
export const parameterWords = (kind: FinishKind): number => (kind === 'wide' ? 3 : 2);

/**
 * A channel's parameters as they go into the stream.
 *
 * @param bias to be added to the channel's own
 */
export function channelParameters(requantization: Requantization, channel: number, bias = 0): readonly number[] {
  if (requantization.kind === 'fit') {
    const { offset, multiplier } = requantization.channels[channel] ?? missing(channel);
    // Modulo 2^32, as the sum to which it is added.
    return [(offset + bias * 2 ** requantization.scaleBits) | 0, multiplier];
  }
  const { offset: own, multiplier, shift } = requantization.channels[channel] ?? missing(channel);
  const offset = own + 2 * bias;
  return requantization.kind === 'exact' ? [(offset << 8) | shift, multiplier] : [offset, multiplier, shift];
}

/** Loads one channel's parameters from the stream at r1, of an exact finish, and says which registers have them. */
export function loadExact(kind: 'exact' | 'wide'): { readonly loads: string[]; readonly parameters: string[] } {
  return kind === 'wide'
    ? { loads: ['ldm r1!, {r10, r11, r12}'], parameters: ['r10', 'r11', 'r12'] }
    : { loads: ['ldm r1!, {r11, r12}', 'asr r10, r11, #8'], parameters: ['r10', 'r12', 'r11'] };
}

function missing(channel: number): never {
  throw new RangeError(`no requantization for channel ${String(channel)}`);
}

/** True where the channel's weights are to be packed as zeros. */
export const isConstantChannel = (requantization: Requantization, channel: number): boolean =>
  requantization.kind === 'fit' && requantization.channels[channel]?.constant === true;

/** Registers of one channel's parameters (offset, multiplier, exponent), and what else a finish may use. */
export interface FinishRegisters {
  readonly parameters: readonly string[];
  /** Free to use (exact) or holding the base (fit with one). */
  readonly spare: string;
}

/**
 * Finishes the accumulators of one channel (several pixels), in place, leaving an int8 in each. The addend is in a
 * register.
 *
 * @param scale bits by which the accumulators are already scaled up: 8 where a packed pair was taken apart
 */
export function finishingWith(
  finish: FinishTraits,
  accumulators: readonly string[],
  scale: number,
  registers: FinishRegisters & { readonly addend: string },
): string[] {
  return finishAll(finish, accumulators, scale, registers, (a) => `adc ${a}, ${a}, ${registers.addend}`);
}

/** The same where the zero point of an exact finish is a constant; the base of a fit is in `spare`. */
export function finishing(
  requantization: Requantization,
  accumulators: readonly string[],
  scale: number,
  registers: FinishRegisters,
): string[] {
  const zero = addendOf(requantization);
  return finishAll(traitsOf(requantization), accumulators, scale, { ...registers, addend: registers.spare }, (a) =>
    zero >= 0 ? `adc ${a}, ${a}, #${String(zero)}` : `sbc ${a}, ${a}, #${String(-zero - 1)}`,
  );
}

function finishAll(
  finish: FinishTraits,
  accumulators: readonly string[],
  scale: number,
  { parameters, spare, addend }: FinishRegisters & { readonly addend: string },
  addZero: (register: string) => string,
): string[] {
  const [offset = '', multiplier = '', exponent = ''] = parameters;
  const shifted = (register: string, bits: number): string =>
    bits === scale
      ? register
      : bits > scale
        ? `${register}, lsl #${String(bits - scale)}`
        : `${register}, asr #${String(scale - bits)}`;
  const each = (make: (register: string) => string): string[] => accumulators.map(make);
  if (finish.kind === 'fit') {
    const { scaleBits, shift, based } = finish;
    return [
      ...each((a) => `add ${a}, ${offset}, ${shifted(a, scaleBits)}`),
      ...each((a) => (based ? `smmla ${a}, ${a}, ${multiplier}, ${addend}` : `smmul ${a}, ${a}, ${multiplier}`)),
      ...each((a) => `ssat ${a}, #8, ${a}, asr #${String(shift)}`),
      ...clamping(accumulators, finish.clamp),
    ];
  }
  return [
    ...accumulators.flatMap((a) => [
      `add ${a}, ${offset}, ${shifted(a, 1)}`,
      `asr ${spare}, ${a}, #31`,
      `smmlar ${a}, ${a}, ${multiplier}, ${spare}`,
      `asrs ${a}, ${a}, ${exponent}`,
      addZero(a),
      `ssat ${a}, #8, ${a}`,
    ]),
    ...clamping(accumulators, finish.clamp),
  ];
}

/** What brings saturated values into the range of an activation. */
export function clamping(registers: readonly string[], { min, max }: Clamp): string[] {
  return registers.flatMap((a) => [
    ...(min > -128 ? [`cmp ${a}, #${String(min)}`, 'it lt', `movlt ${a}, #${String(min)}`] : []),
    ...(max < 127 ? [`cmp ${a}, #${String(max)}`, 'it gt', `movgt ${a}, #${String(max)}`] : []),
  ]);
}

/** What must be in `spare` before `finishing`. */
export function baseInto(register: string, requantization: Requantization): string[] {
  return requantization.kind === 'fit' && requantization.base !== 0 ? loadConstant(register, requantization.base) : [];
}

/** A C expression for the finished output of `sum`, with the channel's parameters at `p`. */
export function finishInC(finish: FinishTraits, sum: string, addend: string): string {
  const { min, max } = finish.clamp;
  const limits = `${String(min)}, ${String(max)}`;
  return finish.kind === 'fit'
    ? `model_clamp(model_fit(${sum}, p, ${String(finish.scaleBits)}, ${addend}, ${String(finish.shift)}), ${limits})`
    : `model_clamp(model_${finish.kind}(${sum}, p) + (${addend}), ${limits})`;
}

const number = (x: number): string => String(x).replace('-', 'm');

/** Nothing where there is no clamp, `_cm10_100` otherwise. */
export const clampName = ({ min, max }: Clamp): string =>
  min === -128 && max === 127 ? '' : `_c${number(min)}_${number(max)}`;

/** Names the finish in the name of a function that is told the addend. */
export function traitsName(finish: FinishTraits): string {
  const clamp = clampName(finish.clamp);
  if (finish.kind !== 'fit') return `${finish.kind}${clamp}`;
  return `fit${String(finish.scaleBits)}_${String(finish.shift)}${finish.based ? '_based' : ''}${clamp}`;
}

/** Names the finish in a kernel's name: all that the generated code depends on. */
export function finishName(requantization: Requantization): string {
  const addend = addendOf(requantization);
  const needed = requantization.kind !== 'fit' || addend !== 0;
  return `${traitsName(traitsOf(requantization))}${needed ? `_${number(addend)}` : ''}`;
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
  const packed = requantization.kind === 'exact';
  return [
    ...load(0, first),
    ...load(1, second),
    ...(packed ? [`asr ${first}, ${first}, #8`] : []),
    ...each((a) => `add ${a}, ${first}, ${shifted(a, 1)}`),
    ...each((a) => [`asr ${first}, ${a}, #31`, `smmlar ${a}, ${a}, ${second}, ${first}`]),
    ...load(packed ? 0 : 2, first),
    ...each((a) => [
      `asrs ${a}, ${a}, ${first}`,
      zero >= 0 ? `adc ${a}, ${a}, #${String(zero)}` : `sbc ${a}, ${a}, #${String(-zero - 1)}`,
      `ssat ${a}, #8, ${a}`,
    ]),
    ...clamping(accumulators, requantization.clamp),
  ];
}
