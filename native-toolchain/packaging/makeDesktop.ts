import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, Platform, type Configuration } from 'electron-builder';
import { root } from './bundleApp.ts';
import { stageProgram } from './program.ts';

export interface DesktopOptions {
  /** Only the unpacked folder, instead of installers. */
  readonly folderOnly: boolean;
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

/** Makes the desktop app's packages for this system, as electron-builder.yml describes them. */
export async function makeDesktop(options: DesktopOptions): Promise<string[]> {
  const { folderOnly, electronFolder, output, appFolder = join(root, 'dist', 'desktop', 'app'), config } = options;
  await stageProgram(appFolder);
  return build({
    projectDir: root,
    targets: Platform.current().createTarget(folderOnly ? 'dir' : null),
    publish: 'never',
    config: {
      ...config,
      ...(electronFolder === null ? {} : { electronDist: electronFolder }),
      directories: { app: appFolder, ...(output === undefined ? {} : { output }) },
    },
  });
}
