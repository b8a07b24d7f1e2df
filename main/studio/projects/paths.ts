import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { StudioError } from '../../contract/index.ts';
import { isLitter, staysInside } from '../../datasets/index.ts';

/** Names that Windows keeps for devices, and characters that it has no place for. */
const windowsDevice = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const windowsForbidden = /[<>:"|?*\u0000-\u001f]|[. ]$/;

/** Whether a path of a manifest names a file inside the folder that it is put under, on this system. */
export function isSafePath(path: string, platform: NodeJS.Platform = process.platform): boolean {
  if (path.length > 1000 || path.includes('\\') || !staysInside(path)) return false;
  return path
    .split('/')
    .every(
      (part) =>
        part !== '' &&
        part !== '.' &&
        !(platform === 'win32' && (windowsDevice.test(part) || windowsForbidden.test(part))),
    );
}

export interface FoundFile {
  readonly absolute: string;
  /** Below the folder that was walked, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
}

/**
 * The regular files at a path: itself, or all below it in an order that does not depend on the file system. Links are
 * followed while they stay below it.
 *
 * @throws StudioError `project.link-outside`
 */
export function filesAt(root: string): FoundFile[] {
  const status = statSync(root);
  if (status.isFile()) return [{ absolute: root, path: '', bytes: status.size }];
  const realRoot = realpathSync(root);
  const visited = new Set<string>();
  const found: FoundFile[] = [];
  const walk = (folder: string): void => {
    const real = realpathSync(folder);
    if (visited.has(real)) return;
    visited.add(real);
    for (const name of readdirSync(folder).sort()) {
      const absolute = join(folder, name);
      const path = relative(root, absolute).split(sep).join('/');
      if (isLitter(path)) continue;
      if (lstatSync(absolute).isSymbolicLink() && !leadsInside(absolute, realRoot)) throw linkOutside(absolute);
      const below = statSync(absolute, { throwIfNoEntry: false });
      if (below?.isDirectory() === true) walk(absolute);
      else if (below?.isFile() === true) found.push({ absolute, path, bytes: below.size });
    }
  };
  walk(root);
  return found;
}

function leadsInside(link: string, realRoot: string): boolean {
  try {
    const target = realpathSync(link);
    return target === realRoot || target.startsWith(realRoot + sep);
  } catch {
    // It points nowhere: there is nothing to copy.
    return true;
  }
}

const linkOutside = (link: string): StudioError =>
  new StudioError({
    code: 'project.link-outside',
    message: `The link ${link} leads out of the folder that is being packed.`,
    remedy: 'Remove the link, or put the files that it points to in its place.',
    details: { link },
  });
