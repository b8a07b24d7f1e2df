import { readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { curvePointSchema, StudioError, type CurvePoint } from '../../contract/index.ts';
import type { Architecture } from '../../core/architecture/index.ts';
import type {
  EpochRecord,
  Network,
  PacePlan,
  Recipe,
  TrainingData,
  TrainingLength,
} from '../../core/training/index.ts';
import type { Dataset } from '../../datasets/index.ts';
import { paceSchema } from './recordedPlan.ts';
import { sha256 } from '../../store/index.ts';
import { locateTool } from '../../toolchain/index.ts';
import { PredictionWatch } from './predictionWatch.ts';
import type { Trip } from '../jobs/index.ts';
import {
  evaluateNetwork,
  trainNetwork,
  type Teacher,
  type TrainingOptions,
  type TrainingResult,
} from '../training/index.ts';
import { steps } from './stepTitles.ts';

const trainedSchema = z.object({
  weights: z.object({ file: z.string(), sha256: z.string() }),
  curve: z.array(curvePointSchema),
  elapsedMs: z.number(),
  workers: z.int(),
  floatAccuracy: z.number(),
  testSamples: z.int(),
  pace: paceSchema,
});
export type Trained = z.infer<typeof trainedSchema>;

export interface TrainWish {
  readonly length: TrainingLength;
  readonly seed: number;
  readonly workers: number;
  readonly recipe?: Partial<Recipe>;
  /** The pace of an earlier training, to be followed instead of the clock. */
  readonly pace?: PacePlan;
}

/** Weights that a training begins with, and their hash. */
export interface InitialWeights {
  readonly weights: Float32Array;
  readonly sha256: string;
}

/** What a training goes on from and learns from, beside the dataset; each may be missing. */
export interface Inheritance {
  readonly initial?: InitialWeights;
  readonly teacher?: Teacher;
}

/** Trains the network and judges it in float on the test split. An interrupted training goes on from its checkpoint. */
export async function trainStep(
  trip: Trip,
  dataset: Dataset,
  architecture: Architecture,
  wish: TrainWish,
  { initial, teacher }: Inheritance = {},
): Promise<Trained> {
  const taughtBy = teacher && {
    sha256: sha256(bytesOf(teacher.weights)),
    accuracy: teacher.accuracy,
    weight: teacher.weight,
  };
  const trained = await trip.step({
    ...steps.train,
    version: 3,
    input: {
      dataset: dataset.fingerprint,
      architecture,
      wish,
      initial: initial?.sha256 ?? null,
      teacher: taughtBy ?? null,
    },
    output: trainedSchema,
    run: async ({ onProgress, signal, emit, log, unfinished, write }) => {
      const { length, seed, workers, recipe, pace } = wish;
      const predictions = new PredictionWatch(dataset, emit);
      const options = {
        architecture,
        ...(initial && { initial: initial.weights }),
        ...(teacher && { teacher }),
        ...(pace && { pace }),
        ...(recipe === undefined ? {} : { recipe }),
        data: trainingData(dataset),
        length,
        clock: trip.clock,
        seed,
        workers,
        checkpointDir: unfinished('checkpoints'),
        signal,
        onProgress,
        onEpoch: (history: readonly EpochRecord[], network: Network) => {
          const last = history.at(-1);
          if (last === undefined) return;
          emit({ type: 'curve', point: curvePoint(last) });
          predictions.look(network, last.epoch);
          const percent = (100 * last.validationAccuracy).toFixed(1);
          log(`epoch ${last.epoch.toFixed(last.epoch % 1 === 0 ? 0 : 1)}: validation ${percent} %`);
        },
      };
      const { network, history, pace: taken } = await trainOrGoOn(options).finally(() => predictions.end());
      const float = await evaluateNetwork(network, dataset.test, { workers, onProgress, signal });
      const { file, sha256: hash } = write('network.bin', bytesOf(network.weights));
      return {
        weights: { file, sha256: hash },
        curve: history.map(curvePoint),
        elapsedMs: 1000 * (history.at(-1)?.seconds ?? 0),
        workers,
        floatAccuracy: float.accuracy,
        testSamples: float.samples,
        pace: [...taken],
      };
    },
  });
  trip.figures({ floatAccuracy: trained.floatAccuracy });
  return trained;
}

/** The network that a finished training left in the run's folder. @throws StudioError `training.network-damaged` */
export function readNetwork(trip: Trip, architecture: Architecture, { weights }: Trained): Network {
  const bytes = readFileSync(trip.run.path(weights.file));
  if (sha256(bytes) !== weights.sha256)
    throw new StudioError({
      code: 'training.network-damaged',
      message: `${weights.file} is not what the training wrote.`,
      remedy: 'Start the run again; it trains anew.',
      details: { file: weights.file },
    });
  return { architecture, weights: new Float32Array(new Uint8Array(bytes).buffer) };
}

/** What an earlier version of the program trained otherwise, or a checkpoint that cannot be read, is worth nothing here. */
const WORTHLESS: readonly string[] = ['training.checkpoint-mismatch', 'training.file-corrupt'];

/** Goes on from the checkpoint in its folder, where that is of this very training; else it begins anew. */
export async function trainOrGoOn(
  options: TrainingOptions & { readonly checkpointDir: string },
): Promise<TrainingResult> {
  try {
    return await trainNetwork(options);
  } catch (error) {
    if (!(error instanceof StudioError) || !WORTHLESS.includes(error.code)) throw error;
    rmSync(options.checkpointDir, { recursive: true, force: true });
    return trainNetwork(options);
  }
}

export const trainingData = ({ kind, shape, classes, train, validation, test, mirrorable }: Dataset): TrainingData => ({
  kind,
  shape,
  classes,
  train,
  validation,
  test,
  mirrorable,
});

export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const curvePoint = (record: EpochRecord): CurvePoint => ({
  epoch: record.epoch,
  trainLoss: record.trainingLoss,
  trainAccuracy: record.trainingAccuracy,
  validationLoss: record.validationLoss,
  validationAccuracy: record.validationAccuracy,
  learningRate: record.learningRate,
  elapsedMs: 1000 * record.seconds,
  samplesPerSecond: null,
});

/** What comes after the training needs these: better told before it. */
export async function checkTools(virtual: boolean): Promise<void> {
  await locateTool('arm-gcc');
  if (virtual) await locateTool('qemu');
}
