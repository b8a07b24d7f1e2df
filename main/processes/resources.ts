import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Electron puts what lies outside its archive here; plain Node does not know the name. */
const packaged = (process as { readonly resourcesPath?: string }).resourcesPath;
const besidePackage = packaged === undefined ? null : join(packaged, 'resources');

/** Boards, firmware sources, rules and help: beside the checkout or the bundle, or where the desktop package has them. */
export const resourcesFolder =
  besidePackage !== null && existsSync(besidePackage)
    ? besidePackage
    : join(import.meta.dirname, '..', '..', 'resources');

/** The tools that came with the desktop package, or null in a checkout. */
export const packagedToolchain =
  packaged !== undefined && existsSync(join(packaged, 'toolchain')) ? join(packaged, 'toolchain') : null;
