import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackAsar, type AsarFile } from './asar.ts';

/** Electron without Electron: its files' names, and Node behind them. Enough for electron-builder to do its work. */
export function standInElectron(folder: string): string {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  mkdirSync(join(folder, 'locales'));
  writeFileSync(join(folder, 'electron'), '#!/bin/sh\nexec node "$@"\n', { mode: 0o755 });
  writeFileSync(join(folder, 'version'), '45.0.0');
  writeFileSync(join(folder, 'chrome-sandbox'), '');
  return folder;
}

/** The program of an unpacked desktop package, as Electron would show it to itself. */
export interface SeenByElectron {
  readonly folder: string;
  readonly files: readonly AsarFile[];
  /** What to start so that Node runs the packaged command line as Electron's would; arguments follow. */
  readonly command: readonly string[];
}

export function seenByElectron(unpacked: string): SeenByElectron {
  const resources = join(unpacked, 'resources');
  const folder = join(resources, 'seen by Electron');
  const files = unpackAsar(join(resources, 'app.asar'), folder);
  const pretend = `data:text/javascript,process.resourcesPath=${encodeURIComponent(JSON.stringify(resources))}`;
  return { folder, files, command: [process.execPath, '--import', pretend, join(folder, 'dist', 'main', 'cli.js')] };
}
