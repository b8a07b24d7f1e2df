import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Copies one file, following links, and keeps it executable. */
export async function copyProgram(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(await realpath(from), to);
  await chmod(to, 0o755);
}

/** Copies a folder with what links in it point to. */
export async function copyFolder(
  from: string,
  to: string,
  keep: (file: string) => boolean = () => true,
): Promise<void> {
  await cp(await realpath(from), to, { recursive: true, dereference: true, filter: keep });
}

/** Bytes below a folder. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

/**
 * Shared libraries of the C library itself and of what it loads: the system's own must be used, since they belong to
 * its dynamic loader and kernel.
 */
const SYSTEM_LIBRARY = /^(ld-linux|libc|libm|libdl|libpthread|librt|libutil|libresolv|libnss_\w+|linux-vdso)[.-]/;

/** Copies the shared libraries that Linux programs load into `folder`, under the names they are loaded by. */
export async function copySharedLibraries(programs: readonly string[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const names = new Set<string>();
  for (const program of programs) {
    const { stdout } = await run('ldd', [program], { env: { ...process.env, LC_ALL: 'C' } });
    for (const [, name, path] of stdout.matchAll(/^\s*(\S+) => (\/\S+)/gm)) {
      if (SYSTEM_LIBRARY.test(name) || names.has(name)) continue;
      names.add(name);
      await copyProgram(path, join(folder, name));
    }
  }
  return [...names].sort();
}

/** What programs of an archive load at their start, on any platform; not plug-ins of the compiler, nor a debugger's Python. */
const BUNDLED_LIBRARY = /^(?!libcc1|libcp1|libpython|python).+(\.so(\.[\d.]+)?|\.dylib|\.dll)$/;

/** Copies the shared libraries that an archive has beside its programs, links among them as links, each to where it was. */
export async function copyBundledLibraries(root: string, to: string): Promise<string[]> {
  const names: string[] = [];
  for (const folder of ['bin', 'lib', 'lib64', 'libexec']) {
    const from = join(root, folder);
    for (const name of existsSync(from) ? await readdir(from) : []) {
      if (!BUNDLED_LIBRARY.test(name)) continue;
      await cp(join(from, name), join(to, folder, name), { verbatimSymlinks: true });
      names.push(name);
    }
  }
  return names.sort();
}

/** Removes debugging symbols where a `strip` for the file's machine is there; smaller is all that it changes. */
export async function strip(stripProgram: string, files: readonly string[]): Promise<void> {
  for (let i = 0; i < files.length; i += 50) {
    await run(stripProgram, ['--strip-debug', ...files.slice(i, i + 50)]);
  }
}

/** The licence texts that came with a Debian package, where there are any. */
export async function copyDebianLicences(packages: readonly string[], folder: string): Promise<string[]> {
  const copied: string[] = [];
  for (const name of packages) {
    const text = join('/usr/share/doc', name, 'copyright');
    if (!existsSync(text)) continue;
    await mkdir(folder, { recursive: true });
    await copyFile(text, join(folder, `${basename(name)}.txt`));
    copied.push(name);
  }
  return copied;
}
