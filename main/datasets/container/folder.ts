import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync, type Stats } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { BrokenSampleError, datasetError } from '../errors.ts';
import { isLitter, LARGEST_FILE, MOST_ENTRIES, tooLarge, type Container, type Entry } from './container.ts';

/** Opens a folder, with all below it or (`deep` false) its own files alone. Links are followed only while they stay below it. Throws `dataset.link-outside`, `dataset.too-many-files`. */
export function openFolder(folder: string, deep = true): Container {
  const root = realpathSync(folder);
  const entries: Entry[] = [];
  const folders: string[] = [];
  const hash = createHash('sha256');
  const visited = new Set<string>();

  const walk = (directory: string): void => {
    const real = realpathSync(directory);
    // A link to a folder above itself would never end.
    if (visited.has(real)) return;
    visited.add(real);
    for (const name of namesIn(directory)) {
      const file = join(directory, name);
      const path = relative(root, file).split(sep).join('/');
      if (isLitter(path)) continue;
      if (deep && statusOf(file, lstatSync)?.isSymbolicLink()) refuseOutside(file, path, root);
      const status = statusOf(file, statSync);
      if (status?.isDirectory() && deep) {
        folders.push(path);
        walk(file);
      }
      if (!status?.isFile()) continue;
      entries.push({ path, bytes: status.size, locator: 0 });
      hash.update(`${path}\0${status.size}\0${status.mtimeMs}\n`);
      if (entries.length > MOST_ENTRIES) {
        throw datasetError(
          'too-many-files',
          `The folder ${folder} holds more than ${MOST_ENTRIES} files.`,
          'Choose the folder of the dataset alone.',
        );
      }
    }
  };
  walk(root);
  return {
    entries,
    folders,
    stamp: hash.digest('hex'),
    read({ path, bytes }, most = LARGEST_FILE) {
      if (bytes > most) throw tooLarge(bytes, most);
      try {
        return readFileSync(join(root, path));
      } catch (cause) {
        throw new BrokenSampleError('unreadable-file', cause instanceof Error ? cause.message : String(cause));
      }
    },
    close: () => undefined,
  };
}

/** Null for what cannot be looked at: a link to itself or to nowhere, a network folder whose server is gone. */
function statusOf(file: string, look: (file: string) => Stats): Stats | null {
  try {
    return look(file);
  } catch {
    return null;
  }
}

/** In an order that does not depend on the file system. Throws `dataset.unreadable-folder`. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (cause) {
    throw datasetError(
      'unreadable-folder',
      `The folder ${directory} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Allow this user to read it, or move it out of the dataset.',
      { directory },
      cause,
    );
  }
}

function refuseOutside(file: string, path: string, root: string): void {
  let target: string;
  try {
    target = realpathSync(file);
  } catch {
    // It points nowhere: there is nothing to read.
    return;
  }
  if (target === root || target.startsWith(root + sep)) return;
  throw datasetError(
    'link-outside',
    `The link ${path} in the dataset leads out of its folder.`,
    'Remove the link, or copy the files that it points to into the dataset.',
    { link: path },
  );
}
