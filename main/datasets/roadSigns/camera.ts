import type { Random } from '../../core/random/index.ts';
import type { Canvas } from './canvas.ts';
import { cosine, sine } from '../trigonometry.ts';

/** What light and a cheap camera do to a scene. */

const between = (random: Random, low: number, high: number): number => low + (high - low) * random.next();

/** Brightness, colour cast, haze, and often the edge of a shadow across the picture. */
export function light({ size, pixels }: Canvas, random: Random): void {
  const brightness = between(random, 0.42, 1.2);
  const cast = [between(random, 0.82, 1.18), between(random, 0.88, 1.12), between(random, 0.82, 1.18)];
  const haze = random.next() < 0.3 ? between(random, 0.1, 0.4) : 0;
  const gain = cast.map((channel) => channel * brightness * (1 - haze));
  const lift = haze * between(random, 110, 220);
  const shaded = random.next() < 0.45;
  const shade = shaded ? between(random, 0.4, 0.8) : 1;
  const turns = random.next();
  const width = size * between(random, 0.02, 0.4);
  const [nx, ny] = [cosine(turns) / width, sine(turns) / width];
  const offset = 0.5 - nx * size * between(random, 0.25, 0.75) - ny * size * between(random, 0.25, 0.75);
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at += 3) {
      let sun = 1;
      if (shaded) {
        const across = nx * column + ny * row + offset;
        sun = across <= 0 ? shade : across >= 1 ? 1 : shade + (1 - shade) * across;
      }
      pixels[at] = pixels[at] * gain[0] * sun + lift;
      pixels[at + 1] = pixels[at + 1] * gain[1] * sun + lift;
      pixels[at + 2] = pixels[at + 2] * gain[2] * sun + lift;
    }
  }
}

/** Averages each pixel with those at whole steps of (stepX, stepY), weighted. The canvas's edge is repeated. */
function smear(canvas: Canvas, offsets: readonly (readonly [dx: number, dy: number, weight: number])[]): void {
  const { size, pixels } = canvas;
  const source = pixels.slice();
  pixels.fill(0);
  const last = size - 1;
  for (const [dx, dy, weight] of offsets) {
    for (let row = 0, at = 0; row < size; row++) {
      const fromRow = Math.min(last, Math.max(0, row + dy)) * size;
      for (let column = 0; column < size; column++, at += 3) {
        const from = (fromRow + Math.min(last, Math.max(0, column + dx))) * 3;
        pixels[at] += source[from] * weight;
        pixels[at + 1] += source[from + 1] * weight;
        pixels[at + 2] += source[from + 2] * weight;
      }
    }
  }
}

/** A box of half-width `reach` (may be a fraction), along one axis. */
function box(reach: number, horizontal: boolean): (readonly [number, number, number])[] {
  const whole = Math.floor(reach);
  const fraction = reach - whole;
  const total = 1 + 2 * reach;
  const offsets: (readonly [number, number, number])[] = [];
  for (let i = -whole - 1; i <= whole + 1; i++) {
    const weight = (Math.abs(i) <= whole ? 1 : fraction) / total;
    if (weight > 0) offsets.push(horizontal ? [i, 0, weight] : [0, i, weight]);
  }
  return offsets;
}

/** Out of focus, in motion, or sharp. */
export function blur(canvas: Canvas, random: Random): void {
  const unit = canvas.size / 64;
  const kind = random.next();
  if (kind < 0.4) {
    const reach = between(random, 0.15, 0.8) * unit;
    smear(canvas, box(reach, true));
    smear(canvas, box(reach, false));
  } else if (kind < 0.65) {
    const length = between(random, 1, 4) * unit;
    const turns = random.next();
    const steps = Math.ceil(length) + 1;
    const weight = 1 / steps;
    smear(
      canvas,
      Array.from({ length: steps }, (_, i) => {
        const along = (i / (steps - 1) - 0.5) * length;
        return [Math.round(along * cosine(turns)), Math.round(along * sine(turns)), weight] as const;
      }),
    );
  }
}

/** Numbers from the standard normal distribution: twelve uniform ones, added (no logarithm, so the same everywhere). */
export function drawNoise(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += random.next();
    return sum;
  });
}

/** Noise of the sensor: some of it is there in the dark, some grows with the light. `noise` is a power of two long. */
export function addNoise({ pixels }: Canvas, random: Random, noise: Float32Array): void {
  const dark = between(random, 1, 7);
  const shot = between(random, 0, 0.05);
  const mask = noise.length - 1;
  let at = random.below(noise.length);
  for (let i = 0; i < pixels.length; i++) {
    at = (at + 1) & mask;
    pixels[i] += noise[at] * (dark + shot * pixels[i]);
  }
}
