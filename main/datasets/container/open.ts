import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { datasetError } from '../errors.ts';
import type { Container } from './container.ts';
import { openFolder } from './folder.ts';
import { openZip } from './zip.ts';

/** What stands at a path: a folder, a zip, or a file of another kind. Throws `dataset.not-found`. */
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
  const handle = openSync(path, 'r');
  const start = Buffer.alloc(4);
  readSync(handle, start, 0, 4, 0);
  closeSync(handle);
  return start.readUInt32LE(0) === 0x04034b50 || start.readUInt32LE(0) === 0x06054b50 || /\.zip$/i.test(path)
    ? 'zip'
    : 'file';
}

export const openContainer = (path: string): Container =>
  kindOfPath(path) === 'folder' ? openFolder(path) : openZip(path);
