import type { Random } from '../../core/random/index.ts';
import { type Canvas, fillEllipse, fillRectangle, fillRegular } from './canvas.ts';
import { type Colour, paint } from './signs.ts';

/** What is behind a sign: a place, and things in a sign's own colours that are no signs. */

const between = (random: Random, low: number, high: number): number => low + (high - low) * random.next();

function tint(random: Random, [red, green, blue]: Colour, spread: number): Colour {
  const light = between(random, -spread, spread);
  return [
    red + light + between(random, -spread, spread) / 2,
    green + light + between(random, -spread, spread) / 2,
    blue + light + between(random, -spread, spread) / 2,
  ];
}

/** A vertical run from one colour to another. */
function fillGradient({ size, pixels }: Canvas, top: Colour, bottom: Colour): void {
  for (let row = 0, at = 0; row < size; row++) {
    const t = row / size;
    const red = top[0] + (bottom[0] - top[0]) * t;
    const green = top[1] + (bottom[1] - top[1]) * t;
    const blue = top[2] + (bottom[2] - top[2]) * t;
    for (let column = 0; column < size; column++, at += 3) {
      pixels[at] = red;
      pixels[at + 1] = green;
      pixels[at + 2] = blue;
    }
  }
}

/** Adds smooth random light and dark: a grid of cells × cells values, interpolated. */
function addTexture({ size, pixels }: Canvas, random: Random, cells: number, strength: number): void {
  const side = cells + 2;
  const grid = Float32Array.from({ length: side * side }, () => between(random, -strength, strength));
  const step = cells / size;
  for (let row = 0, at = 0; row < size; row++) {
    const y = row * step;
    const cellRow = Math.floor(y);
    const v = y - cellRow;
    for (let column = 0; column < size; column++, at += 3) {
      const x = column * step;
      const cellColumn = Math.floor(x);
      const u = x - cellColumn;
      const corner = cellRow * side + cellColumn;
      const upper = grid[corner] + (grid[corner + 1] - grid[corner]) * u;
      const lower = grid[corner + side] + (grid[corner + side + 1] - grid[corner + side]) * u;
      const value = upper + (lower - upper) * v;
      pixels[at] += value;
      pixels[at + 1] += value;
      pixels[at + 2] += value * 0.8;
    }
  }
}

const walls: readonly Colour[] = [
  [150, 140, 130],
  [176, 150, 120],
  [120, 116, 118],
  [168, 104, 84],
  [205, 198, 184],
];

function paintStreet(canvas: Canvas, random: Random): void {
  const { size } = canvas;
  fillGradient(canvas, tint(random, [150, 180, 215], 40), tint(random, [205, 210, 214], 30));
  const horizon = size * between(random, 0.55, 0.85);
  for (let i = 0, houses = 2 + random.below(4); i < houses; i++) {
    const wall = tint(random, random.pick(walls), 30);
    const half = size * between(random, 0.1, 0.3);
    const top = size * between(random, 0, 0.55);
    const centre = size * random.next();
    fillRectangle(canvas, centre, (top + horizon) / 2, half, (horizon - top) / 2, 0, wall);
    const pane = tint(random, [60, 70, 85], 25);
    for (let pass = 0, panes = random.below(4); pass < panes; pass++) {
      const x = centre + half * between(random, -0.8, 0.8);
      const y = top + (horizon - top) * between(random, 0.1, 0.8);
      fillRectangle(canvas, x, y, size * 0.03, size * 0.045, 0, pane);
    }
  }
  fillRectangle(canvas, size / 2, (horizon + size) / 2, size, (size - horizon) / 2, 0, tint(random, [98, 98, 100], 25));
}

function paintTrees(canvas: Canvas, random: Random): void {
  const { size } = canvas;
  fillGradient(canvas, tint(random, [120, 150, 120], 45), tint(random, [70, 92, 50], 30));
  for (let i = 0, crowns = 6 + random.below(8); i < crowns; i++) {
    const leaf = tint(random, [66, 104, 48], 38);
    const radius = size * between(random, 0.06, 0.22);
    fillEllipse(canvas, size * random.next(), size * random.next(), radius, radius * between(random, 0.7, 1.3), leaf);
  }
  addTexture(canvas, random, 12, 38);
}

