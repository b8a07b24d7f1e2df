import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { StudioError, writeRefusals } from '../contract/index.ts';

/**
 * Writes a whole file so that at any moment either the old content or the new is there, never a part: a temporary file
 * beside it is written, flushed to the disk, and renamed over it.
 */
export function writeFileAtomic(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  makeFolder(dirname(file), file);
  try {
    const descriptor = openSync(temporary, 'wx');
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw writeFailed(file, error);
  }
  flushFolder(dirname(file));
}

/**
 * Makes a folder, and those above it, where there are none.
 *
 * @param forWhat what the user asked for, where it is not the folder itself
 * @throws StudioError `store.write-failed`
 */
export function makeFolder(folder: string, forWhat = folder): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw writeFailed(
      forWhat,
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? refusalAbove(folder, error) : error,
    );
  }
}

/** On a read-only disk Node says of a nested folder that its parent is not there; the parent itself tells why. */
function refusalAbove(folder: string, error: unknown): unknown {
  let above = dirname(folder);
  while (!existsSync(above) && dirname(above) !== above) above = dirname(above);
  try {
    accessSync(above, constants.W_OK);
    return error;
  } catch (refusal) {
    return refusal;
  }
}

/** Makes a rename survive a power cut. Windows has no such call, and its file system does not need one. */
function flushFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** What the operating system said about a write, in words. */
export function writeFailed(file: string, error: unknown): StudioError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  const [reason, remedy] = writeRefusals[code] ?? [
    error instanceof Error ? error.message : String(error),
    'Check the disk and the folder, then start again.',
  ];
  return new StudioError({
    code: 'store.write-failed',
    message: `${file} cannot be written: ${reason}.`,
    remedy,
    details: { file, systemCode: code },
    cause: error,
  });
}
