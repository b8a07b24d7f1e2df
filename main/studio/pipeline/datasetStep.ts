import { join } from 'node:path';
import { z } from 'zod';
import { StudioError } from '../../contract/index.ts';
import { openDataset, type Dataset } from '../../datasets/index.ts';
import type { InputShape } from '../../core/architecture/index.ts';
import type { Trip } from '../jobs/index.ts';
import { defaultWorkspaceFolder } from '../service/workspaceFolder.ts';
import { steps } from './stepTitles.ts';

const openedSchema = z.object({ fingerprint: z.string(), classes: z.array(z.string()), report: z.unknown() });

/** Where decoded datasets are kept between openings. */
export const datasetCache = (): string => join(defaultWorkspaceFolder(), 'cache', 'datasets');

/**
 * Opens a dataset, in the shape that a model takes where there is one already. It is looked at on every trip: files may
 * have changed, and its fingerprint decides what else has to be done again.
 */
export async function takeDataset(trip: Trip, spec: string, shape?: InputShape): Promise<Dataset> {
  let dataset: Dataset | null = null;
  await trip.step({
    ...steps.dataset,
    version: 1,
    always: true,
    input: { spec, shape: shape ?? null },
    output: openedSchema,
    run: async ({ onProgress, signal, log, write }) => {
      dataset = await openDataset(spec, {
        cacheDir: datasetCache(),
        onProgress,
        signal,
        ...(shape === undefined ? {} : { shape }),
      });
      const { report, classes, fingerprint, train, validation, test } = dataset;
      log(
        `${report.name}: ${classes.length} classes, ${train.labels.length} training, ${validation.labels.length} validation, ` +
          `${test.labels.length} test samples`,
      );
      for (const { message } of report.warnings) log(message, 'warning');
      if (report.brokenCount > 0) log(`${report.brokenCount} samples cannot be read and are left out`, 'warning');
      write('dataset.json', `${JSON.stringify(report, null, 2)}\n`);
      return { fingerprint, classes: [...classes], report };
    },
  });
  if (dataset === null) throw new Error('the dataset was not opened');
  return dataset;
}

/** @throws StudioError `training.no-samples` where a split is empty that training, or judging what was trained, needs */
export function checkSplits({ report, train, validation, test }: Dataset): void {
  const splits = { train, validation, test };
  const empty = Object.entries(splits).flatMap(([name, { labels }]) => (labels.length === 0 ? [name] : []));
  if (empty.length === 0) return;
  throw new StudioError({
    code: 'training.no-samples',
    message: `The dataset ${report.name} has no samples in the ${empty.join(' and ')} split, and a training needs all three.`,
    remedy: 'Add samples, of other people or sessions where the dataset knows them, or a folder for that split.',
    details: { empty },
  });
}
