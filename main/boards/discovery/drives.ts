import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A mounted drive that a probe shows, and what its files tell. */
export interface ProbeDrive {
  readonly path: string;
  readonly label: string;
  /** Four hexadecimal digits that name the board (mbed's registry), or null. */
  readonly mbedCode: string | null;
  /** `Unique ID` of DETAILS.TXT: the serial number of a DAPLink. */
  readonly uniqueId: string | null;
  readonly interfaceVersion: string | null;
  /** What FAIL.TXT says of the last copy, or null. */
  readonly failure: DriveFailure | null;
}

export interface DriveFailure {
  readonly error: string;
  /** `internal`, `transient`, `user`, `target` or `interface`; null where the file does not say. */
  readonly type: string | null;
}

/**
 * Reads a mounted folder as a probe's drive; null where it is none. The files are those of DAPLink
 * (`source/daplink/drag-n-drop/vfs_user.c`) and of ST-Link's mass storage.
 */
export function readDrive(path: string, label: string): ProbeDrive | null {
  const names = listNames(path);
  const page = names.find((name) => /^mbed\.html?$/i.test(name));
  const details = names.find((name) => name.toUpperCase() === 'DETAILS.TXT');
  if (page === undefined && details === undefined) return null;
  const text = details === undefined ? '' : readText(join(path, details));
  const field = (name: string): string | null => new RegExp(`^${name}:\\s*(.+?)\\s*$`, 'mi').exec(text)?.[1] ?? null;
  const code = page === undefined ? null : /(?:code|auth)=([0-9a-fA-F]{4})/.exec(readText(join(path, page)))?.[1];
  const uniqueId = field('Unique ID');
  return {
    path,
    label,
    mbedCode: code ?? uniqueId?.slice(0, 4) ?? null,
    uniqueId,
    interfaceVersion: field('Interface Version'),
    failure: readFailure(path),
  };
}

/** FAIL.TXT: the sentence after `error:` and the kind after `type:`; older firmware writes one bare line. */
export function readFailure(path: string): DriveFailure | null {
  const name = listNames(path).find((entry) => entry.toUpperCase() === 'FAIL.TXT');
  if (name === undefined) return null;
  const text = readText(join(path, name));
  const error = /^error:\s*(.+?)\s*$/im.exec(text)?.[1] ?? text.trim();
  return { error, type: /^type:\s*(\w+)/im.exec(text)?.[1] ?? null };
}

/** A drive goes away in the middle of being read; then it has no files. */
function listNames(path: string): string[] {
  try {
    return existsSync(path) ? readdirSync(path) : [];
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
