import type { Sign } from './signs.ts';

/** How far the texture reaches beyond the sign, so that its soft edge is whole. */
const margin = 1.06;

/**
 * A sign, drawn once at high resolution: per texel how much of it is sign, how much of that is border, and how much is
 * pictogram (three bytes, 255 is all). Colours come later, since every sample has its own.
 */
export interface SignTexture {
  readonly size: number;
  readonly coverage: Uint8Array;
  /** Sign units → texels: `texel = (unit + margin) × texelsPerUnit`. */
  readonly margin: number;
  readonly texelsPerUnit: number;
}

const toByte = (share: number): number => Math.round(255 * Math.min(1, Math.max(0, share)));

/** Draws `sign` into size × size texels; edges are softened over one texel by their distance. */
export function drawTexture(sign: Sign, size: number): SignTexture {
  const texelsPerUnit = size / (2 * margin);
  const coverage = new Uint8Array(size * size * 3);
  for (let row = 0; row < size; row++) {
    const y = (row + 0.5) / texelsPerUnit - margin;
    for (let column = 0; column < size; column++) {
      const x = (column + 0.5) / texelsPerUnit - margin;
      const distance = sign.outline(x, y) * texelsPerUnit;
      if (distance >= 0.5) continue;
      const at = (row * size + column) * 3;
      coverage[at] = toByte(0.5 - distance);
      coverage[at + 1] = toByte(0.5 + distance + sign.borderWidth * texelsPerUnit);
      if (sign.pictogram) coverage[at + 2] = toByte(0.5 - sign.pictogram(x, y) * texelsPerUnit);
    }
  }
  return { size, coverage, margin, texelsPerUnit };
}
