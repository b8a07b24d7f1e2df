import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, Platform, type Configuration } from 'electron-builder';
import { root } from './bundleApp.ts';
import { stageProgram } from './program.ts';

export interface DesktopOptions {
  /** What to make, as electron-builder names it: `dir` is only the unpacked folder. Absent: what its configuration says. */
  readonly targets?: readonly string[];
  /** A folder with Electron's program; null: electron-builder fetches it. */
  readonly electronFolder: string | null;
  /** Where the packages go; absent: `dist/package`. */
  readonly output?: string;
  /** Where the program is put together first; absent: `dist/desktop/app`. */
  readonly appFolder?: string;
  /** Changes to electron-builder.yml. */
  readonly config?: Configuration;
}

/** Electron's program, where its package has brought it already, or null. */
export function installedElectron(): string | null {
  const folder = join(root, 'node_modules', 'electron', 'dist');
  return existsSync(join(folder, 'version')) ? folder : null;
}

/** Debian's own tools make its package, where they are there and nobody chose another fpm: nothing is fetched for it. */
function useOwnFpm(): void {
  const { CUSTOM_FPM_PATH, USE_SYSTEM_FPM } = process.env;
  if (process.platform === 'linux' && !CUSTOM_FPM_PATH && !USE_SYSTEM_FPM && existsSync('/usr/bin/dpkg-deb'))
    process.env['CUSTOM_FPM_PATH'] = fileURLToPath(new URL('./fpm.mjs', import.meta.url));
}

/** Makes the desktop app's packages for this system, as electron-builder.yml describes them. */
export async function makeDesktop(options: DesktopOptions): Promise<string[]> {
  const { targets, electronFolder, output, appFolder = join(root, 'dist', 'desktop', 'app'), config } = options;
  await stageProgram(appFolder);
  useOwnFpm();
  return build({
    projectDir: root,
    targets: Platform.current().createTarget(targets === undefined ? null : [...targets]),
    publish: 'never',
    config: {
      ...config,
      ...(electronFolder === null ? {} : { electronDist: electronFolder }),
      directories: { app: appFolder, ...(output === undefined ? {} : { output }) },
    },
  });
}
