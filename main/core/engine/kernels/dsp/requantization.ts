/**
 * How an accumulator becomes an int8 output in few instructions and still equals TensorFlow Lite in every byte.
 *
 * TFLite rounds twice: x = round(a·M / 2^31), then x / 2^e to nearest with ties away from zero. The result is a staircase
 * in the integer a, of at most 255 steps. A cheaper staircase with the same steps is the same function:
 *
 * - `fit`: (base + ((2^S·a + offset)·M' >> 32)) >> j, saturated to int8: one add (which also brings the bias), SMMUL,
 *   SSAT with its shift. S, j and base are one for the layer; base is 0 and the output's zero point is in the offset, or,
 *   where that would overflow, base is the zero point and SMMLA adds it. Offset and M' are searched for each channel so
 *   that every step falls on the right accumulator, and each step is checked. Rounding twice treats negative values
 *   differently, so this nearly always succeeds where an output is clamped at its zero point (ReLU), rarely elsewhere.
 * - `exact`: both roundings in five instructions. SMMULR is the first; adding the sign, shifting with the carry out, and
 *   adding carry and zero point is the second. Bias and exponent share a word: a shift by a register looks at its lowest
 *   byte only. `wide` is the same for biases beyond 23 bits, in words of their own.
 */
import type { Clamp, QuantizedMultiplier } from '../../../graph/index.ts';

const TWO_31 = 2147483648;
const TWO_32 = 4294967296;

/** One output channel: its factor, its bias, and what its accumulator (bias included) can reach. */
export interface ChannelScale {
  readonly factor: QuantizedMultiplier;
  readonly bias: number;
  readonly low: number;
  readonly high: number;
}

export interface FittedChannel {
  /** Added to 2^S times the sum of products; contains the bias. */
  readonly offset: number;
  readonly multiplier: number;
  /** The channel's output never changes: its weights must be taken as zeros. */
  readonly constant: boolean;
}

export interface FittedRequantization {
  readonly kind: 'fit';
  /** S */
  readonly scaleBits: number;
  /** j */
  readonly shift: number;
  /** Added to the product's high word. */
  readonly base: number;
  readonly channels: readonly FittedChannel[];
}

export interface ExactChannel {
  /** Twice the bias. */
  readonly offset: number;
  readonly multiplier: number;
  /** e, 1 to 31. */
  readonly shift: number;
}

export interface ExactRequantization {
  readonly kind: 'exact' | 'wide';
  readonly zeroPoint: number;
  readonly channels: readonly ExactChannel[];
}

/** The kinds of `Requantization`. */
export type FinishKind = 'fit' | 'exact' | 'wide';

export type Requantization = (FittedRequantization | ExactRequantization) & {
  /** What is left to clamp after the saturation to int8. */
  readonly clamp: Clamp;
};

/** floor(a·m / 2^bits) of integers whose product may not fit a double; |a| < 2^32, 0 ≤ m < 2^32, bits ≥ 16. */
function scaledFloor(a: number, m: number, bits: number, addend: number): number {
  const high = Math.floor(m / 65536);
  const low = m - high * 65536;
  return Math.floor((a * high + Math.floor((a * low + addend) / 65536)) / 2 ** (bits - 16));
}

/** TFLite's output for an accumulator, before it is clamped. */
export function referenceOutput(a: number, { multiplier, shift }: QuantizedMultiplier, zeroPoint: number): number {
  const x = scaledFloor(shift > 0 ? a * 2 ** shift : a, multiplier, 31, 2 ** 30);
  if (shift >= 0) return x + zeroPoint;
  const half = 2 ** (-shift - 1);
  return Math.floor((x + half - (x < 0 ? 1 : 0)) / (2 * half)) + zeroPoint;
}

/** What a fit has in common for the channels of a layer. */
interface FitFrame {
  readonly scaleBits: number;
  readonly shift: number;
  readonly base: number;
}

/** What `fit` computes. */
export function fittedOutput(a: number, offset: number, multiplier: number, frame: FitFrame): number {
  const { scaleBits, shift, base } = frame;
  return Math.floor((base + scaledFloor(a * 2 ** scaleBits + offset, multiplier, 32, 0)) / 2 ** shift);
}

