/** Settings of the log-mel features: the board's own front end must use the same. */
export interface LogMelSettings {
  readonly sampleRate: number;
  readonly frames: number;
  readonly bands: number;
  /** Milliseconds of one analysis window, and from one to the next. */
  readonly windowMs: number;
  readonly hopMs: number;
}

/** One second at 8 kHz, as keyword spotting has it: 32 ms windows every 16 ms, 40 bands. */
export const defaultLogMel: LogMelSettings = { sampleRate: 8000, frames: 62, bands: 40, windowMs: 32, hopMs: 16 };

/** Decibels below the loudest moment and band of a recording that become byte 0; the loudest becomes 255. */
const RANGE_DB = 60;
/** Decibels below full scale under which a recording is not lifted any more: silence stays dark. */
const QUIETEST_DB = -60;

const melOf = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const hertzOf = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/** Computes log-mel features of recordings, frames × bands bytes, with tables made once. */
export class LogMel {
  readonly settings: LogMelSettings;
  readonly #window: Float64Array;
  readonly #fftSize: number;
  readonly #twiddles: readonly Float64Array[];
  readonly #filters: readonly { readonly first: number; readonly weights: Float64Array }[];

  constructor(settings: LogMelSettings) {
    this.settings = settings;
    const length = Math.round((settings.sampleRate * settings.windowMs) / 1000);
    this.#fftSize = 2 ** Math.ceil(Math.log2(length));
    this.#window = Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length));
    this.#twiddles = twiddlesOf(this.#fftSize);
    this.#filters = melFilters(settings, this.#fftSize);
  }

  /**
   * @param samples at the settings' rate; the loudest stretch of the features' length is taken, shorter ones are
   *   centred in silence
   */
  compute(samples: Float32Array): Uint8Array {
    const { sampleRate, frames, bands, hopMs } = this.settings;
    const hop = Math.round((sampleRate * hopMs) / 1000);
    const needed = (frames - 1) * hop + this.#window.length;
    const start =
      samples.length > needed ? loudestStretch(samples, needed) : -Math.floor((needed - samples.length) / 2);
    const decibels = new Float64Array(frames * bands);
    const real = new Float64Array(this.#fftSize);
    const imaginary = new Float64Array(this.#fftSize);
    for (let f = 0; f < frames; f++) {
      real.fill(0);
      imaginary.fill(0);
      for (let i = 0; i < this.#window.length; i++) real[i] = (samples[start + f * hop + i] ?? 0) * this.#window[i];
      fft(real, imaginary, this.#twiddles);
      this.#filters.forEach(({ first, weights }, b) => {
        let power = 0;
        for (let k = 0; k < weights.length; k++) {
          const at = first + k;
          power += weights[k] * (real[at] ** 2 + imaginary[at] ** 2);
        }
        decibels[f * bands + b] = 10 * Math.log10(power / (this.#window.length * this.#window.length * 0.0625) + 1e-12);
      });
    }
    return toBytes(decibels);
  }
}

/**
 * People speak, and microphones are turned up, as they please: each recording is measured by its own loudest place. (On
 * spoken digits of a speaker who was not in training, the same network got 78 % right instead of 60 %.)
 */
function toBytes(decibels: Float64Array): Uint8Array {
  const loudest = decibels.reduce((most, value) => Math.max(most, value), QUIETEST_DB);
  return Uint8Array.from(decibels, (value) => Math.max(0, Math.round(255 * (1 + (value - loudest) / RANGE_DB))));
}

/** Where the `length` samples with the most energy begin. */
function loudestStretch(samples: Float32Array, length: number): number {
  let energy = 0;
  for (let i = 0; i < length; i++) energy += samples[i] ** 2;
  let most = energy;
  let best = 0;
  for (let i = length; i < samples.length; i++) {
    energy += samples[i] ** 2 - samples[i - length] ** 2;
    if (energy > most) {
      most = energy;
      best = i - length + 1;
    }
  }
  return best;
}

function melFilters(
  { sampleRate, bands }: LogMelSettings,
  fftSize: number,
): { first: number; weights: Float64Array }[] {
  const [low, high] = [melOf(40), melOf(sampleRate / 2)];
  const edges = Array.from(
    { length: bands + 2 },
    (_, i) => (hertzOf(low + ((high - low) * i) / (bands + 1)) * fftSize) / sampleRate,
  );
  return Array.from({ length: bands }, (_, b) => {
    const [left, centre, right] = edges.slice(b, b + 3);
    const first = Math.max(0, Math.floor(left));
    const last = Math.min(fftSize / 2, Math.ceil(right));
    const weights = Float64Array.from({ length: last - first + 1 }, (_, k) => {
      const bin = first + k;
      const rising = (bin - left) / (centre - left);
      const falling = (right - bin) / (right - centre);
      return Math.max(0, Math.min(rising, falling));
    });
    // A band narrower than one bin still hears its nearest bin.
    if (weights.every((w) => w === 0)) weights[Math.min(weights.length - 1, Math.round(centre) - first)] = 1;
    return { first, weights };
  });
}

/** Cosines and sines of each stage of a transform of `n` points, side by side. */
function twiddlesOf(n: number): Float64Array[] {
  const stages: Float64Array[] = [];
  for (let size = 2; size <= n; size <<= 1) {
    const angle = (-2 * Math.PI) / size;
    stages.push(Float64Array.from({ length: size }, (_, i) => (i & 1 ? Math.sin : Math.cos)(angle * (i >> 1))));
  }
  return stages;
}

/** Radix-2 fast Fourier transform, in place (Cooley and Tukey, 1965). Lengths are powers of two. */
function fft(real: Float64Array, imaginary: Float64Array, twiddles: readonly Float64Array[]): void {
  const n = real.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      const [re, im] = [real[i], imaginary[i]];
      real[i] = real[j];
      imaginary[i] = imaginary[j];
      real[j] = re;
      imaginary[j] = im;
    }
  }
  for (let size = 2, stage = 0; size <= n; size <<= 1, stage++) {
    const turns = twiddles[stage];
    for (let k = 0; k < size / 2; k++) {
      const c = turns[2 * k];
      const s = turns[2 * k + 1];
      for (let start = k; start < n; start += size) {
        const other = start + size / 2;
        const re = real[other] * c - imaginary[other] * s;
        const im = real[other] * s + imaginary[other] * c;
        real[other] = real[start] - re;
        imaginary[other] = imaginary[start] - im;
        real[start] += re;
        imaginary[start] += im;
      }
    }
  }
}
