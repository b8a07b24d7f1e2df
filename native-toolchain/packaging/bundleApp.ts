import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig } from 'vite';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Plain files that the sources read beside themselves; the bundle has everything in one folder. */
const PLAIN_FILES = ['main/processes/reaper.mjs', 'native-toolchain/manifest.json'];

/** Where each program of the package begins. Worker threads are programs of their own, found by their names. */
async function entries(): Promise<Record<string, string>> {
  const workers = (await readdir(join(root, 'main'), { recursive: true })).filter((file) =>
    file.endsWith('.worker.ts'),
  );
  return {
    cli: join(root, 'main/cli/main.ts'),
    main: join(root, 'main/app/main.ts'),
    serviceProcess: join(root, 'main/app/serviceProcess.ts'),
    threadEntry: join(root, 'main/processes/threadEntry.ts'),
    ...Object.fromEntries(workers.map((file) => [basename(file, '.ts'), join(root, 'main', file)])),
  };
}

const common = (outDir: string): InlineConfig => ({
  root,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  build: { outDir, emptyOutDir: false, ssr: true, target: 'node20', minify: false, sourcemap: false },
});

/**
 * Bundles everything that runs outside the window into `folder`, flat, so that a worker's entry lies beside whoever
 * starts it. Packages stay outside, in node_modules: some of them are natives.
 */
export async function bundleApp(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const base = common(folder);
  await build({
    ...base,
    build: {
      ...base.build,
      rollupOptions: {
        input: await entries(),
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  });
  // A sandboxed preload script is CommonJS, and one file.
  await build({
    ...base,
    ssr: { noExternal: true, external: ['electron'] },
    build: {
      ...base.build,
      rollupOptions: {
        input: { preload: join(root, 'main/app/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
        external: ['electron'],
      },
    },
  });
  for (const file of PLAIN_FILES) await copyFile(join(root, file), join(folder, basename(file)));
}

/** Builds the window into `folder`. */
export const bundleWindow = (folder: string): Promise<unknown> =>
  build({
    root: join(root, 'renderer'),
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true },
  });
