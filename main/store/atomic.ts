import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { StudioError, writeRefusals } from '../contract/index.ts';
import { isAlive } from '../processes/index.ts';

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

/** What `writeFileAtomic` calls a file that is not whole yet, with the process that writes it. */
const halfWritten = /\.(?<pid>\d+)-[0-9a-f]{8}\.tmp$/;

/** Removes the files, in a folder and below it, that a process was writing when it was killed. */
export function removeHalfWritten(folder: string, { recursive }: { readonly recursive: boolean }): void {
  for (const name of readdirSync(folder, { recursive, encoding: 'utf8' })) {
    const pid = halfWritten.exec(name)?.groups?.['pid'];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
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
