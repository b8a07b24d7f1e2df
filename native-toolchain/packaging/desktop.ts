// npm run package [-- --dir | --target deb …] [--electron FOLDER] [--from archives|system] [--mirror FOLDER_OR_ADDRESS]
//   [--out FOLDER]
// The desktop app for this system: AppImage and deb, dmg, or an installer for Windows; only the folder with --dir, only some
// of them with --target.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { currentPlatform } from '../manifest.ts';
import { runScript } from '../script.ts';
import { ensureToolBundle } from '../toolBundle.ts';
import { installedElectron, makeDesktop } from './makeDesktop.ts';

runScript(async () => {
  const { values } = parseArgs({
    options: {
      dir: { type: 'boolean', default: false },
      target: { type: 'string', multiple: true },
      electron: { type: 'string' },
      from: { type: 'string', default: 'archives' },
      mirror: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const platform = currentPlatform();
  if (platform === null) throw new Error('There is no package for this system.');
  const from = values.from === 'system' ? 'system' : 'archives';
  await ensureToolBundle({ platform, from, mirror: values.mirror, say: console.error });
  const electronFolder = values.electron === undefined ? installedElectron() : resolve(values.electron);
  if (electronFolder === null)
    console.error('Electron’s program is not here: electron-builder fetches it. --electron FOLDER takes one that is.');
  const targets = values.dir ? ['dir'] : values.target;
  const made = await makeDesktop({
    electronFolder,
    ...(targets === undefined ? {} : { targets }),
    ...(values.out === undefined ? {} : { output: resolve(values.out) }),
  });
  for (const file of made) console.log(file);
});
