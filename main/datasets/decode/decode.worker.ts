import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { InputShape } from '../../core/architecture/index.ts';
import type { Entry } from '../container/container.ts';
import { openContainer } from '../container/open.ts';
import { BrokenSampleError } from '../errors.ts';
import { decodeImage, type Fit } from './image.ts';
import { LogMel, type LogMelSettings } from './logMel.ts';
import { readWav, resample } from './wav.ts';

/** How the samples' files become bytes. */
export type Decoding =
  { readonly kind: 'images'; readonly fit: Fit } | { readonly kind: 'audio'; readonly features: LogMelSettings };

export interface DecodeTask {
  readonly path: string;
  readonly entries: readonly Entry[];
  readonly shape: InputShape;
  readonly decoding: Decoding;
  /** Sample i goes to `samples` at i × bytes, its SHA-256 to `hashes` at i × 32. */
  readonly samples: Uint8Array;
  readonly hashes: Uint8Array;
  /** The number of the next sample that nobody has taken. */
  readonly next: Int32Array;
}

export type DecodeMessage =
  | { readonly type: 'done'; readonly count: number }
  | { readonly type: 'broken'; readonly index: number; readonly code: string; readonly reason: string };

/** Samples that a thread takes at a time. */
const PORTION = 32;

const task = workerData as DecodeTask;
const post = (message: DecodeMessage): void => parentPort?.postMessage(message);
const container = openContainer(task.path);
const bytes = task.shape.height * task.shape.width * task.shape.channels;
const logMel = task.decoding.kind === 'audio' ? new LogMel(task.decoding.features) : null;

async function decode(file: Uint8Array): Promise<Uint8Array> {
  if (task.decoding.kind === 'images') return decodeImage(file, task.shape, task.decoding.fit);
  if (logMel === null) throw new Error('no features');
  return logMel.compute(resample(readWav(file), logMel.settings.sampleRate));
}

async function work(): Promise<void> {
  for (;;) {
    const first = Atomics.add(task.next, 0, PORTION);
    if (first >= task.entries.length) return;
    const last = Math.min(first + PORTION, task.entries.length);
    for (let index = first; index < last; index++) {
      try {
        const file = container.read(task.entries[index]);
        task.hashes.set(createHash('sha256').update(file).digest(), index * 32);
        task.samples.set(await decode(file), index * bytes);
      } catch (error) {
        if (!(error instanceof BrokenSampleError)) throw error;
        post({ type: 'broken', index, code: error.code, reason: error.message });
      }
    }
    post({ type: 'done', count: last - first });
  }
}

await work();
container.close();
