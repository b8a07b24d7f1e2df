import { arc, disc, mirror, place, type Point, polygon, type Shape, stroke, union } from './shapes.ts';

/** What stands on a sign. Each is drawn in a sign's plane, [−1, 1]². */

const glyphStroke = 0.2;

/** Glyphs are 0.6 wide and 1 high about the origin. */
const glyphs: Readonly<Record<string, Shape>> = {
  '0': stroke(arc([0, 0], 0.21, 0.4, 0, 1, 20), glyphStroke),
  '3': union(
    stroke(arc([-0.03, -0.2], 0.22, 0.2, 0.58, 1.25), glyphStroke),
    stroke(arc([-0.03, 0.2], 0.24, 0.2, -0.25, 0.42), glyphStroke),
  ),
  '5': union(
    stroke(
      [
        [0.2, -0.4],
        [-0.17, -0.4],
        [-0.2, -0.05],
      ],
      glyphStroke,
    ),
    stroke([[-0.2, -0.05], ...arc([-0.03, 0.13], 0.25, 0.27, 0.75, 1.42)], glyphStroke),
  ),
  '8': union(
    stroke(arc([0, -0.21], 0.18, 0.19, 0, 1, 16), glyphStroke),
    stroke(arc([0, 0.2], 0.23, 0.21, 0, 1, 16), glyphStroke),
  ),
  S: stroke(
    [...arc([0, -0.2], 0.2, 0.2, 0.95, 0.25, 10).slice(0, 10), ...arc([0, 0.2], 0.2, 0.2, -0.25, 0.45, 10)],
    glyphStroke,
  ),
  T: union(
    stroke(
      [
        [-0.22, -0.4],
        [0.22, -0.4],
      ],
      glyphStroke,
    ),
    stroke(
      [
        [0, -0.4],
        [0, 0.4],
      ],
      glyphStroke,
    ),
  ),
  O: stroke(arc([0, 0], 0.21, 0.4, 0, 1, 20), glyphStroke),
  P: union(
    stroke(
      [
        [-0.2, -0.4],
        [-0.2, 0.4],
      ],
      glyphStroke,
    ),
    stroke([[-0.2, -0.4], ...arc([0, -0.18], 0.22, 0.22, -0.25, 0.25), [-0.2, 0.04]], glyphStroke),
  ),
};

/** `text` about the origin, each letter `height` high. */
export function text(letters: string, height: number): Shape {
  const advance = 0.72 * height;
  const start = (-advance * (letters.length - 1)) / 2;
  return union(...[...letters].map((letter, i) => place(glyphs[letter], start + i * advance, 0, height)));
}

export const bar: Shape = polygon([
  [-0.68, -0.17],
  [0.68, -0.17],
  [0.68, 0.17],
  [-0.68, 0.17],
]);

const shaft = 0.26;

export const arrowUp: Shape = union(
  stroke(
    [
      [0, 0.6],
      [0, -0.2],
    ],
    shaft,
  ),
  polygon([
    [0, -0.72],
    [0.42, -0.16],
    [-0.42, -0.16],
  ]),
);

export const arrowRight: Shape = (x, y) => arrowUp(y, -x);
export const arrowLeft: Shape = mirror(arrowRight);

/** A road that bends to the right: up, then a quarter turn, with a head. */
export const bendRight: Shape = union(
  stroke(
    [
      [-0.2, 0.42],
      [-0.2, 0.2],
      [0.02, -0.06],
    ],
    0.17,
  ),
  polygon([
    [0.25, -0.34],
    [0.2, 0.12],
    [-0.16, -0.2],
  ]),
);
export const bendLeft: Shape = mirror(bendRight);

export const exclamation: Shape = union(
  polygon([
    [-0.12, -0.5],
    [0.12, -0.5],
    [0.07, 0.12],
    [-0.07, 0.12],
  ]),
  disc(0, 0.32, 0.11),
);

const limbs: readonly (readonly Point[])[] = [
  // From the neck to the hip, the two legs, the two arms of somebody walking.
  [
    [0, -0.3],
    [0, 0.1],
  ],
  [
    [0, 0.1],
    [-0.28, 0.62],
  ],
  [
    [0, 0.1],
    [0.2, 0.32],
    [0.28, 0.62],
  ],
  [
    [0, -0.24],
    [-0.3, 0.06],
  ],
  [
    [0, -0.24],
    [0.32, -0.02],
  ],
];

export const pedestrian: Shape = union(disc(0, -0.55, 0.16), ...limbs.map((points) => stroke(points, 0.17)));
