import { readFileSync, statSync } from 'node:fs';
import { StudioError, mostFrameBytes, type LiveInfo, type LiveResult, type LongCall } from '../../contract/index.ts';
import { finishedBuild } from './finishedBuild.ts';
import { LiveSession, type LiveOptions } from './liveSession.ts';

export interface InferredFile extends LiveResult {
  readonly file: string;
}

/**
 * Shows pictures or recordings to a board, one after the other.
 *
 * @param folder a finished run's
 * @throws StudioError `live.unreadable-file` before the board is touched, and what `LiveSession` throws
 */
export async function inferFiles(
  folder: string,
  files: readonly string[],
  options: LiveOptions,
  call: LongCall = {},
): Promise<{ info: LiveInfo; results: InferredFile[] }> {
  const frames = files.map((file) => ({ file, bytes: readFrame(file) }));
  const session = await LiveSession.start(finishedBuild(folder), options, call);
  try {
    const results: InferredFile[] = [];
    for (const { file, bytes } of frames) {
      call.signal?.throwIfAborted();
      results.push({ file, ...(await session.infer({ kind: 'file', bytes })) });
      call.onProgress?.({ stage: 'inferring', done: results.length, total: files.length, remainingMs: null });
    }
    return { info: session.info, results };
  } finally {
    await session.close();
  }
}

function readFrame(file: string): Uint8Array {
  const why = ((): string => {
    try {
      const { size } = statSync(file);
      return size === 0
        ? 'it is empty'
        : size > mostFrameBytes
          ? `it has ${size} bytes, ${mostFrameBytes} is the most`
          : '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  })();
  if (why === '') return new Uint8Array(readFileSync(file));
  throw new StudioError({
    code: 'live.unreadable-file',
    message: `${file} cannot be shown to the board: ${why}.`,
    remedy: 'Name PNG, JPEG or WebP pictures, or WAV recordings.',
    details: { file },
  });
}