/** What the staircase must do: `output` or more at accumulator `from` (where given), less at `below` (where given). */
interface Step {
  readonly output: number;
  readonly from: number | null;
  readonly below: number | null;
}

/** The steps that the channel can reach, and that it stays within its ends; none where the output never changes. */
function staircase(channel: ChannelScale, zeroPoint: number, clamp: Clamp): { lowest: number; steps: Step[] } {
  const { factor, low, high } = channel;
  const output = (a: number): number => Math.min(clamp.max, Math.max(clamp.min, referenceOutput(a, factor, zeroPoint)));
  const lowest = output(low);
  const highest = output(high);
  const steps: Step[] = [];
  if (lowest === highest) return { lowest, steps };
  for (let k = lowest + 1; k <= highest; k++) {
    const from = firstReaching(k, channel, zeroPoint);
    steps.push({ output: k, from, below: from - 1 });
  }
  if (lowest > clamp.min) steps.push({ output: lowest, from: low, below: null });
  if (highest < clamp.max) steps.push({ output: highest + 1, from: null, below: high });
  return { lowest, steps };
}

/** The smallest accumulator whose output, unclamped, is `k` or more; there is one between the channel's ends. */
function firstReaching(k: number, { factor, low, high }: ChannelScale, zeroPoint: number): number {
  const wanted = k - zeroPoint;
  if (factor.shift < 0) {
    // The smallest x that the second rounding takes to `wanted`, then the smallest a that the first takes to x.
    const x = (wanted - 0.5) * 2 ** -factor.shift + (wanted > 0 ? 0 : 1);
    const exact = (x * TWO_31 - TWO_31 / 2) / factor.multiplier;
    const a = Math.ceil(exact);
    // A quotient this far from a whole number is rounded up rightly in spite of its error of 2^-22 at most.
    if (a - exact > 2 ** -20 && a - exact < 1 - 2 ** -20 && a > low && a <= high) return a;
  }
  let a = Math.min(high, Math.max(low, Math.round((wanted - 0.5) / slopeOf(factor))));
  while (referenceOutput(a, factor, zeroPoint) >= k) a--;
  while (referenceOutput(a, factor, zeroPoint) < k) a++;
  return a;
}

const slopeOf = ({ multiplier, shift }: QuantizedMultiplier): number => (multiplier / TWO_31) * 2 ** shift;

/** Slopes tried to either side of the nominal one. */
const TILTS = 40;
/** A channel of so few steps may take a much steeper slope, which keeps a flat one's offset within 32 bits. */
const FEW_STEPS = 6;

function* multipliersNear(nominal: number, steps: number): Generator<number> {
  const reach = Math.min(nominal / 4096, 200);
  const stride = Math.max(1, Math.floor(reach / TILTS));
  yield nominal;
  for (let tilt = stride; tilt <= reach; tilt += stride) {
    yield nominal + tilt;
    yield nominal - tilt;
  }
  if (steps <= FEW_STEPS) for (let steep = nominal * 1.5; steep < TWO_31; steep *= 1.5) yield Math.round(steep);
}

/** An offset and a multiplier that put every step where it belongs, or null. The bias is not yet in the offset. */
function fitChannel(
  channel: ChannelScale,
  steps: readonly Step[],
  frame: FitFrame,
): { offset: number; multiplier: number } | null {
  const { scaleBits, shift, base } = frame;
  const scale = 2 ** scaleBits;
  const nominal = Math.max(1, Math.round(slopeOf(channel.factor) * 2 ** (32 + shift - scaleBits)));
  for (const multiplier of multipliersNear(nominal, steps.length)) {
    if (multiplier >= TWO_31) continue;
    let low = -TWO_31 - channel.low * scale;
    let high = TWO_31 - 1 - channel.high * scale;
    for (const { output, from, below } of steps) {
      const needed = Math.ceil(((output * 2 ** shift - base) * TWO_32) / multiplier);
      if (from !== null) low = Math.max(low, needed - from * scale);
      if (below !== null) high = Math.min(high, needed - below * scale - 1);
      if (low > high) break;
    }
    if (low > high) continue;
    const offset = Math.floor((low + high) / 2);
    const value = (a: number): number => fittedOutput(a, offset, multiplier, frame);
    // The bounds are quotients, rounded up; their error is far below 1, so that the middle of three or more is right.
    const right =
      high - low >= 2 ||
      steps.every(
        ({ output, from, below }) =>
          (from === null || value(from) >= output) && (below === null || value(below) < output),
      );
    if (right && fitsInt32(offset + channel.bias * scale)) return { offset, multiplier };
  }
  return null;
}

