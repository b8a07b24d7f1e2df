import {
  toErrorReport,
  type CallParams,
  type CallResult,
  type DatasetReport,
  type LongCall,
  type StudioService,
} from '../../contract/index.ts';
import { openDataset, previewSample, type Dataset } from '../../datasets/index.ts';
import { datasetCache } from '../pipeline/datasetStep.ts';

/** The window asks for page after page of one dataset; the last few are kept open for it. */
const keptOpen = 2;
const open = new Map<string, Promise<Dataset>>();

/** What is in a dataset. It is looked at afresh: files may have changed. */
export async function inspectDataset(spec: string, call: LongCall): Promise<DatasetReport> {
  open.delete(spec);
  return (await keepOpen(spec, call)).report;
}

/** A page of one split's samples, as pictures. */
export async function datasetSamples(
  { spec, split, label, offset, limit }: CallParams<StudioService, 'datasets.samples'>,
  call: LongCall,
): Promise<CallResult<StudioService, 'datasets.samples'>> {
  const dataset = await keepOpen(spec, call);
  const { labels } = dataset[split];
  const places = Array.from(labels.keys()).filter((index) => label === undefined || labels[index] === label);
  const samples = places.slice(offset, offset + limit).map((index) => {
    const { id, png } = previewSample(dataset, split, index);
    return { id, index, label: labels[index] ?? 0, png };
  });
  return { total: places.length, samples };
}

async function keepOpen(spec: string, call: LongCall): Promise<Dataset> {
  const { onProgress, signal } = call;
  const known = open.get(spec);
  if (known !== undefined) {
    try {
      return await known;
    } catch (error) {
      // Stopped by the one who asked first: this one still wants it.
      if (toErrorReport(error).code === 'cancelled' && signal?.aborted !== true) return keepOpen(spec, call);
      throw error;
    }
  }
  const opening = openDataset(spec, {
    cacheDir: datasetCache(),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  });
  open.set(spec, opening);
  // What failed, or was stopped by the one who asked first, is no answer for the next.
  opening.catch(() => open.get(spec) === opening && open.delete(spec));
  for (const oldest of [...open.keys()].slice(0, -keptOpen)) open.delete(oldest);
  return opening;
}
