import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  copyBundledLibraries,
  copyDebianLicences,
  copyFolder,
  copyProgram,
  copySharedLibraries,
  folderBytes,
  strip,
} from './copying.ts';
import { currentPlatform, type Platform, type ToolId } from './manifest.ts';
import { copyLicenceTexts, debianSources, packagesOf, sourceOffer, writeSourceOffer } from './licences.ts';
import { findExecutable, locateGcc } from './sources.ts';
import { findTool } from './tools.mjs';

/**
 * The multilibs of the cores that boards have, `folder` as newlib and libgcc name them. One for each way in which the
 * app calls the compiler; see `CORE_FLAGS`.
 */
export const MULTILIBS = [
  'thumb/v6-m/nofp',
  'thumb/v7-m/nofp',
  'thumb/v7e-m+fp/hard',
  'thumb/v7e-m+dp/hard',
  'thumb/v8-m.main+fp/hard',
] as const;

const GCC_PROGRAMS = ['gcc', 'objcopy', 'objdump', 'nm', 'size', 'ar'] as const;
const COMPILER_PARTS = ['cc1', 'collect2', 'lto-wrapper', 'liblto_plugin.so'] as const;
const HEADERS = ['include', 'include-fixed'] as const;
const NEWLIB_FILES =
  /^(libc_nano|libg_nano|libnosys|libm|libc|librdimon_nano|librdimon)\.a$|^(nano|nosys|rdimon)\.specs$|^(crt0|rdimon-crt0)\.o$/;
const LIBGCC_FILES = /^(libgcc\.a|crt(i|n|begin|end)\.o)$/;

/** OpenOCD's scripts that our boards need; the rest of its 800 are for other chips. */
const OPENOCD_SCRIPTS =
  /^(interface\/(stlink|cmsis-dap|jlink)[\w-]*|target\/(stm32|nrf|nordic\/|swj)[\w/-]*|board\/(st_nucleo|stm32|nordic)[\w-]*|mem_helper|bitsbytes|mmr_helpers|memory)\.(cfg|tcl)$/;

export interface StagedTool {
  readonly tool: ToolId;
  readonly folder: string;
  readonly bytes: number;
  readonly libraries: readonly string[];
}

/** Where the parts to stage lie: the tree of each unpacked archive, or null for what the system has installed. */
export type Roots = Readonly<Record<ToolId, string | null>>;

/**
 * Prunes the tools to what our boards need, into `folder/<tool>`, which runs from wherever it is moved to. Made beside
 * and renamed in one step, so that a broken-off staging leaves the old one.
 */
export async function stage(platform: Platform, folder: string, roots: Roots): Promise<StagedTool[]> {
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  const libraries: Record<ToolId, string[]> = {
    gcc: await stageGcc(platform, join(fresh, 'gcc'), roots.gcc),
    openocd: await stageOpenocd(platform, join(fresh, 'openocd'), roots.openocd),
    qemu: await stageQemu(platform, join(fresh, 'qemu'), roots.qemu),
  };
  const tools: ToolId[] = ['gcc', 'openocd', 'qemu'];
  await addLicences(fresh, roots, tools);
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
  return Promise.all(
    tools.map(async (tool) => {
      const toolFolder = join(folder, tool);
      return { tool, folder: toolFolder, bytes: await folderBytes(toolFolder), libraries: libraries[tool] };
    }),
  );
}

/** What of the system was staged: the tools themselves; their libraries are looked up where they were found. */
const DEBIAN_PACKAGES: Readonly<Record<ToolId, readonly string[]>> = {
  gcc: ['gcc-arm-none-eabi', 'binutils-arm-none-eabi', 'libnewlib-dev', 'libnewlib-arm-none-eabi'],
  openocd: ['openocd'],
  qemu: ['qemu-system-arm', 'qemu-system-common'],
};

/** The licences of everything that was staged, and the offer of its source. */
async function addLicences(folder: string, roots: Roots, tools: readonly ToolId[]): Promise<void> {
  const binaries: string[] = [];
  for (const tool of tools) {
    const licences = join(folder, tool, 'licences');
    await copyLicenceTexts(roots[tool], roots[tool] === null ? join(folder, 'licences') : licences);
    if (roots[tool] !== null) continue;
    const packages = [...DEBIAN_PACKAGES[tool], ...(await packagesOf(await stagedLibraries(join(folder, tool))))];
    await copyDebianLicences(packages, licences);
    binaries.push(...packages);
  }
  const archives = tools.filter((tool) => roots[tool] !== null);
  await writeSourceOffer(folder, sourceOffer(await debianSources(binaries), archives));
}

/** The system's files that a tool's libraries were copied from. */
async function stagedLibraries(tool: string): Promise<string[]> {
  const host = join(tool, 'lib', 'host');
  if (!existsSync(host)) return [];
  const folders = ['/lib', '/usr/lib'].flatMap((lib) => [lib, ...multiarchFolders(lib)]);
  return (await readdir(host)).flatMap((name) =>
    folders
      .map((from) => join(from, name))
      .filter(existsSync)
      .slice(0, 1),
  );
}

const multiarchFolders = (lib: string): string[] =>
  existsSync(lib)
    ? readdirSync(lib)
        .filter((name) => /-linux-gnu\w*$/.test(name))
        .flatMap((name) => [join(lib, name), join(lib, name, 'pulseaudio')])
    : [];

const suffixOf = (platform: Platform): string => (platform === 'win32-x64' ? '.exe' : '');

