import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleApp, bundleWindow, root } from './bundleApp.ts';

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/** Loads TypeScript in a checkout, or is hundreds of MB and fetched by an installer of its own. */
const NOT_PACKAGED = /^(tsx|esbuild|@esbuild\/.*|get-tsconfig|resolve-pkg-maps|@tensorflow\/.*)$/;

const nameOf = (path: string): string => path.replace(/^.*node_modules\//, '');

/** The packages that the program needs when it runs, as the lock file says: no tools, no window's parts. */
export function productionPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path.startsWith('node_modules/') && dev !== true && devOptional !== true)
    .map(([path]) => path)
    .filter((path) => existsSync(join(root, path)) && !NOT_PACKAGED.test(nameOf(path)));
}

/** The package file of what is packaged: it starts the app, and names what runs with it. */
function packageFile(): string {
  const { name, productName, version, description, author, homepage, desktopName, license, type, dependencies } =
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown> & {
      dependencies: Record<string, string>;
    };
  const kept = Object.entries(dependencies).filter(([dependency]) => !NOT_PACKAGED.test(dependency));
  return `${JSON.stringify(
    {
      ...{ name, productName, version, description, author, homepage, desktopName, license, type },
      main: 'dist/main/main.js',
      dependencies: Object.fromEntries(kept),
    },
    null,
    2,
  )}\n`;
}

/**
 * Puts the program into a folder: bundles of everything that runs outside the window, the built window, and the packages
 * that are loaded when it runs. Nothing else of the checkout is needed any more.
 */
export async function stageProgram(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await bundleApp(join(folder, 'dist', 'main'));
  await bundleWindow(join(folder, 'dist', 'renderer'));
  await writeFile(join(folder, 'package.json'), packageFile());
  for (const path of productionPackages()) {
    // A package's own nested packages have entries of their own.
    await cp(join(root, path), join(folder, path), {
      recursive: true,
      dereference: true,
      filter: (file) => !file.slice(join(root, path).length).includes('node_modules'),
    });
  }
}
