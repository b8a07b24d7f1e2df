// npm run package:portable [-- --out FOLDER] [--from system|archives] [--no-archive]
// The command line and the window with everything that they need, as a folder that runs from wherever it is put and as
// an archive of it. Needs Node 20.19 on the machine; compiler, OpenOCD and QEMU are inside.
import { execFile } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { folderBytes } from '../copying.ts';
import { currentPlatform } from '../manifest.ts';
import { runScript } from '../script.ts';
import { ensureToolBundle } from '../toolBundle.ts';
import { root } from './bundleApp.ts';
import { makePortable } from './makePortable.ts';

const run = promisify(execFile);

runScript(async () => {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      'no-archive': { type: 'boolean' },
      from: { type: 'string', default: 'system' },
    },
  });
  const platform = currentPlatform();
  if (platform === null) throw new Error('There is no package for this system.');
  const folder = values.out ?? join(root, 'dist', 'portable', 'mcunet-studio');
  const from = values.from === 'archives' ? 'archives' : 'system';
  await makePortable(folder, await ensureToolBundle({ platform, from, say: console.error }));
  console.error(`${folder}: ${((await folderBytes(folder)) / 2 ** 20).toFixed(0)} MiB`);
  if (values['no-archive'] === true) return;
  const archive = `${folder}-${platform}.tar.xz`;
  await run('tar', ['-cJf', archive, '-C', dirname(folder), basename(folder)], {
    env: { ...process.env, XZ_OPT: '-T0 -6' },
  });
  console.error(archive);
});
