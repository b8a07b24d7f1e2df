import { availableParallelism } from 'node:os';
import { StudioError } from '../../contract/index.ts';
import type { Architecture } from '../../core/architecture/index.ts';
import { createRandom } from '../../core/random/index.ts';
import {
  checkSamples,
  defaultRecipe,
  initializeNetwork,
  phasesFor,
  trainingBytes,
  weightLayout,
  type LabelledSamples,
  type Network,
  type TrainingData,
} from '../../core/training/index.ts';
import { budgetNow, startWorker, WALL_CLOCK } from '../../processes/index.ts';
import {
  EMPTY_TALLY,
  readCheckpoint,
  writeCheckpoint,
  type TrainingIdentity,
  type TrainingState,
} from './checkpoint.ts';
import { Exchange } from './exchange.ts';
import { Meeting } from './meeting.ts';
import type { FailureMessage, TrainingMessage, TrainingTask } from './messages.ts';
import type { TrainingOptions, TrainingResult } from './types.ts';

/**
 * Trains a network on this machine's cores. Each worker thread takes a share of each batch; gradients are added up
 * through shared memory. With a length in minutes, the schedule follows the clock, so that it ends on time at whatever
 * speed the machine has.
 *
 * @throws StudioError `training.cancelled` when the signal aborts (the checkpoint is written before),
 *   `training.data-mismatch`, `training.checkpoint-mismatch`, `training.out-of-memory`, `architecture.invalid`
 */
