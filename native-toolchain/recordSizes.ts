import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readManifest, type Platform, type ToolId } from './manifest.ts';
import { CORE_FLAGS } from './prove.ts';
import { MULTILIBS, sizeTable, type StagedTool } from './stage.ts';
import type { ToolSource } from './toolBundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Bytes of a folder as tar.xz. */
async function packedBytes(folder: string): Promise<number> {
  const tar = spawn('tar', ['-cJf', '-', '-C', dirname(folder), folder.slice(dirname(folder).length + 1)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let bytes = 0;
  tar.stdout.on('data', (piece: Buffer) => (bytes += piece.length));
  const [exitCode] = (await once(tar, 'close')) as [number | null];
  if (exitCode !== 0) throw new Error(`tar ended with ${exitCode}`);
  return bytes;
}

/** Writes what was staged, and how large it is, to docs/toolchain.md. */
export async function recordSizes(platform: Platform, from: ToolSource, staged: readonly StagedTool[]): Promise<void> {
  const packed: Partial<Record<ToolId, number>> = {};
  for (const { tool, folder } of staged) packed[tool] = await packedBytes(folder);
  const manifest = readManifest().map(
    ({ id, package: name, version, licence, archives }) =>
      `| ${id} | ${name} | ${version} | ${licence} | ${Object.keys(archives).length} |`,
  );
  await writeFile(
    join(root, 'docs/toolchain.md'),
    `# The bundled tools

Which compiler, OpenOCD and QEMU the package carries stands in \`native-toolchain/manifest.json\`: version, address, SHA-256 and licence
for each platform. \`npm run toolchain:bundle\` fetches them (a broken download is gone on with, a wrong checksum refused, \`--mirror\`
takes a folder or an address of your own), prunes them to what the boards need, and proves the result: for each core a program is
compiled, linked and run with an empty environment. \`--from system\` takes what Debian has installed instead.

From an archive, every part is kept where it lay, for that is where a moved compiler looks for it, with the shared libraries that
the archive carries; another platform's tools are pruned but not proved. The makers' own archives were never fetched where this
was made (there was no internet): \`test/native-toolchain/platforms.test.ts\` fetches, unpacks and prunes archives of their names
and layout for all five platforms.

| tool | package | version | licence | platforms |
|---|---|---|---|---|
${manifest.join('\n')}

## Sizes

Made by \`npm run toolchain:bundle -- --from ${from} --record\` on ${platform}:

${sizeTable(staged, packed)}
Kept for the cores ${[...new Set(CORE_FLAGS.map(({ core }) => core))].join(', ')}: the C compiler, assembler and linker with newlib's headers and
the libraries ${MULTILIBS.map((multilib) => `\`${multilib}\``).join(', ')}; OpenOCD with the scripts of our probes and chips; QEMU's system emulator for Arm. Each tool
has its shared libraries beside it, but for the C library, which belongs to the system.

## Where a tool is looked for

What the user points at by hand (\`MCUNET_ARM_GCC\`, \`MCUNET_OPENOCD\`, \`MCUNET_QEMU\`), then the bundle, then what the set-up staged, then
the PATH, then the usual places. \`npm run -s mcunet -- doctor\` says which one is used, and which others of which version are there.

## The same bytes everywhere

An image built with a bundle that was moved, in whatever folder, is the same ELF file (\`test/native-toolchain/bundle.test.ts\`). Its SHA-256
is in each run (\`imageSha256\` in run.json) and in its report.

## Licences

The tools are free software by others and start as programs of their own. The licence texts of every tool and of every library
beside it lie in the bundle's \`licences\` folders; \`SOURCE-OFFER.txt\` names every source package with its version and offers the
source in writing, as the GPL asks.
`,
  );
}
