/** Bins on each side of zero. */
const HALF = 2048;
/** How far a range may be narrowed, and in how many steps that is tried. */
const NARROWEST = 0.4;
const STEPS = 60;

/** A range of real values that an int8 tensor is to cover; it contains zero. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The distribution of an activation's values, over a span that doubles whenever a value lies outside. */
export class Histogram {
  readonly #bins = new Float64Array(2 * HALF);
  #span = 2 ** -10;
  low = 0;
  high = 0;

  add(values: Float32Array): void {
    let { low, high } = this;
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    this.low = low;
    this.high = high;
    while (Math.max(high, -low) >= this.#span) this.#double();
    const bins = this.#bins;
    const perUnit = HALF / this.#span;
    for (const value of values) bins[Math.floor(value * perUnit + HALF)]++;
  }

  /** Middles and counts of the bins that hold something. */
  filled(): { readonly value: number; readonly count: number }[] {
    const width = this.#span / HALF;
    return [...this.#bins].flatMap((count, i) =>
      count === 0 ? [] : [{ value: Math.min(Math.max((i + 0.5) * width - this.#span, this.low), this.high), count }],
    );
  }

  #double(): void {
    const merged = new Float64Array(2 * HALF);
    for (let i = 0; i < 2 * HALF; i++) merged[HALF / 2 + (i >> 1)] += this.#bins[i];
    this.#bins.set(merged);
    this.#span *= 2;
  }
}

/** Mean squared error of quantizing to 256 steps over a range: rounding inside, clipping outside. */
function squaredError(bins: ReturnType<Histogram['filled']>, { low, high }: Range): number {
  const scale = (high - low) / 255;
  let error = 0;
  for (const { value, count } of bins) {
    const beyond = value > high ? value - high : value < low ? low - value : 0;
    // Zero is exact; all else is rounded, off by up to half a step.
    error += count * (value === 0 ? 0 : beyond > 0 ? beyond ** 2 : scale ** 2 / 12);
  }
  return error;
}

/**
 * The range with the least mean squared error: the ends of the values that were seen, or narrower where a few far
 * values would cost all others their resolution.
 */
export function bestRange(histogram: Histogram): Range {
  const bins = histogram.filled();
  let best: Range = { low: histogram.low, high: histogram.high };
  let least = squaredError(bins, best);
  // Both ends are independent enough to be narrowed one after the other.
  for (const end of ['high', 'low'] as const) {
    const widest = best[end];
    for (let step = 1; step <= STEPS; step++) {
      const candidate = { ...best, [end]: widest * (1 - ((1 - NARROWEST) * step) / STEPS) };
      const error = squaredError(bins, candidate);
      if (error < least) [least, best] = [error, candidate];
    }
  }
  return best;
}

/** Scale and zero point of an int8 tensor that covers a range; zero is one of its values. */
export function affine({ low, high }: Range): { readonly scale: number; readonly zeroPoint: number } {
  const span = Math.max(high - low, 1e-6);
  const scale = Math.fround(span / 255);
  const zeroPoint = Math.min(127, Math.max(-128, Math.round(-128 - low / scale)));
  return { scale, zeroPoint };
}
