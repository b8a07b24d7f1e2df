// npm run toolchain:bundle [-- --from system|archives] [--platform P] [--mirror FOLDER_OR_ADDRESS] [--out FOLDER]
// Brings the tools that the package carries: fetched archives, or what this machine has installed, pruned and proved.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { toErrorReport } from '../main/contract/index.ts';
import { fetchArchive } from './fetch.ts';
import { currentPlatform, PLATFORMS, readManifest, type Platform } from './manifest.ts';
import { proveBundle } from './prove.ts';
import { sizeTable, stage, writeSizeTable, type Roots } from './stage.ts';
import { unpackArchive } from './unpack.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

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

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      from: { type: 'string', default: 'archives' },
      platform: { type: 'string' },
      mirror: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const platform = PLATFORMS.find((name) => name === (values.platform ?? currentPlatform()));
  if (platform === undefined) throw new Error(`--platform takes one of ${PLATFORMS.join(', ')}`);
  const folder = values.out ?? join(here, 'bundle', platform);
  await mkdir(join(folder, '..'), { recursive: true });
  const system = { gcc: null, openocd: null, qemu: null };
  const staged = await stage(
    platform,
    folder,
    values.from === 'system' ? system : await rootsFromArchives(platform, values.mirror),
  );
  await writeSizeTable(folder, staged);
  console.error(sizeTable(staged));
  if (platform !== currentPlatform()) {
    console.error(`Not proved: ${platform} programs do not run here.`);
    return;
  }
  for (const { core, flags, machine } of await proveBundle(folder)) {
    console.error(`${core} (${flags}): compiled, linked, run on ${machine}`);
  }
}

main().catch((thrown: unknown) => {
  const { code, message, remedy } = toErrorReport(thrown);
  console.error(`${message}\n${remedy} (${code})`);
  process.exitCode = 1;
});