async function stageGcc(platform: Platform, to: string, root: string | null): Promise<string[]> {
  const source = await locateGcc(root);
  const exe = suffixOf(platform);
  const version = source.libraryFolder.split(/[\\/]/).at(-1) ?? '';
  const library = join(to, 'lib', 'gcc', 'arm-none-eabi', version);
  const programs = join(to, source.places.programs);
  const target = join(to, source.places.target);

  for (const program of GCC_PROGRAMS) {
    await copyProgram(
      join(source.binFolder, `arm-none-eabi-${program}${exe}`),
      join(to, 'bin', `arm-none-eabi-${program}${exe}`),
    );
  }
  for (const program of ['as', 'ld']) {
    await copyProgram(join(source.targetBinFolder, program + exe), join(target, 'bin', program + exe));
  }
  for (const part of COMPILER_PARTS) {
    const from = [part, part + exe, part.replace(/\.so$/, '.dll')]
      .map((name) => join(source.programFolder, name))
      .find(existsSync);
    if (from !== undefined) await copyProgram(from, join(programs, basename(from)));
  }
  for (const headers of HEADERS) await copyFolder(join(source.libraryFolder, headers), join(library, headers));
  await copyFolder(source.includeFolder, join(target, 'include'), (file) => !/[\\/]c\+\+([\\/]|$)/.test(file));
  await copyMatching(source.newlibFolder, join(target, 'lib'), /\.specs$/);
  for (const multilib of MULTILIBS) {
    await copyMatching(join(source.libraryFolder, multilib), join(library, multilib), LIBGCC_FILES);
    await copyMatching(join(source.newlibFolder, multilib), join(target, 'lib', multilib), NEWLIB_FILES);
  }
  // Another platform's programs do not run here; any strip for Arm does the same.
  await stripLibraries(
    platform === currentPlatform()
      ? join(source.binFolder, `arm-none-eabi-strip${exe}`)
      : (findTool('arm-gcc')?.path ?? '').replace(/gcc(\.exe)?$/, 'strip$1'),
    to,
  );
  return stageLibraries(root, to, [
    join(programs, 'cc1'),
    join(to, 'bin', 'arm-none-eabi-objdump'),
    join(target, 'bin', 'as'),
    join(target, 'bin', 'ld'),
  ]);
}

/**
 * The shared libraries of staged programs: those that an archive carries, where it has them (its programs look there, relative
 * to themselves), otherwise the system's, as `ldd` names them.
 */
async function stageLibraries(root: string | null, to: string, programs: readonly string[]): Promise<string[]> {
  return root === null ? copySharedLibraries(programs, join(to, 'lib', 'host')) : copyBundledLibraries(root, to);
}

async function copyMatching(from: string, to: string, pattern: RegExp): Promise<void> {
  for (const name of await readdir(from)) {
    if (pattern.test(name)) await copyProgram(join(from, name), join(to, name));
  }
}

async function stripLibraries(stripProgram: string, folder: string): Promise<void> {
  if (!existsSync(stripProgram)) return;
  const entries = await readdir(folder, { recursive: true });
  await strip(
    stripProgram,
    entries.filter((name) => /\.(a|o)$/.test(name)).map((name) => join(folder, name)),
  );
}

async function stageOpenocd(platform: Platform, to: string, root: string | null): Promise<string[]> {
  const openocd = await findExecutable('openocd', root);
  const prefix = dirname(dirname(openocd));
  const program = join(to, 'bin', `openocd${suffixOf(platform)}`);
  await copyProgram(openocd, program);
  const place = [join('share', 'openocd', 'scripts'), join('openocd', 'scripts')].find((folder) =>
    existsSync(join(prefix, folder)),
  );
  if (place === undefined) throw new Error(`OpenOCD below ${prefix} has no scripts`);
  const scripts = join(prefix, place);
  for (const name of await readdir(scripts, { recursive: true })) {
    const path = name.replaceAll('\\', '/');
    if (OPENOCD_SCRIPTS.test(path)) {
      await copyProgram(join(scripts, name), join(to, place, name));
    }
  }
  return stageLibraries(root, to, [program]);
}

async function stageQemu(platform: Platform, to: string, root: string | null): Promise<string[]> {
  const program = join(to, 'bin', `qemu-system-arm${suffixOf(platform)}`);
  await copyProgram(await findExecutable('qemu', root), program);
  return stageLibraries(root, to, [program]);
}

/** What the project promises for each tool, in MiB: unpacked, packed. OpenOCD and QEMU share theirs. */
const PROMISED: Readonly<Record<ToolId, string>> = {
  gcc: 'at most 120, packed 35',
  openocd: 'together with QEMU at most 90',
  qemu: 'together with OpenOCD at most 90',
};

/** A Markdown table of what was staged, in MiB. `packed` are the bytes of an archive of each, where one was made. */
export function sizeTable(staged: readonly StagedTool[], packed: Partial<Record<ToolId, number>> = {}): string {
  const mib = (bytes: number | undefined): string => (bytes === undefined ? '–' : (bytes / 2 ** 20).toFixed(1));
  const rows = staged.map(
    ({ tool, bytes, libraries }) =>
      `| ${tool} | ${mib(bytes)} | ${mib(packed[tool])} | ${PROMISED[tool]} | ${libraries.length} |`,
  );
  return [
    '| tool | MiB unpacked | MiB packed (xz) | promised | shared libraries |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Writes the size table beside the staged tools. */
export async function writeSizeTable(folder: string, staged: readonly StagedTool[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'SIZES.md'), sizeTable(staged));
}
