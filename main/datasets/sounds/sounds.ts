import { createRandom, type Random } from '../../core/random/index.ts';
import { defaultLogMel, LogMel } from '../decode/logMel.ts';
import { sampleSeed } from '../sampleSeed.ts';
import { sine } from '../trigonometry.ts';

/**
 * Sounds that a machine or a toy might make, told apart by how they change in time rather than by their pitch: every
 * class is heard at any pitch, loudness and moment, in noise.
 */

const { sampleRate } = defaultLogMel;
const length = sampleRate;

const between = (random: Random, low: number, high: number): number => low + (high - low) * random.next();

/** The voice of a sound: its pitch in hertz and its loudness (0 … 1) at a time in seconds. */
interface Voice {
  pitch(seconds: number): number;
  loudness(seconds: number): number;
  /** Share of noise in the tone. */
  readonly breath: number;
}

/** Rises within 20 ms and falls within 40 ms: no click at either end. */
const held = (seconds: number, duration: number): number =>
  Math.max(0, Math.min(1, seconds / 0.02, (duration - seconds) / 0.04));

const steadyPitch = (random: Random): number => between(random, 300, 1800);

const makers = {
  steady: (random, duration) => {
    const pitch = steadyPitch(random);
    return { pitch: () => pitch, loudness: (t) => held(t, duration), breath: 0.05 };
  },
  rising: (random, duration) => {
    const from = between(random, 250, 900);
    const ratio = between(random, 1.7, 3);
    return {
      pitch: (t) => from * (1 + ((ratio - 1) * t) / duration),
      loudness: (t) => held(t, duration),
      breath: 0.05,
    };
  },
  falling: (random, duration) => {
    const to = between(random, 250, 900);
    const ratio = between(random, 1.7, 3);
    return {
      pitch: (t) => to * (ratio - ((ratio - 1) * t) / duration),
      loudness: (t) => held(t, duration),
      breath: 0.05,
    };
  },
  warble: (random, duration) => {
    const pitch = between(random, 500, 1500);
    const rate = between(random, 5, 9);
    const depth = between(random, 0.12, 0.25);
    return {
      pitch: (t) => pitch * (1 + depth * sine(rate * t)),
      loudness: (t) => held(t, duration),
      breath: 0.05,
    };
  },
  beeps: (random, duration) => {
    const pitch = steadyPitch(random);
    const period = between(random, 0.1, 0.18);
    return { pitch: () => pitch, loudness: (t) => (t < duration ? held(t % period, period * 0.5) : 0), breath: 0.05 };
  },
  'two-tone': (random, duration) => {
    const low = between(random, 350, 900);
    const high = low * between(random, 1.3, 1.7);
    const period = between(random, 0.25, 0.4);
    const first = random.next() < 0.5;
    return {
      pitch: (t) => (t % period < period / 2 === first ? low : high),
      loudness: (t) => held(t, duration),
      breath: 0.05,
    };
  },
  knock: (random, duration) => {
    const pitch = between(random, 150, 500);
    const period = between(random, 0.12, 0.22);
    return {
      pitch: () => pitch,
      loudness: (t) => (t < duration ? Math.max(0, 1 - (t % period) / 0.06) ** 2 : 0),
      breath: 0.5,
    };
  },
  hiss: (_, duration) => ({ pitch: () => 400, loudness: (t) => held(t, duration), breath: 1 }),
} as const satisfies Record<string, (random: Random, duration: number) => Voice>;

export const soundNames = Object.keys(makers) as (keyof typeof makers)[];

/** Draws one second of a sound in noise, −1 … 1 at 8 kHz. */
export function drawSound(random: Random, name: keyof typeof makers): Float32Array {
  const samples = new Float32Array(length);
  const background = between(random, 0.001, 0.03);
  for (let i = 0; i < length; i++) samples[i] = background * (random.next() + random.next() - 1) * 2;
  const duration = between(random, 0.45, 0.8);
  const start = Math.floor(between(random, 0.05, 0.95 - duration) * sampleRate);
  const voice = makers[name](random, duration);
  const volume = between(random, 0.08, 0.5);
  const overtone = between(random, 0.1, 0.5);
  let turns = random.next();
  for (let i = 0; i < duration * sampleRate && start + i < length; i++) {
    const seconds = i / sampleRate;
    turns += voice.pitch(seconds) / sampleRate;
    const tone = sine(turns) + overtone * sine(2 * turns);
    const noise = random.next() * 2 - 1;
    samples[start + i] += volume * voice.loudness(seconds) * (tone * (1 - voice.breath) + noise * voice.breath);
  }
  return samples;
}

/** Draws sounds as log-mel features, 62 frames × 40 bands. */
export function createSoundRenderer(seed: number) {
  const logMel = new LogMel(defaultLogMel);
  return {
    render(index: number, label: number, target: Uint8Array): void {
      target.set(logMel.compute(drawSound(createRandom(sampleSeed(seed, index)), soundNames[label])));
    },
  };
}