export async function trainNetwork(options: TrainingOptions): Promise<TrainingResult> {
  const { clock = WALL_CLOCK, teacher, pace, rounding } = options;
  const calledAt = budgetNow(clock);
  const { architecture, data, length, seed, checkpointDir, signal, onProgress, onEpoch, backend = 'wasm' } = options;
  // A network that knows something already has no need of smaller images, and passes that are asked for are whole ones.
  const resizing = 'minutes' in length && !options.initial && !rounding ? phasesFor(data.kind, data.shape) : [];
  const wanted = { ...defaultRecipe(data), resizing, ...options.recipe };
  const workers = backend === 'wasm' ? workersFor(wanted.batch, options.workers) : 1;
  const recipe = { ...wanted, batch: batchThatFits(architecture, wanted.batch, workers) };
  checkData(data, options);
  const identity: TrainingIdentity = {
    architecture,
    recipe,
    seed,
    workers,
    length,
    trainingSamples: data.train.labels.length,
    ...(pace && { pace }),
    ...(rounding && { rounding }),
    ...(teacher && {
      teacher: { name: teacher.architecture.name, accuracy: teacher.accuracy, weight: teacher.weight },
    }),
  };
  const state = (checkpointDir && readCheckpoint(checkpointDir, identity)) || firstState(options);
  if (state.progress >= 1) return resultOf(architecture, state);
  throwIfCancelled(signal);

  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const common = {
    kind: 'train',
    workers,
    backend,
    architecture,
    recipe,
    seed,
    length,
    pace: pace ?? null,
    train: shared(data.train),
    validation: shared(data.validation),
    state,
    teacher: teacher ?? null,
    rounding: rounding ?? null,
    clock,
    calledAt,
    meeting: new Meeting(workers).memory,
    exchange: new Exchange(weightLayout(architecture).total, workers).memory,
    stop: stop.buffer,
  } as const;
  const threads = Array.from({ length: workers }, (_, index) => {
    const task: TrainingTask = { ...common, index };
    return startWorker('trainer.worker', import.meta.url, { workerData: task });
  });
  const askToStop = (): void => void Atomics.store(stop, 0, 1);
  signal?.addEventListener('abort', askToStop);
  let latest = state;
  const keep = (next: TrainingState): void => {
    latest = next;
    if (checkpointDir !== undefined) writeCheckpoint(checkpointDir, identity, next);
  };
  const hear = (message: TrainingMessage): void => {
    if (message.kind === 'progress') {
      const { progress, remainingMs } = message;
      onProgress?.({
        stage: 'training',
        done: progress,
        total: 1,
        remainingMs,
        note: note(latest, message),
      });
      return;
    }
    keep(message.state);
    if (message.kind === 'epoch' || message.kind === 'finished') {
      const { history, weights } = message.state;
      onEpoch?.(history, { architecture, weights });
    }
  };
  try {
    await new Promise<void>((resolve, reject) => {
      for (const thread of threads) {
        thread.on('message', (message: TrainingMessage | FailureMessage) => {
          try {
            if (message.kind === 'failed') throw new StudioError(message.report);
            hear(message);
            if (message.kind === 'finished' || message.kind === 'stopped') resolve();
          } catch (error) {
            reject(error as Error);
          }
        });
        thread.once('error', (error) => reject(error));
        thread.once('exit', (code) => code !== 0 && reject(new Error(`a training thread ended with code ${code}`)));
      }
    });
  } finally {
    signal?.removeEventListener('abort', askToStop);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
  if (latest.progress < 1) throwIfCancelled(signal);
  return resultOf(architecture, latest);
}

/** Batch norm's statistics are taken of each worker's share of a batch: of fewer samples they say nothing. */
const LEAST_SHARE = 16;

/** As many workers as are wished for or the machine has cores, as far as each has enough of a batch. */
export const workersFor = (batch: number, wished = availableParallelism()): number =>
  Math.max(1, Math.min(wished, Math.floor(batch / LEAST_SHARE)));

/** What a worker's activations may take. */
const MOST_BYTES_PER_WORKER = 1e9;

/** The batch, halved until each worker's share of it fits into memory; the learning rate follows it by itself. */
export function batchThatFits(architecture: Architecture, batch: number, workers: number): number {
  const bytes = (size: number): number => trainingBytes(architecture, Math.ceil(size / workers));
  let fitting = batch;
  while (fitting > 2 * workers && bytes(fitting) > MOST_BYTES_PER_WORKER) fitting >>= 1;
  return fitting;
}

function checkData(data: TrainingData, { architecture }: TrainingOptions): void {
  const { input } = architecture;
  const fits =
    input.height === data.shape.height && input.width === data.shape.width && input.channels === data.shape.channels;
  if (!fits || data.classes.length !== architecture.classes) {
    const say = ({ height, width, channels }: typeof input): string => `${height}×${width}×${channels}`;
    throw new StudioError({
      code: 'training.data-mismatch',
      message:
        `The dataset has samples of ${say(data.shape)} in ${data.classes.length} classes, ` +
        `but the architecture takes ${say(input)} into ${architecture.classes} classes.`,
      remedy: 'Prepare the dataset for this architecture, or choose an architecture for this dataset.',
      details: { data: data.shape, architecture: input },
    });
  }
  for (const name of ['train', 'validation', 'test'] as const)
    checkSamples(data[name], input, architecture.classes, name);
  if (data.train.labels.length === 0 || data.validation.labels.length === 0) {
    throw new StudioError({
      code: 'training.no-samples',
      message: `The dataset has ${data.train.labels.length} training and ${data.validation.labels.length} validation samples; both are needed.`,
      remedy: 'Add samples to the dataset.',
      details: {},
    });
  }
}

function firstState({ architecture, seed, initial }: TrainingOptions): TrainingState {
  const weights = initial ?? initializeNetwork(architecture, createRandom(seed).fork('initial weights')).weights;
  const velocities = new Float32Array(weightLayout(architecture).trainable);
  return { weights, velocities, step: 0, progress: 0, seconds: 0, pace: [], tally: EMPTY_TALLY, history: [] };
}

const resultOf = (
  architecture: Network['architecture'],
  { weights, history, pace }: TrainingState,
): TrainingResult => ({
  pace,
  network: { architecture, weights },
  history,
});

/** Samples in memory that threads share; copied once where they are not. */
export function shared({ samples, labels }: LabelledSamples): LabelledSamples {
  const share = <T extends Uint8Array | Uint16Array>(array: T, create: (buffer: SharedArrayBuffer) => T): T => {
    if (array.buffer instanceof SharedArrayBuffer) return array;
    const copy = create(new SharedArrayBuffer(array.byteLength));
    copy.set(array);
    return copy;
  };
  return {
    samples: share(samples, (buffer) => new Uint8Array(buffer)),
    labels: share(labels, (buffer) => new Uint16Array(buffer)),
  };
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new StudioError({
    code: 'training.cancelled',
    message: 'The training was stopped before its end.',
    remedy: 'Start it again to go on from its checkpoint.',
  });
}

function note(
  { history }: TrainingState,
  { epoch, resized, loss, samplesPerSecond }: TrainingMessage & { readonly kind: 'progress' },
): string {
  const parts = [`epoch ${epoch.toFixed(1)}`];
  if (Number.isFinite(loss)) parts.push(`loss ${loss.toFixed(3)}`);
  if (resized !== null) parts.push(`images resized to ${resized.height}×${resized.width}`);
  const last = history.at(-1);
  if (last !== undefined) parts.push(`validation ${(100 * last.validationAccuracy).toFixed(1)} %`);
  return [...parts, `${Math.round(samplesPerSecond)} samples/s`].join(', ');
}
