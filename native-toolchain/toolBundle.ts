import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchArchive } from './fetch.ts';
import { currentPlatform, readManifest, type Platform } from './manifest.ts';
import { proveBundle } from './prove.ts';
import { stage, writeSizeTable, type Roots, type StagedTool } from './stage.ts';
import { unpackArchive } from './unpack.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Where the tools come from: the makers' archives, or what this machine has installed. */
export type ToolSource = 'archives' | 'system';

export interface BundleOptions {
  readonly platform: Platform;
  readonly from: ToolSource;
  /** Instead of the makers' addresses. */
  readonly mirror?: string | undefined;
  readonly folder?: string;
  readonly say: (line: string) => void;
}

/** Where a platform's bundle is, or is going to be. */
export const bundleFolder = (platform: Platform): string => join(here, 'bundle', platform);

/**
 * Brings the tools that a package carries into `folder`: pruned, and on their own platform proved for every core.
 *
 * @throws StudioError of `fetchArchive`, `stage`, `proveBundle`
 */
export async function makeToolBundle({
  platform,
  from,
  mirror,
  folder = bundleFolder(platform),
  say,
}: BundleOptions): Promise<StagedTool[]> {
  await mkdir(join(folder, '..'), { recursive: true });
  const roots =
    from === 'system' ? { gcc: null, openocd: null, qemu: null } : await rootsFromArchives(platform, mirror);
  const staged = await stage(platform, folder, roots);
  await writeSizeTable(folder, staged);
  if (platform !== currentPlatform()) {
    say(`Not proved: ${platform} programs do not run here.`);
    return staged;
  }
  for (const { core, flags, machine } of await proveBundle(folder))
    say(`${core} (${flags}): compiled, linked, run on ${machine}`);
  return staged;
}

/** The bundle of this platform, made where there is none yet. */
export async function ensureToolBundle(options: BundleOptions): Promise<string> {
  const folder = options.folder ?? bundleFolder(options.platform);
  if (!existsSync(join(folder, 'SIZES.md'))) await makeToolBundle(options);
  return folder;
}

async function rootsFromArchives(platform: Platform, mirror: string | undefined): Promise<Roots> {
  const roots: Record<string, string> = {};
  for (const tool of readManifest()) {
    const archive = await fetchArchive(tool, {
      platform,
      folder: join(here, 'downloads'),
      ...(mirror === undefined ? {} : { mirror }),
      onProgress: ({ done, total }) => process.stderr.write(`\r${tool.id}: ${done} of ${total ?? '?'} bytes `),
    });
    const folder = join(here, 'downloads', 'unpacked', platform, tool.id);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    roots[tool.id] = await unpackArchive(archive, folder);
  }
  return roots as Roots;
}