const fitsInt32 = (x: number): boolean => x >= -TWO_31 && x < TWO_31;

/** S in the order of trial. Few different ones, so that layers share code; the odd ones where nothing else is exact. */
const SCALE_BITS = [12, 10, 11, 9, 8, 7, 6];

/** The frames to try: those that most layers can share first, then more precise ones. */
function* framesFor(steepest: number, zeroPoint: number): Generator<FitFrame> {
  for (const withBase of [false, true]) {
    for (const scaleBits of SCALE_BITS) {
      const most = scaleBits - 2 - Math.floor(Math.log2(steepest));
      const shifts = new Set([2, 4, 6].map((spare) => Math.min(scaleBits + spare, most) & ~1));
      for (const shift of shifts) {
        if (shift > 0) yield { scaleBits, shift, base: withBase ? zeroPoint * 2 ** shift : 0 };
      }
    }
  }
}

function fit(
  channels: readonly ChannelScale[],
  zeroPoint: number,
  clamp: Clamp,
): Omit<FittedRequantization, 'kind'> | null {
  const stairs = channels.map((channel) => staircase(channel, zeroPoint, clamp));
  const moving = channels.filter((_, index) => (stairs[index]?.steps.length ?? 0) > 0);
  const steepest = Math.max(2 ** -30, ...moving.map(({ factor }) => slopeOf(factor)));
  const attempt = (index: number, frame: FitFrame): FittedChannel | null => {
    const [channel, stair] = [channels[index], stairs[index]];
    if (channel === undefined || stair === undefined) return null;
    if (stair.steps.length === 0) return { ...constantChannel(stair.lowest, frame), constant: true };
    const found = fitChannel(channel, stair.steps, frame);
    return found && { ...found, offset: found.offset + channel.bias * 2 ** frame.scaleBits, constant: false };
  };
  // The channel at which the last frame failed is likely to fail again.
  let difficult = 0;
  for (const frame of framesFor(steepest, zeroPoint)) {
    if (attempt(difficult, frame) === null) continue;
    const fitted: FittedChannel[] = [];
    while (fitted.length < channels.length) {
      const found = attempt(fitted.length, frame);
      if (found === null) break;
      fitted.push(found);
    }
    if (fitted.length === channels.length) return { ...frame, channels: fitted };
    difficult = fitted.length;
  }
  return null;
}

/** (base + (offset·2^30 >> 32)) >> shift is `output`: the middle of that step. */
function constantChannel(output: number, { shift, base }: FitFrame): { offset: number; multiplier: number } {
  return { offset: ((2 * output + 1) * 2 ** (shift - 1) - base) * 4, multiplier: 2 ** 30 };
}

/** What an offset may be to share a word with the exponent. */
const fitsBesideExponent = (offset: number): boolean => offset >= -(2 ** 23) && offset < 2 ** 23;

function exact(channels: readonly ChannelScale[], zeroPoint: number): ExactRequantization | null {
  const possible = channels.every(
    ({ factor, bias, low, high }) =>
      (factor.multiplier === 0 || (factor.shift <= -1 && factor.multiplier > 0)) &&
      [2 * bias, 2 * low, 2 * high].every(fitsInt32),
  );
  if (!possible) return null;
  return {
    kind: channels.every(({ bias }) => fitsBesideExponent(2 * bias)) ? 'exact' : 'wide',
    zeroPoint,
    channels: channels.map(({ factor, bias }) => ({
      offset: 2 * bias,
      multiplier: factor.multiplier,
      shift: factor.multiplier === 0 ? 1 : -factor.shift,
    })),
  };
}

/** The cheapest way that is exact for all channels; null where neither can be (left shifts, huge accumulators). */
export function planRequantization(
  channels: readonly ChannelScale[],
  zeroPoint: number,
  clamp: Clamp,
): Requantization | null {
  const fitted = fit(channels, zeroPoint, clamp);
  if (fitted !== null) return { kind: 'fit', ...fitted, clamp };
  const both = exact(channels, zeroPoint);
  return both === null ? null : { ...both, clamp };
}
