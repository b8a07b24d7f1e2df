import type { LongCall } from '../contract/index.ts';
import { spaceFor, type SearchSpace } from '../core/nas/index.ts';
import { openDataset } from '../datasets/index.ts';
import { datasetCache } from './pipeline/datasetStep.ts';

/** Half the published channels: what small boards have room for. */
const USUAL_WIDTH = 0.5;

/**
 * The space that a search would try for a dataset at one width multiplier: to be changed by hand and searched in.
 *
 * @param width factor on the published channels
 * @throws StudioError `dataset.…`
 */
export async function spaceOfDataset(dataset: string, call: LongCall, width = USUAL_WIDTH): Promise<SearchSpace> {
  const { shape, classes } = await openDataset(dataset, { ...call, cacheDir: datasetCache() });
  return spaceFor(shape, width, classes.length);
}
