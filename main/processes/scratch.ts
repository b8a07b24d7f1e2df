import { lstatSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, processStart } from './living.ts';

/**
 * Folders for what a piece of work needs only while it lasts. Their names say whose they are, so that what a killed process
 * left is known for what it is, and the next one removes it.
 */

/** Containers may share a folder for temporary files and count their processes anew: each looks only after its own. */
const processSpace = ((): string => {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
})();

const ownPrefix = (purpose: string): string =>
  `mcunet-${purpose}-${processSpace}-${process.pid}-${processStart(process.pid) ?? '0'}-`;

const form = /^mcunet-[a-z]+-(?<space>\d+)-(?<pid>\d+)-(?<start>\d+)-[^-]+$/;

/** Whether a folder of this name was left by a process that is no more. */
function isStale(name: string): boolean {
  const { space, pid, start } = form.exec(name)?.groups ?? {};
  if (space !== processSpace) return false;
  const present = isAlive(Number(pid)) ? (processStart(Number(pid)) ?? '0') : null;
  return present !== start;
}

let looked = false;

/** Removes what killed processes of this user left among the temporary files; gives their names. */
export function removeStaleScratch(): string[] {
  looked = true;
  const uid = process.getuid?.();
  let names: string[];
  try {
    names = readdirSync(tmpdir()).filter(isStale);
  } catch {
    // Whoever writes there next says why it cannot.
    return [];
  }
  return names.filter((name) => {
    const folder = join(tmpdir(), name);
    try {
      const { uid: owner } = lstatSync(folder);
      if (uid !== undefined && owner !== uid) return false;
      rmSync(folder, { recursive: true, force: true });
      return true;
    } catch {
      // Somebody else is removing it at the same moment, or holds a file in it open: the next start looks again.
      return false;
    }
  });
}

/** Does a piece of work with a folder of its own, which is gone afterwards. `purpose` is a word in small letters. */
export async function withScratch<T>(purpose: string, work: (folder: string) => Promise<T>): Promise<T> {
  if (!looked) removeStaleScratch();
  const folder = await mkdtemp(join(tmpdir(), ownPrefix(purpose)));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
