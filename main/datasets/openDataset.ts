import type { LongCall } from '../contract/index.ts';
import type { InputShape } from '../core/architecture/index.ts';
import type { Dataset } from './dataset.ts';
import { openFiles } from './files.ts';
import { openGenerated } from './generated.ts';
import { parseDatasetSpec } from './spec.ts';

export interface OpenOptions extends LongCall {
  /** What a network takes; the dataset's own choice where absent. Generated sets and photos follow it. */
  readonly shape?: InputShape;
  /** Where decoded samples are kept between openings; nothing is kept where absent. */
  readonly cacheDir?: string;
}

/**
 * Opens a dataset by its text form: `generated:road-signs?seed=1&size=48`, or the path of a folder or a file.
 *
 * @throws StudioError `dataset.…`
 */
export async function openDataset(text: string, options: OpenOptions = {}): Promise<Dataset> {
  const spec = parseDatasetSpec(text);
  if (spec.source === 'generated') return openGenerated(text, spec, options.shape?.height ?? null, options);
  return openFiles(text, spec, options);
}
