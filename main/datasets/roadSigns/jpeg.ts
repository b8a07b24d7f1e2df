import type { Canvas } from './canvas.ts';
import { cosine } from '../trigonometry.ts';

/**
 * What JPEG at a low quality leaves: blocks of 8×8, their high frequencies coarsened, colour at half the resolution.
 * Not a codec: the same loss, without the bytes.
 */

const side = 8;

/** The orthonormal DCT-II: `basis[frequency × 8 + position]`. */
const basis = Float64Array.from({ length: side * side }, (_, i) => {
  const frequency = Math.floor(i / side);
  const position = i % side;
  return cosine(((2 * position + 1) * frequency) / (4 * side)) * (frequency === 0 ? Math.sqrt(1 / side) : 0.5);
});

/** How coarse each frequency is kept, growing from `base` as JPEG's Annex K tables do, roughly. */
const stepOf = (base: number, u: number, v: number): number => base * (1 + 0.55 * (u + v));

const spectrum = new Float64Array(side * side);
const half = new Float64Array(side * side);

/** Coarsens one 8×8 block of `plane` in place. */
function coarsenBlock(plane: Float32Array, width: number, left: number, top: number, base: number): void {
  for (let y = 0; y < side; y++) {
    const line = (top + y) * width + left;
    for (let u = 0; u < side; u++) {
      let sum = 0;
      for (let x = 0; x < side; x++) sum += basis[u * side + x] * plane[line + x];
      half[y * side + u] = sum;
    }
  }
  for (let u = 0; u < side; u++) {
    for (let v = 0; v < side; v++) {
      let sum = 0;
      for (let y = 0; y < side; y++) sum += basis[v * side + y] * half[y * side + u];
      const step = stepOf(base, u, v);
      spectrum[v * side + u] = Math.round(sum / step) * step;
    }
  }
  half.fill(0);
  for (let v = 0; v < side; v++) {
    for (let u = 0; u < side; u++) {
      const value = spectrum[v * side + u];
      if (value === 0) continue;
      for (let y = 0; y < side; y++) half[y * side + u] += basis[v * side + y] * value;
    }
  }
  for (let y = 0; y < side; y++) {
    const line = (top + y) * width + left;
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let u = 0; u < side; u++) sum += basis[u * side + x] * half[y * side + u];
      plane[line + x] = sum;
    }
  }
}

function coarsenPlane(plane: Float32Array, width: number, base: number): void {
  for (let top = 0; top < width; top += side) {
    for (let left = 0; left < width; left += side) coarsenBlock(plane, width, left, top, base);
  }
}

/** Leaves the traces of JPEG on the canvas; `base` is the step of the lowest frequency (4 is fine, 30 is ugly). */
export function compress({ size, pixels }: Canvas, base: number): void {
  const width = Math.ceil(size / (2 * side)) * 2 * side;
  const colourWidth = width / 2;
  const luma = new Float32Array(width * width);
  const blueness = new Float32Array(colourWidth * colourWidth);
  const redness = new Float32Array(colourWidth * colourWidth);
  for (let row = 0; row < width; row++) {
    const fromRow = Math.min(row, size - 1) * size;
    for (let column = 0; column < width; column++) {
      const at = (fromRow + Math.min(column, size - 1)) * 3;
      const y = 0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2];
      luma[row * width + column] = y;
      const colourAt = (row >> 1) * colourWidth + (column >> 1);
      blueness[colourAt] += (pixels[at + 2] - y) / 4;
      redness[colourAt] += (pixels[at] - y) / 4;
    }
  }
  coarsenPlane(luma, width, base);
  coarsenPlane(blueness, colourWidth, base * 1.6);
  coarsenPlane(redness, colourWidth, base * 1.6);
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at += 3) {
      const y = luma[row * width + column];
      const colourAt = (row >> 1) * colourWidth + (column >> 1);
      pixels[at] = y + redness[colourAt];
      pixels[at + 2] = y + blueness[colourAt];
      pixels[at + 1] = (y - 0.299 * pixels[at] - 0.114 * pixels[at + 2]) / 0.587;
    }
  }
}
