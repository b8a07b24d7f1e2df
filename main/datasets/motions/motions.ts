import { createRandom, type Random } from '../../core/random/index.ts';
import { sampleSeed } from '../sampleSeed.ts';
import { cosine, sine } from '../trigonometry.ts';

/** What an accelerometer in a hand feels: 64 moments (at 50 Hz, 1.28 s) of three axes. */
const moments = 64;
const perSecond = 50;

export const motionShape = { height: moments, width: 3, channels: 1 } as const;

/** Byte 128 is 0 g; a byte's step is 1/32 g, so ±4 g fit. */
const stepsPerG = 32;

const between = (random: Random, low: number, high: number): number => low + (high - low) * random.next();
type Vector = readonly [number, number, number];

/** The hand's own acceleration in g at a time in seconds, before the device's attitude is applied. */
type Motion = (seconds: number) => Vector;

const makers = {
  rest: () => () => [0, 0, 0],
  shake: (random) => {
    const rate = between(random, 3.5, 6);
    const strength = between(random, 0.8, 2.2);
    const phase = random.next();
    return (t) => [strength * sine(rate * t + phase), 0.1 * sine(2 * rate * t), 0];
  },
  circle: (random) => {
    const rate = between(random, 1, 2.2) * (random.next() < 0.5 ? 1 : -1);
    const strength = between(random, 0.4, 1.2);
    const phase = random.next();
    return (t) => [strength * cosine(rate * t + phase), strength * sine(rate * t + phase), 0];
  },
  swing: (random) => {
    const rate = between(random, 1, 2.2);
    const strength = between(random, 0.4, 1.2);
    const phase = random.next();
    return (t) => [strength * sine(rate * t + phase), 0, 0.3 * strength * cosine(2 * (rate * t + phase))];
  },
  tap: (random) => {
    const taps = 1 + random.below(2);
    const first = between(random, 0.15, 0.6);
    const gap = between(random, 0.2, 0.35);
    const strength = between(random, 1.2, 3);
    return (t) => {
      let force = 0;
      for (let i = 0; i < taps; i++) {
        const since = t - first - i * gap;
        if (since >= 0 && since < 0.12) force += strength * (1 - since / 0.12) * cosine(12 * since);
      }
      return [0, 0, force];
    };
  },
  lift: (random) => {
    const start = between(random, 0.1, 0.4);
    const duration = between(random, 0.5, 0.8);
    const strength = between(random, 0.4, 1);
    return (t) => {
      const share = (t - start) / duration;
      return [0, 0, share > 0 && share < 1 ? strength * sine(share) : 0];
    };
  },
} as const satisfies Record<string, (random: Random) => Motion>;

export const motionNames = Object.keys(makers) as (keyof typeof makers)[];

/** Turns about the vertical by any angle, and leans by up to 30°, as a hand holds things. */
function drawAttitude(random: Random): (v: Vector) => Vector {
  const heading = random.next();
  const lean = between(random, -1 / 12, 1 / 12);
  const [ch, sh, cl, sl] = [cosine(heading), sine(heading), cosine(lean), sine(lean)];
  return ([x, y, z]) => {
    const [a, b] = [x * ch - y * sh, x * sh + y * ch];
    return [a, b * cl - z * sl, b * sl + z * cl];
  };
}

/** Draws motions as bytes, 64 moments × 3 axes. */
export function createMotionRenderer(seed: number) {
  return {
    render(index: number, label: number, target: Uint8Array): void {
      const random = createRandom(sampleSeed(seed, index));
      const motion: Motion = makers[motionNames[label]](random);
      const attitude = drawAttitude(random);
      const noise = between(random, 0.01, 0.06);
      const drift = between(random, -0.1, 0.1);
      for (let moment = 0; moment < moments; moment++) {
        const [x, y, z] = motion(moment / perSecond);
        const felt = attitude([x, y, z + 1]);
        for (let axis = 0; axis < 3; axis++) {
          const g = felt[axis] + drift + noise * (random.next() + random.next() + random.next() - 1.5) * 2;
          target[moment * 3 + axis] = Math.max(0, Math.min(255, Math.round(128 + g * stepsPerG)));
        }
      }
    },
  };
}