function paintWall(canvas: Canvas, random: Random): void {
  const { size } = canvas;
  const wall = tint(random, random.pick(walls), 45);
  fillGradient(canvas, wall, tint(random, wall, 20));
  const joint = tint(random, [wall[0] * 0.7, wall[1] * 0.7, wall[2] * 0.7], 10);
  const turns = between(random, -0.02, 0.02);
  const courses = 4 + random.below(6);
  for (let i = 0; i < courses; i++) {
    fillRectangle(canvas, size / 2, (size * (i + 0.5)) / courses, size, size * 0.008, turns, joint, 0.8);
  }
  addTexture(canvas, random, 8, 22);
}

function paintScraps(canvas: Canvas, random: Random): void {
  const { size } = canvas;
  const any = (): Colour => [random.below(230), random.below(230), random.below(230)];
  fillGradient(canvas, any(), any());
  for (let i = 0, scraps = 5 + random.below(7); i < scraps; i++) {
    fillRectangle(
      canvas,
      size * random.next(),
      size * random.next(),
      size * between(random, 0.04, 0.3),
      size * between(random, 0.04, 0.3),
      random.next(),
      any(),
      between(random, 0.5, 1),
    );
  }
}

const places = [paintStreet, paintTrees, paintWall, paintScraps] as const;
const signColours: readonly Colour[] = [paint.red, paint.blue, paint.yellow, paint.white];

/** Plain shapes in the signs' colours: a shop's board, a car's light, a poster. They carry no border and no pictogram. */
function paintDistractors(canvas: Canvas, random: Random): void {
  const { size } = canvas;
  for (let i = 0, things = 1 + random.below(6); i < things; i++) {
    const colour = tint(random, random.pick(signColours), 30);
    const x = size * random.next();
    const y = size * random.next();
    const radius = size * between(random, 0.05, 0.2);
    switch (random.below(4)) {
      case 0:
        fillEllipse(canvas, x, y, radius, radius * between(random, 0.7, 1.2), colour);
        break;
      case 1:
        fillRegular(canvas, x, y, radius * 0.7, 3, random.next(), colour);
        break;
      case 2:
        fillRegular(canvas, x, y, radius * 0.8, 4, random.next(), colour);
        break;
      default:
        fillRectangle(canvas, x, y, radius * 1.6, radius * between(random, 0.2, 0.8), random.next(), colour);
    }
  }
}

/** Covers the canvas with a random place. */
export function paintScene(canvas: Canvas, random: Random): void {
  random.pick(places)(canvas, random);
  paintDistractors(canvas, random);
}

/** What a sign is fixed to: a post that comes up from below. */
export function paintPost(canvas: Canvas, random: Random, x: number, y: number): void {
  const { size } = canvas;
  const grey = between(random, 90, 190);
  const length = size - y + 2;
  fillRectangle(canvas, x, y + length / 2, size * between(random, 0.015, 0.035), length / 2, 0, [grey, grey, grey + 4]);
}

/** A twig, a sticker, dirt: something small before the sign. It hides an edge or a corner, hardly the pictogram. */
export function paintOccluder(canvas: Canvas, random: Random, x: number, y: number, signRadius: number): void {
  const side = random.fork('side').next();
  const reach = signRadius * between(random, 0.55, 1);
  const [dx, dy] = [side * 2 - 1, random.next() * 2 - 1];
  const length = Math.sqrt(dx * dx + dy * dy) + 1e-6;
  const atX = x + (dx / length) * reach;
  const atY = y + (dy / length) * reach;
  switch (random.below(3)) {
    case 0:
      fillRectangle(
        canvas,
        atX,
        atY,
        signRadius * between(random, 0.6, 1),
        signRadius * between(random, 0.03, 0.08),
        random.next(),
        tint(random, [70, 56, 40], 20),
      );
      break;
    case 1:
      for (let i = 0; i < 3; i++) {
        fillEllipse(
          canvas,
          atX + signRadius * between(random, -0.25, 0.25),
          atY + signRadius * between(random, -0.25, 0.25),
          signRadius * between(random, 0.1, 0.22),
          signRadius * between(random, 0.1, 0.22),
          tint(random, [70, 105, 50], 30),
        );
      }
      break;
    default: {
      const half = signRadius * between(random, 0.1, 0.2);
      fillRectangle(canvas, atX, atY, half, half, random.next(), tint(random, [170, 170, 160], 60));
    }
  }
}
