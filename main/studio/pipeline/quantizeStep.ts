import { z } from 'zod';
import type { Architecture } from '../../core/architecture/index.ts';
import { sampleBytes, type Dataset } from '../../datasets/index.ts';
import type { Trip } from '../jobs/index.ts';
import { quantize } from '../quantization/index.ts';
import { readNetwork, type Trained } from './trainStep.ts';
import { steps } from './stepTitles.ts';

/** Enough that ranges settle; more only takes longer. */
const calibrationSamples = 256;

const quantizedSchema = z.object({ file: z.string(), sha256: z.string() });

/** The training samples on which the ranges of activations are measured. */
export function calibrationOf({ train, shape }: Dataset): Uint8Array {
  return train.samples.slice(0, Math.min(calibrationSamples, train.labels.length) * sampleBytes(shape));
}

/** The trained network as an int8 model, `quantized.tflite` in the run's folder; gives its path. */
export async function quantizeStep(
  trip: Trip,
  dataset: Dataset,
  architecture: Architecture,
  trained: Trained,
): Promise<string> {
  const { file } = await trip.step({
    ...steps.quantize,
    version: 1,
    input: { network: trained.weights.sha256, architecture, dataset: dataset.fingerprint, calibrationSamples },
    output: quantizedSchema,
    run: async ({ write, signal }) => {
      const network = readNetwork(trip, architecture, trained);
      const calibration = calibrationOf(dataset);
      const { file: model } = await quantize({ network, calibration }, signal);
      const { file, sha256 } = write('quantized.tflite', model);
      return { file, sha256 };
    },
  });
  return trip.run.path(file);
}
