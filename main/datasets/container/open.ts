import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { datasetError } from '../errors.ts';
import type { Container } from './container.ts';
import { openFolder } from './folder.ts';
import { openZip } from './zip.ts';

/** What stands at a path: a folder, a zip, or a file of another kind. Throws `dataset.not-found`, `dataset.not-a-file`, `dataset.unreadable-file`. */
export function kindOfPath(path: string): 'folder' | 'zip' | 'file' {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) {
    throw datasetError(
      'not-found',
      `There is no folder or file at ${path}.`,
      'Check the path; relative ones start in the folder where the command was given.',
      { path },
    );
  }
  if (status.isDirectory()) return 'folder';
  // A pipe or a device would never end, or never begin.
  if (!status.isFile()) {
    throw datasetError('not-a-file', `${path} is neither a folder nor a file.`, 'Give a folder, a zip or a file.', {
      path,
    });
  }
  let handle: number;
  try {
    handle = openSync(path, 'r');
  } catch (cause) {
    throw datasetError(
      'unreadable-file',
      `${path} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Allow this user to read it.',
      { path },
      cause,
    );
  }
  const start = Buffer.alloc(4);
  readSync(handle, start, 0, 4, 0);
  closeSync(handle);
  return start.readUInt32LE(0) === 0x04034b50 || start.readUInt32LE(0) === 0x06054b50 || /\.zip$/i.test(path)
    ? 'zip'
    : 'file';
}

export const openContainer = (path: string): Container =>
  kindOfPath(path) === 'folder' ? openFolder(path) : openZip(path);
