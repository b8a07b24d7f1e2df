import { readdirSync, statSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { StudioError, type CallResult, type StudioService } from '../../contract/index.ts';

type Listing = CallResult<StudioService, 'files.list'>;

/** What is in a folder: folders first, hidden ones left out. The home folder where none is named. */
export function listFolder(folder: string | null): Listing {
  const path = resolve(folder ?? homedir());
  let names: string[];
  try {
    names = readdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StudioError({
      code: 'files.unreadable',
      message: `The folder ${path} cannot be read: ${code ?? String(error)}.`,
      remedy: 'Choose another folder.',
      details: { folder: path, systemCode: code },
      cause: error,
    });
  }
  const entries = names
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => {
      const found = statusOf(join(path, name));
      return found === null
        ? []
        : [{ name, path: join(path, name), folder: found.isDirectory(), bytes: found.isDirectory() ? 0 : found.size }];
    })
    .sort((a, b) => Number(b.folder) - Number(a.folder) || a.name.localeCompare(b.name));
  const parent = dirname(path);
  return { folder: path, parent: parent === path ? null : parent, entries };
}

/** Null for what cannot be looked at: a link to itself or to nowhere, a network folder whose server is gone. */
function statusOf(file: string): Stats | null {
  try {
    return statSync(file);
  } catch {
    return null;
  }
}

/** A folder to write into has to be named in full: the service's own folder means nothing to who asks. */
export function wholePath(folder: string): string {
  if (isAbsolute(folder)) return folder;
  throw new StudioError({
    code: 'files.not-absolute',
    message: `${folder} does not say where it is.`,
    remedy: 'Choose a folder, or write its path from the root on.',
    details: { folder },
  });
}
