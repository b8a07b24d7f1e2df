// npm run package:portable [-- --out FOLDER]
// The command line and the window with everything that they need, as a folder that runs from wherever it is put and as
// an archive of it. Needs Node 20.19 on the machine; compiler, OpenOCD and QEMU are inside.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { currentPlatform } from '../manifest.ts';
import { folderBytes } from '../copying.ts';
import { proveBundle } from '../prove.ts';
import { sizeTable, stage } from '../stage.ts';
import { bundleApp, bundleWindow, root } from './bundleApp.ts';

const run = promisify(execFile);

const LAUNCHER = `#!/bin/sh
# Starts MCUNet Studio's command line from wherever this folder lies.
here=$(cd "$(dirname "$0")/.." && pwd)
exec node "$here/dist/main/cli.js" "$@"
`;
const WINDOWS_LAUNCHER = '@node "%~dp0..\\dist\\main\\cli.js" %*\r\n';

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/** The packages that the program needs when it runs, as the lock file says: no tools, no window's parts. */
function productionPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path.startsWith('node_modules/') && dev !== true && devOptional !== true)
    .map(([path]) => path)
    .filter(
      (path) => existsSync(join(root, path)) && !/node_modules\/(@tensorflow|tsx|esbuild|@esbuild)(\/|$)/.test(path),
    );
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { out: { type: 'string' }, 'no-archive': { type: 'boolean' } } });
  const platform = currentPlatform();
  if (platform === null) throw new Error('There is no package for this system.');
  const folder = values.out ?? join(root, 'dist', 'portable', 'mcunet-studio');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });

  console.error('bundling the program and the window');
  await bundleApp(join(folder, 'dist', 'main'));
  await bundleWindow(join(folder, 'dist', 'renderer'));
  await cp(join(root, 'resources'), join(folder, 'resources'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  for (const path of productionPackages()) {
    // A package's own nested packages have entries of their own.
    await cp(join(root, path), join(folder, path), {
      recursive: true,
      dereference: true,
      filter: (file) => !file.slice(join(root, path).length).includes('node_modules'),
    });
  }
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'mcunet'), LAUNCHER);
  await chmod(join(folder, 'bin', 'mcunet'), 0o755);
  await writeFile(join(folder, 'bin', 'mcunet.cmd'), WINDOWS_LAUNCHER);

  console.error('staging compiler, OpenOCD and QEMU');
  const staged = await stage(platform, join(folder, 'toolchain'), { gcc: null, openocd: null, qemu: null });
  console.error(sizeTable(staged));
  await proveBundle(join(folder, 'toolchain'));
  console.error(`${folder}: ${((await folderBytes(folder)) / 2 ** 20).toFixed(0)} MiB`);
  if (values['no-archive'] === true) return;
  const archive = `${folder}-${platform}.tar.xz`;
  await run('tar', ['-cJf', archive, '-C', join(folder, '..'), 'mcunet-studio'], {
    env: { ...process.env, XZ_OPT: '-T0 -6' },
  });
  console.error(archive);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
