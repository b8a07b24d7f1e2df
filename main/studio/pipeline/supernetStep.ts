import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { StudioError } from '../../contract/index.ts';
import {
  largestGenotype,
  sortChannels,
  supernetLayout,
  toArchitecture,
  type SearchSpace,
} from '../../core/nas/index.ts';
import { createRandom } from '../../core/random/index.ts';
import { defaultRecipe, initializeNetwork, readContainer, writeContainer } from '../../core/training/index.ts';
import type { Dataset } from '../../datasets/index.ts';
import { sha256, writeFileAtomic } from '../../store/index.ts';
import type { Trip } from '../jobs/index.ts';
import type { SupernetState } from '../search/messages.ts';
import { trainSupernet } from '../search/trainSupernet.ts';
import { paceSchema, type RecordedPlan } from './recordedPlan.ts';
import type { SupernetPlan } from './supernetPlan.ts';
import { bytesOf, trainingData, trainOrGoOn } from './trainStep.ts';
import { steps } from './stepTitles.ts';

export interface SupernetWish {
  readonly plan: SupernetPlan;
  /** An earlier search, to be followed instead of the clock. */
  readonly recorded: RecordedPlan | null;
  readonly seed: number;
  readonly workers: number;
}

export interface TrainedSupernet {
  readonly weights: Float32Array;
  readonly sha256: string;
  readonly steps: number;
  /** Whether the largest network was trained as well: on its own at first, then in every step. */
  readonly hasLargest: boolean;
  /** What it took, the largest network's training included, on the budget's clock. */
  readonly seconds: number;
}

const keptSchema = z.object({
  file: z.string(),
  sha256: z.string(),
  steps: z.int(),
  seconds: z.number(),
  pace: paceSchema,
});

/** Stage 2's first half: the largest network, its channels sorted, then all of the space's networks together. */
export async function supernetStep(
  trip: Trip,
  dataset: Dataset,
  space: SearchSpace,
  wish: SupernetWish,
): Promise<TrainedSupernet> {
  const { plan, seed, workers, recorded } = wish;
  const architecture = toArchitecture(space, largestGenotype(space));
  const input = { space, dataset: dataset.fingerprint, seed, workers };
  const largest = await trip.step({
    ...steps.largest,
    version: 3,
    input: { ...input, minutes: plan.largestMinutes, recorded },
    output: keptSchema,
    run: async ({ onProgress, signal, log, unfinished, write }) => {
      const minutes = plan.largestMinutes;
      if (minutes === null) {
        log('There is too little time for the largest network; the supernet begins with fresh weights');
        const fresh = initializeNetwork(architecture, createRandom(seed).fork('initial weights'));
        const { file, sha256: hash } = write('largest.bin', bytesOf(fresh.weights));
        return { file, sha256: hash, steps: 0, seconds: 0, pace: [] };
      }
      const { network, history, pace } = await trainOrGoOn({
        architecture,
        data: trainingData(dataset),
        length: { minutes },
        ...(recorded && { pace: recorded.largest.pace }),
        clock: trip.clock,
        seed,
        workers,
        checkpointDir: unfinished('checkpoints'),
        onProgress,
        signal,
      });
      sortChannels(supernetLayout(space), network.weights);
      const { file, sha256: hash } = write('largest.bin', bytesOf(network.weights));
      return { file, sha256: hash, steps: history.length, seconds: history.at(-1)?.seconds ?? 0, pace: [...pace] };
    },
  });
  const kept = await trip.step({
    ...steps.supernet,
    version: 3,
    input: {
      ...input,
      largest: largest.sha256,
      minutes: plan.minutes,
      rule: plan.rule,
      learningRate: plan.learningRate,
      recorded,
    },
    output: keptSchema,
    run: async ({ onProgress, signal, path, unfinished, write }) => {
      const checkpoint = unfinished('supernet.checkpoint');
      const start: SupernetState = {
        weights: readVector(path(largest.file), largest.sha256),
        velocities: new Float32Array(supernetLayout(space).layout.trainable),
        step: 0,
        progress: 0,
        seconds: 0,
        pace: [],
      };
      const state = await trainSupernet({
        space,
        train: dataset.train,
        recipe: { ...defaultRecipe(dataset), learningRate: plan.learningRate },
        rule: plan.rule,
        seed,
        length: { minutes: plan.minutes },
        ...(recorded && { pace: recorded.supernet.pace }),
        clock: trip.clock,
        workers,
        state: readCheckpoint(checkpoint) ?? start,
        onCheckpoint: (latest) => writeCheckpoint(checkpoint, latest),
        onProgress,
        signal,
      });
      const { file, sha256: hash } = write('supernet.bin', bytesOf(state.weights));
      return { file, sha256: hash, steps: state.step, seconds: state.seconds, pace: [...state.pace] };
    },
  });
  return {
    weights: readVector(trip.run.path(kept.file), kept.sha256),
    sha256: kept.sha256,
    steps: kept.steps,
    hasLargest: plan.largestMinutes !== null,
    seconds: largest.seconds + kept.seconds,
  };
}

function readVector(file: string, hash: string): Float32Array {
  const bytes = readFileSync(file);
  if (sha256(bytes) === hash) return new Float32Array(new Uint8Array(bytes).buffer);
  throw new StudioError({
    code: 'search.weights-damaged',
    message: `${file} is not what the search wrote.`,
    remedy: 'Start the search again; it trains anew.',
    details: { file },
  });
}

function readWhole(file: string): ReturnType<typeof readContainer> | null {
  try {
    return readContainer(readFileSync(file), 'checkpoint');
  } catch (error) {
    if (error instanceof StudioError && error.code === 'training.file-corrupt') return null;
    throw error;
  }
}

function writeCheckpoint(file: string, { weights, velocities, ...rest }: SupernetState): void {
  writeFileAtomic(file, writeContainer({ header: { kind: 'supernet', ...rest }, vectors: { weights, velocities } }));
}

/** The state in which the same training was left; null where there is none that can be read. */
function readCheckpoint(file: string): SupernetState | null {
  if (!existsSync(file)) return null;
  const container = readWhole(file);
  if (container === null) return null;
  const { header, vectors } = container;
  const parsed = z
    .object({
      step: z.int(),
      progress: z.number(),
      seconds: z.number(),
      pace: paceSchema,
    })
    .safeParse(header);
  const { weights, velocities } = vectors;
  if (!parsed.success || weights === undefined || velocities === undefined) return null;
  const { step, progress, seconds, pace } = parsed.data;
  return { weights, velocities, step, progress, seconds, pace };
}
