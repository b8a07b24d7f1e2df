/** Labelled samples with a fixed split: readers of files, and sets that the project draws itself. */
export * from './dataset.ts';
export * from './openDataset.ts';
export { parseDatasetSpec } from './spec.ts';
export * from './sampleReader.ts';
export * from './capture.ts';
export * from './preview.ts';
export { isLitter, staysInside, type Container, type Entry } from './container/container.ts';
export { openZip } from './container/zip.ts';
