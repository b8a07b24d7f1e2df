import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { StudioError } from '../contract/index.ts';

/**
 * Writes a whole file so that at any moment either the old content or the new is there, never a part: a temporary file
 * beside it is written, flushed to the disk, and renamed over it.
 */
export function writeFileAtomic(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    throw writeFailed(file, error);
  }
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
  const reasons: Record<string, [string, string]> = {
    ENOSPC: ['the disk is full', 'Free some space on this disk, then start again; finished steps are kept.'],
    EDQUOT: ['the disk quota is used up', 'Free some space of your quota, then start again; finished steps are kept.'],
    EACCES: ['this user may not write there', 'Choose another folder, or allow this user to write into it.'],
    EPERM: ['this user may not write there', 'Choose another folder, or allow this user to write into it.'],
    EROFS: ['the file system is read-only', 'Choose a folder on a disk that can be written to.'],
    ENOTDIR: ['a part of the path is a file, not a folder', 'Choose another folder.'],
    EEXIST: ['a file stands where a folder is needed', 'Choose another folder.'],
    EISDIR: ['a folder stands where a file is needed', 'Choose another folder.'],
  };
  const [reason, remedy] = reasons[code] ?? [
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
