import { availableParallelism } from 'node:os';
import type { BrokenSample, LongCall } from '../../contract/index.ts';
import type { InputShape } from '../../core/architecture/index.ts';
import { startWorker } from '../../processes/index.ts';
import type { Container, Entry } from '../container/container.ts';
import { sampleBytes } from '../dataset.ts';
import { decodeEntries, type DecodeMessage, type DecodeTask, type Decoding } from './decodeEntries.ts';

/** A thread takes longer to start than to decode so many. */
const FEW_ENTRIES = 64;

export interface Decoded {
  /** Entry i at i × bytes. */
  readonly samples: Uint8Array;
  /** SHA-256 of each entry's file, in hexadecimal; null where it is broken. */
  readonly hashes: readonly (string | null)[];
  readonly broken: readonly BrokenSample[];
}

/** Reads and decodes entries of the container at `path`, on all cores. Rejects when the signal aborts. */
export async function decodeAll(
  path: string,
  container: Container,
  entries: readonly Entry[],
  shape: InputShape,
  decoding: Decoding,
  { onProgress, signal }: LongCall,
): Promise<Decoded> {
  signal?.throwIfAborted();
  const samples = new Uint8Array(new SharedArrayBuffer(entries.length * sampleBytes(shape)));
  const hashes = new Uint8Array(new SharedArrayBuffer(entries.length * 32));
  const next = new Int32Array(new SharedArrayBuffer(4));
  const task: DecodeTask = { path, entries, shape, decoding, samples, hashes, next };
  const reasons = new Map<number, BrokenSample>();
  const began = performance.now();
  let done = 0;
  const hear = (message: DecodeMessage): void => {
    if (message.type === 'broken') {
      const { index, code, reason } = message;
      reasons.set(index, { id: entries[index].path, code, reason });
      return;
    }
    done += message.count;
    const remainingMs = ((performance.now() - began) * (entries.length - done)) / done;
    onProgress?.({ stage: 'reading samples', done, total: entries.length, remainingMs });
  };
  if (entries.length <= FEW_ENTRIES) await decodeEntries(task, container, hear, () => signal?.aborted ?? false);
  else await decodeInThreads(task, hear, signal);
  signal?.throwIfAborted();
  return {
    samples,
    hashes: entries.map((_, i) =>
      reasons.has(i) ? null : Buffer.from(hashes.subarray(i * 32, i * 32 + 32)).toString('hex'),
    ),
    broken: [...reasons].sort(([a], [b]) => a - b).map(([, sample]) => sample),
  };
}

async function decodeInThreads(
  task: DecodeTask,
  hear: (message: DecodeMessage) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const threads = Array.from({ length: availableParallelism() }, () =>
    startWorker('decode.worker', import.meta.url, { workerData: task }),
  );
  const stop = (): void => threads.forEach((thread) => void thread.terminate());
  signal?.addEventListener('abort', stop);
  try {
    await Promise.all(
      threads.map(
        (thread) =>
          new Promise<void>((resolve, reject) => {
            thread.on('message', hear);
            thread.once('error', (error) => {
              stop();
              reject(error as Error);
            });
            thread.once('exit', () => resolve());
          }),
      ),
    );
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
