import type { InputShape } from '../core/architecture/index.ts';

/** Where each output row (or column) takes its share from: a triangle as wide as the step between outputs. */
interface Taps {
  readonly first: Int32Array;
  readonly weights: readonly Float64Array[];
}

function tapsOf(from: number, to: number): Taps {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const first = new Int32Array(to);
  const weights = Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.floor(centre - reach));
    const end = Math.min(from, Math.ceil(centre + reach));
    const raw = Float64Array.from({ length: end - start }, (_, k) =>
      Math.max(0, 1 - Math.abs(start + k + 0.5 - centre) / reach),
    );
    const sum = raw.reduce((a, b) => a + b, 0);
    first[i] = start;
    return raw.map((weight) => weight / sum);
  });
  return { first, weights };
}

/**
 * Brings many small pictures of one shape to another, one after the other in `samples`: scaled by a triangle filter
 * (bilinear where it grows, averaging where it shrinks), one channel repeated, three weighed as ITU-R BT.601 does.
 */
export function resizeAll(samples: Uint8Array, from: InputShape, to: InputShape): Uint8Array {
  const count = samples.length / (from.height * from.width * from.channels);
  const rows = tapsOf(from.height, to.height);
  const columns = tapsOf(from.width, to.width);
  const line = new Float64Array(from.width * from.channels);
  const colour = new Float64Array(from.channels);
  const output = new Uint8Array(count * to.height * to.width * to.channels);
  let at = 0;
  for (let n = 0; n < count; n++) {
    const start = n * from.height * line.length;
    for (let row = 0; row < to.height; row++) {
      line.fill(0);
      rows.weights[row].forEach((weight, k) => {
        const source = start + (rows.first[row] + k) * line.length;
        for (let i = 0; i < line.length; i++) line[i] += weight * samples[source + i];
      });
      for (let column = 0; column < to.width; column++) {
        colour.fill(0);
        columns.weights[column].forEach((weight, k) => {
          const source = (columns.first[column] + k) * from.channels;
          for (let c = 0; c < from.channels; c++) colour[c] += weight * line[source + c];
        });
        for (let c = 0; c < to.channels; c++) output[at++] = Math.round(channelOf(colour, c, to.channels));
      }
    }
  }
  return output;
}

function channelOf(colour: Float64Array, channel: number, wanted: number): number {
  if (colour.length >= 3 && wanted === 1) return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
  return colour[Math.min(channel, colour.length - 1)];
}
