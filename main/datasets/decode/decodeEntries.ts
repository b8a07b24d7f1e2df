import { createHash } from 'node:crypto';
import type { InputShape } from '../../core/architecture/index.ts';
import type { Container, Entry } from '../container/container.ts';
import { BrokenSampleError } from '../errors.ts';
import { decodeImage, type Fit } from './image.ts';
import { LogMel, type LogMelSettings } from './logMel.ts';
import { readWav, resample } from './wav.ts';

/** How the samples' files become bytes. */
export type Decoding =
  { readonly kind: 'images'; readonly fit: Fit } | { readonly kind: 'audio'; readonly features: LogMelSettings };

/** What is to be decoded, by any number of threads at once. */
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

function decoderOf({ decoding, shape }: DecodeTask): (file: Uint8Array) => Promise<Uint8Array> {
  if (decoding.kind === 'images') return (file) => decodeImage(file, shape, decoding.fit);
  const logMel = new LogMel(decoding.features);
  return (file) => Promise.resolve(logMel.compute(resample(readWav(file), decoding.features.sampleRate)));
}

/** Decodes portion after portion until nothing is left, or `stopped` says so. */
export async function decodeEntries(
  task: DecodeTask,
  container: Container,
  tell: (message: DecodeMessage) => void,
  stopped: () => boolean = () => false,
): Promise<void> {
  const decode = decoderOf(task);
  const bytes = task.shape.height * task.shape.width * task.shape.channels;
  while (!stopped()) {
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
        tell({ type: 'broken', index, code: error.code, reason: error.message });
      }
    }
    tell({ type: 'done', count: last - first });
  }
}
