import type { DatasetKind, SplitName } from '../contract/index.ts';
import type { InputShape } from '../core/architecture/index.ts';
import { sampleAt, type Dataset } from './dataset.ts';
import { arrange, drawSample } from './picture.ts';
import { encodePng } from './png.ts';

/** One sample to look at. */
export interface SamplePreview {
  readonly id: string;
  readonly split: SplitName;
  readonly index: number;
  readonly label: number;
  /** The picture that the network is given (or a drawing of it), as a PNG file. */
  readonly png: Uint8Array;
}

/** The picture of a sample's bytes, as a PNG file. */
export const encodeSample = (kind: DatasetKind, shape: InputShape, sample: Uint8Array): Uint8Array =>
  encodePng(drawSample(kind, shape, sample));

/** The picture of sample `index` of a split, as a PNG file. */
export function previewSample(dataset: Dataset, split: SplitName, index: number): SamplePreview {
  const { kind, shape } = dataset;
  const { ids, labels } = dataset[split];
  const png = encodeSample(kind, shape, sampleAt(shape, dataset[split], index));
  return { id: ids[index], split, index, label: labels[index], png };
}

/** Places in a split of the first `count` samples of each class, class by class. */
export function firstOfEachClass(dataset: Dataset, split: SplitName, count: number): number[][] {
  const places: number[][] = dataset.classes.map(() => []);
  dataset[split].labels.forEach((label, index) => {
    if (places[label].length < count) places[label].push(index);
  });
  return places;
}

/** Previews of `count` samples of each class: what the window's class grid shows. */
export const previewClasses = (dataset: Dataset, split: SplitName, count: number): SamplePreview[][] =>
  firstOfEachClass(dataset, split, count).map((places) => places.map((place) => previewSample(dataset, split, place)));

/** All classes on one sheet, a row each, as a PNG file. */
export function contactSheet(dataset: Dataset, split: SplitName, count: number): Uint8Array {
  const { kind, shape } = dataset;
  const draw = (index: number) => drawSample(kind, shape, sampleAt(shape, dataset[split], index));
  const blank = { width: 0, height: 0, pixels: new Uint8Array(0) };
  const rows = firstOfEachClass(dataset, split, count).map((places) =>
    Array.from({ length: count }, (_, i) => (i < places.length ? draw(places[i]) : blank)),
  );
  const cell = rows.flat().find(({ width }) => width > 0) ?? { width: 1, height: 1, pixels: new Uint8Array(3) };
  // A missing sample leaves an empty place: the grid takes its size from the first cell.
  const [first, ...rest] = rows.flat();
  const empty = { ...cell, pixels: new Uint8Array(cell.width * cell.height * 3).fill(250) };
  return encodePng(arrange([first.width > 0 ? first : empty, ...rest], count));
}
