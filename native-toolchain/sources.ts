import { existsSync, readdirSync } from 'node:fs';
import { readlink, realpath } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, relative } from 'node:path';
import { StudioError } from '../main/contract/index.ts';
import type { ToolId } from './manifest.ts';

/** An installed tool to stage from: where its parts lie, whoever installed it. */
export interface GccSource {
  readonly binFolder: string;
  /** `lib/gcc/arm-none-eabi/VERSION`, with libgcc and the headers of the compiler. */
  readonly libraryFolder: string;
  /** Where cc1 and collect2 are: the library folder, or its twin below `libexec`. */
  readonly programFolder: string;
  /** newlib's headers. */
  readonly includeFolder: string;
  /** newlib's libraries, with a folder for each multilib. */
  readonly newlibFolder: string;
  /** Folder of the target's `as` and `ld`. */
  readonly targetBinFolder: string;
  /** Where the compiler, wherever it is moved, looks for its programs and for what is the target's: below its prefix. */
  readonly places: { readonly programs: string; readonly target: string };
}

const executables: Record<ToolId, string> = { gcc: 'arm-none-eabi-gcc', openocd: 'openocd', qemu: 'qemu-system-arm' };

/** The real file behind a tool: below `root/bin` where a root is given, else on the PATH. Throws `toolchain.no-source`. */
export async function findExecutable(tool: ToolId, root: string | null): Promise<string> {
  const folders =
    root === null ? (process.env['PATH'] ?? '').split(delimiter) : [join(root, 'bin'), join(root, 'usr', 'bin')];
  const candidates = folders.flatMap((folder) =>
    [executables[tool], `${executables[tool]}.exe`].map((name) => join(folder, name)),
  );
  const found = candidates.find((file) => existsSync(file));
  if (found !== undefined) return realpath(found);
  throw new StudioError({
    code: 'toolchain.no-source',
    message: `There is no ${executables[tool]} ${root === null ? 'on the PATH' : `below ${root}`} to stage from.`,
    remedy: 'Fetch the archives first, or install the tool.',
    details: { tool, searched: folders },
  });
}

const firstExisting = (candidates: readonly string[], what: string): string => {
  const found = candidates.find((folder) => existsSync(folder));
  if (found !== undefined) return found;
  throw new StudioError({
    code: 'toolchain.no-source',
    message: `The compiler to stage from has no ${what}.`,
    remedy: 'Install newlib for arm-none-eabi beside the compiler (Debian: libnewlib-arm-none-eabi).',
    details: { searched: candidates },
  });
};

/** Follows links that point outside a root, as Debian's /etc/alternatives do, back into it. */
async function insideRoot(path: string, root: string): Promise<string> {
  const target = await readlink(path).catch(() => null);
  if (target === null) return path;
  const next = isAbsolute(target) ? join(root, target) : join(dirname(path), target);
  return existsSync(next) ? next : path;
}

/** Understands the layouts of Debian's packages and of xPack's archives. */
export async function locateGcc(root: string | null): Promise<GccSource> {
  const gcc = await findExecutable('gcc', root);
  const prefix = dirname(dirname(gcc));
  const versions = join(prefix, 'lib', 'gcc', 'arm-none-eabi');
  const version = existsSync(versions) ? readdirSync(versions).sort().at(-1) : undefined;
  const libraryFolder = firstExisting([join(versions, version ?? 'none')], 'lib/gcc/arm-none-eabi');
  const programFolder = firstExisting(
    [join(prefix, 'libexec', 'gcc', 'arm-none-eabi', version ?? 'none'), libraryFolder],
    'folder with cc1',
  );
  const fileRoot = root ?? '/';
  const debianTarget = join(prefix, 'lib', 'arm-none-eabi');
  const xpackTarget = join(prefix, 'arm-none-eabi');
  const includeFolder = firstExisting(
    [
      join(xpackTarget, 'include'),
      await insideRoot(join(debianTarget, 'include'), fileRoot),
      join(prefix, 'include', 'newlib'),
    ],
    'newlib headers',
  );
  const newlibFolder = firstExisting(
    [join(xpackTarget, 'lib'), await insideRoot(join(debianTarget, 'lib'), fileRoot), join(debianTarget, 'newlib')],
    'newlib libraries',
  );
  const targetBinFolder = firstExisting([join(xpackTarget, 'bin'), join(debianTarget, 'bin')], 'folder with as and ld');
  return {
    ...{ binFolder: dirname(gcc), libraryFolder, programFolder, includeFolder, newlibFolder, targetBinFolder },
    places: {
      programs: relative(prefix, programFolder),
      target: relative(prefix, targetBinFolder === join(xpackTarget, 'bin') ? xpackTarget : debianTarget),
    },
  };
}
