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

/** The built window. */
export const pageFolder = join(import.meta.dirname, '..', '..', 'dist', 'renderer');

/** Where the tools of a package may be: in the desktop package, or beside a portable one. */
const toolchains = [packaged, join(import.meta.dirname, '..', '..')].flatMap((folder) =>
  folder === undefined ? [] : [join(folder, 'toolchain')],
);

/** The tools that came with the package, or null in a checkout. */
export const packagedToolchain = toolchains.find((folder) => existsSync(folder)) ?? null;
