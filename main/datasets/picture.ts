import type { DatasetKind } from '../contract/index.ts';
import type { InputShape } from '../core/architecture/index.ts';

/** Something to look at: height × width × RGB bytes. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

const paper = [250, 250, 250] as const;
/** Colours of a series's channels, apart from each other for the colour-blind, too (Okabe and Ito, 2008). */
const inks = [
  [0, 114, 178],
  [213, 94, 0],
  [0, 158, 115],
  [204, 121, 167],
  [230, 159, 0],
  [86, 180, 233],
  [0, 0, 0],
] as const;

/** Dark blue over magenta to yellow, as spectra are drawn: the corners of a ramp. */
const heat = [
  [10, 7, 40],
  [87, 15, 109],
  [187, 55, 84],
  [249, 142, 9],
  [252, 255, 164],
] as const;

function heatOf(value: number): [number, number, number] {
  const place = (value / 255) * (heat.length - 1);
  const lower = heat[Math.min(heat.length - 2, Math.floor(place))];
  const upper = heat[Math.min(heat.length - 1, Math.floor(place) + 1)];
  const share = place - Math.min(heat.length - 2, Math.floor(place));
  const mix = (i: 0 | 1 | 2): number => Math.round(lower[i] + (upper[i] - lower[i]) * share);
  return [mix(0), mix(1), mix(2)];
}

/** Images as they are; spectra with time to the right and pitch upwards; series as lines over time. */
export function drawSample(kind: DatasetKind, shape: InputShape, sample: Uint8Array): Picture {
  if (kind === 'audio' && shape.channels === 1) return drawSpectrum(shape, sample);
  if (kind === 'series') return drawLines(shape, sample);
  return drawImage(shape, sample);
}

function drawImage({ height, width, channels }: InputShape, sample: Uint8Array): Picture {
  const pixels = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) pixels[i * 3 + c] = sample[i * channels + (channels >= 3 ? c : 0)];
  }
  return { width, height, pixels };
}

function drawSpectrum({ height: frames, width: bands }: InputShape, sample: Uint8Array): Picture {
  const pixels = new Uint8Array(frames * bands * 3);
  for (let frame = 0; frame < frames; frame++) {
    for (let band = 0; band < bands; band++) {
      pixels.set(heatOf(sample[frame * bands + band]), ((bands - 1 - band) * frames + frame) * 3);
    }
  }
  return { width: frames, height: bands, pixels };
}

const plotHeight = 64;

function drawLines({ height: steps, width, channels }: InputShape, sample: Uint8Array): Picture {
  const across = Math.min(256, Math.max(64, steps));
  const pixels = new Uint8Array(across * plotHeight * 3);
  for (let at = 0; at < pixels.length; at += 3) pixels.set(paper, at);
  const lines = width * channels;
  for (let line = 0; line < lines; line++) {
    const ink = inks[line % inks.length];
    let previous = -1;
    for (let x = 0; x < across; x++) {
      const step = Math.min(steps - 1, Math.floor((x * steps) / across));
      const row = Math.round(((255 - sample[step * lines + line]) / 255) * (plotHeight - 1));
      const [top, bottom] = previous < 0 ? [row, row] : [Math.min(previous, row), Math.max(previous, row)];
      for (let y = top; y <= bottom; y++) pixels.set(ink, (y * across + x) * 3);
      previous = row;
    }
  }
  return { width: across, height: plotHeight, pixels };
}

/** Many pictures of one size in a grid, `columns` wide, with `gap` pixels of paper between them. */
export function arrange(pictures: readonly Picture[], columns: number, gap = 2): Picture {
  const { width: cellWidth, height: cellHeight } = pictures[0] ?? { width: 1, height: 1 };
  const rows = Math.max(1, Math.ceil(pictures.length / columns));
  const width = columns * (cellWidth + gap) - gap;
  const height = rows * (cellHeight + gap) - gap;
  const pixels = new Uint8Array(width * height * 3);
  for (let at = 0; at < pixels.length; at += 3) pixels.set(paper, at);
  pictures.forEach((picture, i) => {
    const left = (i % columns) * (cellWidth + gap);
    const top = Math.floor(i / columns) * (cellHeight + gap);
    for (let row = 0; row < picture.height; row++) {
      const line = picture.pixels.subarray(row * picture.width * 3, (row + 1) * picture.width * 3);
      pixels.set(line, ((top + row) * width + left) * 3);
    }
  });
  return { width, height, pixels };
}
