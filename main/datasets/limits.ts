import type { InputShape } from '../core/architecture/index.ts';
import { sampleBytes } from './dataset.ts';
import { datasetError } from './errors.ts';

/** Decoded samples that a dataset may take in memory. */
const MOST_BYTES = 6 * 2 ** 30;
/** Labels are kept in 16 bits, and no microcontroller tells that many things apart. */
const MOST_CLASSES = 10_000;

/** @throws StudioError `dataset.too-many-classes`, `dataset.too-large` */
export function checkLimits(name: string, classes: number, samples: number, shape: InputShape): void {
  if (classes > MOST_CLASSES) {
    throw datasetError(
      'too-many-classes',
      `${name} would have ${classes} classes; ${MOST_CLASSES} is the most.`,
      'Give the folder that holds one folder for each class, or the column that holds the labels.',
      { classes },
    );
  }
  const bytes = samples * sampleBytes(shape);
  if (bytes > MOST_BYTES) {
    throw datasetError(
      'too-large',
      `${name} takes ${(bytes / 2 ** 30).toFixed(1)} GiB at ${shape.height}×${shape.width}×${shape.channels}; ${MOST_BYTES / 2 ** 30} GiB is the most.`,
      'Choose a smaller size, or fewer samples.',
      { bytes },
    );
  }
}
