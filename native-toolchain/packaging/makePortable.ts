import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './bundleApp.ts';
import { stageProgram } from './program.ts';

const LAUNCHER = `#!/bin/sh
# Starts MCUNet Studio's command line from wherever this folder lies.
here=$(cd "$(dirname "$0")/.." && pwd)
exec node "$here/dist/main/cli.js" "$@"
`;
const WINDOWS_LAUNCHER = '@node "%~dp0..\\dist\\main\\cli.js" %*\r\n';

/**
 * Makes a folder that runs from wherever it is put, with nothing but Node on the machine: the program, the window, what they
 * read, and the tools of `toolBundle` (or none, where it is null: then the machine's own are looked for).
 */
export async function makePortable(folder: string, toolBundle: string | null): Promise<void> {
  await stageProgram(folder);
  await cp(join(root, 'resources'), join(folder, 'resources'), { recursive: true });
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'mcunet'), LAUNCHER);
  await chmod(join(folder, 'bin', 'mcunet'), 0o755);
  await writeFile(join(folder, 'bin', 'mcunet.cmd'), WINDOWS_LAUNCHER);
  if (toolBundle !== null) await cp(toolBundle, join(folder, 'toolchain'), { recursive: true });
}
