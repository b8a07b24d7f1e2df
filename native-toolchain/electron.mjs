// Where Electron's program is, and whether it can start on this machine.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Electron's program, or null where its package came without it (it is fetched apart, on first use). */
export function electronProgram() {
  const folder = join(root, 'node_modules', 'electron');
  const named = join(folder, 'path.txt');
  const program = existsSync(named) ? join(folder, 'dist', readFileSync(named, 'utf8').trim()) : null;
  return program !== null && existsSync(program) ? program : null;
}

/** Why Electron cannot start here, in one sentence; null where it can. */
export function whyNoElectron(env = process.env) {
  if (electronProgram() === null)
    return 'its program is not on this machine: its package fetches it on first use, which needs the internet once';
  if (process.platform !== 'linux') return null;
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return 'there is no display to open a window on (try xvfb-run)';
  return process.getuid?.() === 0 ? 'its sandbox does not run as root' : null;
}
