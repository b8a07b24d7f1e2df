import { availableParallelism } from 'node:os';
import type { BrokenSample, LongCall } from '../../contract/index.ts';
import type { InputShape } from '../../core/architecture/index.ts';
import { startWorker } from '../../processes/index.ts';
import type { Entry } from '../container/container.ts';
import { sampleBytes } from '../dataset.ts';
import type { DecodeMessage, DecodeTask, Decoding } from './decode.worker.ts';

const LEAST_FOR_A_THREAD = 64;

export interface Decoded {
  /** Entry i at i × bytes. */
  readonly samples: Uint8Array;
  /** SHA-256 of each entry's file, in hexadecimal; null where it is broken. */
  readonly hashes: readonly (string | null)[];
  readonly broken: readonly BrokenSample[];
}

/** Reads and decodes entries on all cores. Rejects when the signal aborts. */
export async function decodeAll(
  path: string,
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
  // A thread takes longer to start than to decode a few pictures.
  const threadCount = Math.min(availableParallelism(), Math.ceil(entries.length / LEAST_FOR_A_THREAD));
  const threads = Array.from({ length: threadCount }, () =>
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
  signal?.throwIfAborted();
  return {
    samples,
    hashes: entries.map((_, i) =>
      reasons.has(i) ? null : Buffer.from(hashes.subarray(i * 32, i * 32 + 32)).toString('hex'),
    ),
    broken: [...reasons].sort(([a], [b]) => a - b).map(([, sample]) => sample),
  };
}
