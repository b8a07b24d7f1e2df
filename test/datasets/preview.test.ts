import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { contactSheet, openDataset, previewClasses, sampleAt, type Dataset } from '../../main/datasets/index.ts';
import { arrange, drawSample } from '../../main/datasets/picture.ts';
import { encodePng } from '../../main/datasets/png.ts';

let dataset: Dataset;
beforeAll(async () => {
  dataset = await openDataset('generated:road-signs?size=32&train=64&validation=16&test=16');
});

describe('previews', () => {
  it('show the very pixels that the network is given, for each class', async () => {
    const classes = previewClasses(dataset, 'train', 2);
    expect(classes).toHaveLength(16);
    for (const [label, previews] of classes.entries()) {
      expect(previews.map((preview) => preview.label)).toEqual([label, label]);
      const { data, info } = await sharp(previews[0].png).raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, info.channels]).toEqual([32, 32, 3]);
      expect(new Uint8Array(data)).toEqual(Uint8Array.from(sampleAt(dataset.shape, dataset.train, previews[0].index)));
    }
  });

  it('stand on one sheet, a row for each class, with places left free where samples are few', async () => {
    const { width, height } = await sharp(contactSheet(dataset, 'train', 6)).metadata();
    expect([width, height]).toEqual([6 * 34 - 2, 16 * 34 - 2]);
  });

  it('are PNG files that another decoder reads back, whatever their size', async () => {
    for (const [width, height] of [
      [1, 1],
      [3, 7],
      [200, 2],
    ]) {
      const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37 + (i >> 3)) & 255);
      const back = await sharp(encodePng({ width, height, pixels })).raw().toBuffer();
      expect(new Uint8Array(back)).toEqual(pixels);
    }
  });
});

describe('drawings', () => {
  it('turn spectra: time to the right, pitch upwards, loud is light', () => {
    // Two frames, three bands; only the highest band of the second frame sounds.
    const sample = Uint8Array.of(0, 0, 0, 0, 0, 255);
    const { width, height, pixels } = drawSample('audio', { height: 2, width: 3, channels: 1 }, sample);
    expect([width, height]).toEqual([2, 3]);
    const lightness = Array.from({ length: 6 }, (_, i) => pixels[i * 3] + pixels[i * 3 + 1] + pixels[i * 3 + 2]);
    expect(lightness.indexOf(Math.max(...lightness))).toBe(1);
  });

  it('draw each channel of a series as a line of its own colour, high values on top', () => {
    const steps = 64;
    const sample = Uint8Array.from({ length: steps * 2 }, (_, i) => (i % 2 === 0 ? 255 : 0));
    const { width, height, pixels } = drawSample('series', { height: steps, width: 1, channels: 2 }, sample);
    const at = (x: number, y: number): number[] => [...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
    expect(at(10, 0)).not.toEqual(at(10, height - 1));
    expect(at(10, 0)).toEqual(at(50, 0));
    expect(at(10, height / 2)).toEqual([250, 250, 250]);
  });

  it('show grey pictures grey', () => {
    expect([...drawSample('images', { height: 1, width: 2, channels: 1 }, Uint8Array.of(7, 9)).pixels]).toEqual([
      7, 7, 7, 9, 9, 9,
    ]);
  });

  it('arrange into a grid', () => {
    const dot = (value: number) => ({ width: 1, height: 1, pixels: new Uint8Array(3).fill(value) });
    const { width, height, pixels } = arrange([dot(1), dot(2), dot(3)], 2, 0);
    expect([width, height]).toEqual([2, 2]);
    expect([pixels[0], pixels[3], pixels[6]]).toEqual([1, 2, 3]);
  });
});
