import { availableParallelism } from 'node:os';
import { z } from 'zod';
import type { Architecture } from '../../core/architecture/index.ts';
import { defaultRecipe, type LabelledSamples, type Network } from '../../core/training/index.ts';
import { sampleBytes, toBoardInput, type Dataset } from '../../datasets/index.ts';
import { InterpreterPool } from '../interpreter/index.ts';
import type { StepContext, Trip } from '../jobs/index.ts';
import { quantize } from '../quantization/index.ts';
import { evaluateNetwork } from '../training/index.ts';
import { calibrationOf } from './quantizeStep.ts';
import { largest } from './scores.ts';
import { bytesOf, readNetwork, trainingData, trainOrGoOn, type Trained } from './trainStep.ts';
import { steps } from './stepTitles.ts';

/** Validation samples on which float and int8 are compared. */
const SAMPLES = 1000;
/** What rounding may cost before something is done about it: half a point. */
const TOLERABLE = 0.005;
/**
 * Passes over the training split with rounding, at most and as a part of those that the network was trained for, and their
 * highest learning rate: weights only have to settle anew. They come on top of the minutes that were asked for.
 */
const MOST_PASSES = 3;
const PART_OF_PASSES = 0.25;
const LEARNING_RATE = 0.02;

const roundedSchema = z.object({
  /** On the same validation samples. */
  float: z.number(),
  before: z.number(),
  /** In int8 after training with rounding; null where that was not needed. */
  after: z.number().nullable(),
  /** The better network, where it is the one that was trained with rounding, and what it is worth on the test split. */
  kept: z.object({ weights: z.object({ file: z.string(), sha256: z.string() }), floatAccuracy: z.number() }).nullable(),
});

/**
 * Quantization-aware fine-tuning, where it is needed: if the int8 model answers more than half a point fewer validation
 * samples right than the float network, the network is trained on for a few passes while kernels and activations are
 * rounded as the model rounds them. What comes out is kept if its own int8 model is better.
 */
export async function roundingStep(
  trip: Trip,
  dataset: Dataset,
  architecture: Architecture,
  trained: Trained,
  { workers, seed }: { readonly workers: number; readonly seed: number },
): Promise<Trained> {
  const passes = Math.min(MOST_PASSES, PART_OF_PASSES * (trained.curve.at(-1)?.epoch ?? 0));
  const { kept } = await trip.step({
    ...steps.rounding,
    version: 2,
    input: { network: trained.weights.sha256, architecture, dataset: dataset.fingerprint, workers, seed, passes },
    output: roundedSchema,
    run: async (context) => {
      const network = readNetwork(trip, architecture, trained);
      const samples = firstOf(dataset.validation, SAMPLES, sampleBytes(dataset.shape));
      const calibration = calibrationOf(dataset);
      const first = await quantize({ network, calibration }, context.signal);
      const { accuracy: float } = await evaluateNetwork(network, samples, { workers, signal: context.signal });
      const before = await int8Accuracy(first.file, dataset, samples, context);
      context.log(`${samples.labels.length} validation samples: float ${percent(float)}, int8 ${percent(before)}`);
      if (float - before <= TOLERABLE) return { float, before, after: null, kept: null };

      const { network: tuned } = await trainOrGoOn({
        architecture,
        data: trainingData(dataset),
        length: { epochs: passes },
        recipe: { ...defaultRecipe(dataset), learningRate: LEARNING_RATE },
        initial: network.weights,
        rounding: first.rounding,
        seed,
        workers,
        checkpointDir: context.unfinished('checkpoints'),
        signal: context.signal,
        onProgress: context.onProgress,
      });
      const second = await quantize({ network: tuned, calibration }, context.signal);
      const after = await int8Accuracy(second.file, dataset, samples, context);
      const better = after > before;
      context.log(
        `After ${passes.toFixed(1)} passes with rounding: int8 ${percent(after)}, ${better ? 'kept' : 'not kept'}`,
      );
      if (!better) return { float, before, after, kept: null };
      const { onProgress, signal } = context;
      const { accuracy: floatAccuracy } = await evaluateNetwork(tuned, dataset.test, { workers, onProgress, signal });
      return { float, before, after, kept: { weights: keep(tuned, context), floatAccuracy } };
    },
  });
  if (kept === null) return trained;
  trip.figures({ floatAccuracy: kept.floatAccuracy });
  return { ...trained, ...kept };
}

function keep({ weights }: Network, { write }: StepContext): { file: string; sha256: string } {
  const { file, sha256 } = write('network-rounded.bin', bytesOf(weights));
  return { file, sha256 };
}

/** The share of samples that the int8 model answers right, by the reference interpreter. */
async function int8Accuracy(
  bytes: Uint8Array,
  { shape }: Dataset,
  samples: LabelledSamples,
  { signal }: StepContext,
): Promise<number> {
  const threads = availableParallelism();
  const interpreter = new InterpreterPool({ bytes, name: 'int8' }, threads);
  const bytesEach = sampleBytes(shape);
  const count = samples.labels.length;
  let [next, correct] = [0, 0];
  const work = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      signal.throwIfAborted();
      const output = await interpreter.run([
        toBoardInput(samples.samples.subarray(index * bytesEach, (index + 1) * bytesEach)),
      ]);
      if (largest(output) === samples.labels[index]) correct++;
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, work));
  } finally {
    await interpreter.close();
  }
  return correct / count;
}

function firstOf({ samples, labels }: LabelledSamples, most: number, bytes: number): LabelledSamples {
  const count = Math.min(most, labels.length);
  return { samples: samples.slice(0, count * bytes), labels: labels.slice(0, count) };
}

const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;
