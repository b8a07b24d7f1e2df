import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StudioError } from '../main/contract/index.ts';

const run = promisify(execFile);

/**
 * Unpacks a fetched .tar.gz or .zip into `folder` with the system's `tar` (which reads zip on Windows and macOS), and
 * returns the one folder that it holds.
 */
export async function unpackArchive(archive: string, folder: string): Promise<string> {
  const [command, args] =
    archive.endsWith('.zip') && process.platform === 'linux'
      ? ['unzip', ['-q', archive, '-d', folder]]
      : ['tar', ['-xf', archive, '-C', folder]];
  await run(command, args, { maxBuffer: 1 << 26 }).catch((cause: unknown) => {
    throw new StudioError({
      code: 'toolchain.unpack',
      message: `${archive} could not be unpacked with ${command}: ${cause instanceof Error ? cause.message.trim() : String(cause)}`,
      remedy: `Make sure that there is room on the disk and that ${command} is installed.`,
      details: { archive, command },
      cause,
    });
  });
  const entries = await readdir(folder);
  return entries.length === 1 ? join(folder, entries[0]) : folder;
}
