import type { Colour } from './signs.ts';
import { cosine, sine } from '../trigonometry.ts';

/** A square picture while it is being made: size × size × RGB, real numbers about 0 … 255. */
export interface Canvas {
  readonly size: number;
  readonly pixels: Float32Array;
}

export const createCanvas = (size: number): Canvas => ({ size, pixels: new Float32Array(size * size * 3) });

/** Mixes `colour` into the pixel at byte offset `at`. */
export function blend(pixels: Float32Array, at: number, [red, green, blue]: Colour, opacity: number): void {
  pixels[at] += (red - pixels[at]) * opacity;
  pixels[at + 1] += (green - pixels[at + 1]) * opacity;
  pixels[at + 2] += (blue - pixels[at + 2]) * opacity;
}

const clampOpacity = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);

/** A rectangle about (centreX, centreY), turned, with soft edges. Sizes are in pixels. */
export function fillRectangle(
  { size, pixels }: Canvas,
  centreX: number,
  centreY: number,
  halfWidth: number,
  halfHeight: number,
  turns: number,
  colour: Colour,
  opacity = 1,
): void {
  const c = cosine(turns);
  const s = sine(turns);
  const reachX = Math.abs(halfWidth * c) + Math.abs(halfHeight * s) + 1;
  const reachY = Math.abs(halfWidth * s) + Math.abs(halfHeight * c) + 1;
  const firstColumn = Math.max(0, Math.floor(centreX - reachX));
  const lastColumn = Math.min(size - 1, Math.ceil(centreX + reachX));
  const lastRow = Math.min(size - 1, Math.ceil(centreY + reachY));
  for (let row = Math.max(0, Math.floor(centreY - reachY)); row <= lastRow; row++) {
    const dy = row + 0.5 - centreY;
    for (let column = firstColumn; column <= lastColumn; column++) {
      const dx = column + 0.5 - centreX;
      const u = Math.abs(dx * c + dy * s) - halfWidth;
      const v = Math.abs(dy * c - dx * s) - halfHeight;
      const inside = clampOpacity(0.5 - (u > v ? u : v));
      if (inside > 0) blend(pixels, (row * size + column) * 3, colour, inside * opacity);
    }
  }
}

/** An ellipse with soft edges, axis by axis. Sizes are in pixels. */
export function fillEllipse(
  { size, pixels }: Canvas,
  centreX: number,
  centreY: number,
  radiusX: number,
  radiusY: number,
  colour: Colour,
  opacity = 1,
): void {
  const softness = Math.min(radiusX, radiusY);
  const firstColumn = Math.max(0, Math.floor(centreX - radiusX - 1));
  const lastColumn = Math.min(size - 1, Math.ceil(centreX + radiusX + 1));
  const lastRow = Math.min(size - 1, Math.ceil(centreY + radiusY + 1));
  for (let row = Math.max(0, Math.floor(centreY - radiusY - 1)); row <= lastRow; row++) {
    const v = (row + 0.5 - centreY) / radiusY;
    for (let column = firstColumn; column <= lastColumn; column++) {
      const u = (column + 0.5 - centreX) / radiusX;
      const inside = clampOpacity(0.5 + (1 - Math.sqrt(u * u + v * v)) * softness);
      if (inside > 0) blend(pixels, (row * size + column) * 3, colour, inside * opacity);
    }
  }
}

/** A triangle or diamond: the points whose distances to `corners` sides are all inside. Sizes are in pixels. */
export function fillRegular(
  { size, pixels }: Canvas,
  centreX: number,
  centreY: number,
  innerRadius: number,
  corners: number,
  turns: number,
  colour: Colour,
  opacity = 1,
): void {
  const normals = Array.from({ length: corners }, (_, i) => [cosine(turns + i / corners), sine(turns + i / corners)]);
  const reach = innerRadius * (corners === 3 ? 2 : 1.5) + 1;
  const firstColumn = Math.max(0, Math.floor(centreX - reach));
  const lastColumn = Math.min(size - 1, Math.ceil(centreX + reach));
  const lastRow = Math.min(size - 1, Math.ceil(centreY + reach));
  for (let row = Math.max(0, Math.floor(centreY - reach)); row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      let outermost = -Infinity;
      for (const [nx, ny] of normals) {
        const along = (column + 0.5 - centreX) * nx + (row + 0.5 - centreY) * ny;
        if (along > outermost) outermost = along;
      }
      const inside = clampOpacity(0.5 + innerRadius - outermost);
      if (inside > 0) blend(pixels, (row * size + column) * 3, colour, inside * opacity);
    }
  }
}
