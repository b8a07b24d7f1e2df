import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { zipSync, type Zippable } from 'fflate';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fetchArchive } from '../../native-toolchain/fetch.ts';
import {
  PLATFORMS,
  readManifest,
  type Platform,
  type ToolId,
  type ToolManifest,
} from '../../native-toolchain/manifest.ts';
import { MULTILIBS, stage, type Roots } from '../../native-toolchain/stage.ts';
import { unpackArchive } from '../../native-toolchain/unpack.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/**
 * The makers' archives themselves cannot be had without the internet. These are of the same names and the same layout (one
 * folder in it; programs in `bin`, the target's in `arm-none-eabi`, the compiler's in `libexec/gcc`, libraries in `libexec` or
 * beside the programs, licences in `distro-info`), with a few bytes in each file.
 */
const version = '15.2.1';
const emptyArchive = '!<arch>\n';

/** What is in a tool's archive: content by path. A content that begins with `-> ` is a link. */
function contentOf(tool: ToolId, platform: Platform): Record<string, string> {
  const windows = platform === 'win32-x64';
  const exe = windows ? '.exe' : '';
  // So that what is run of it here, to strip libraries, ends well.
  const program = (name: string): string => `#!/bin/sh\n# ${name} for ${platform}\nexit 0\n`;
  const library = windows ? 'dll' : platform.startsWith('darwin') ? 'dylib' : 'so.6';
  const place = windows ? 'bin' : 'libexec';
  const libraries: Record<string, string> = {
    [`${place}/libmpfr.${library}`]: `a library for ${platform}`,
    ...(windows ? {} : { [`${place}/libmpfr.2.${library}`]: `-> libmpfr.${library}` }),
  };
  const licences = { [`distro-info/licenses/${tool}-1/COPYING`]: 'GNU GENERAL PUBLIC LICENSE' };
  if (tool === 'qemu')
    return { ...libraries, ...licences, [`bin/qemu-system-arm${exe}`]: program('qemu'), 'share/qemu/bios.bin': 'x' };
  if (tool === 'openocd')
    return {
      ...libraries,
      ...licences,
      [`bin/openocd${exe}`]: program('openocd'),
      'openocd/scripts/target/stm32f4x.cfg': 'source [find mem_helper.tcl]',
      'openocd/scripts/mem_helper.tcl': '',
      'openocd/scripts/target/esp32.cfg': 'for another chip',
    };
  const gcc: Record<string, string> = { ...libraries, ...licences };
  for (const name of ['gcc', 'objcopy', 'objdump', 'nm', 'size', 'ar', 'strip', 'gdb', 'g++'])
    gcc[`bin/arm-none-eabi-${name}${exe}`] = program(name);
  for (const name of ['as', 'ld']) gcc[`arm-none-eabi/bin/${name}${exe}`] = program(name);
  for (const name of ['cc1', 'cc1plus', 'collect2', 'lto-wrapper'])
    gcc[`libexec/gcc/arm-none-eabi/${version}/${name}${exe}`] = program(name);
  gcc[`libexec/gcc/arm-none-eabi/${version}/liblto_plugin.${windows ? 'dll' : 'so'}`] = 'plugin';
  gcc[`${place}/libpython3.13.${library}`] = 'the debugger’s';
  gcc[`lib/gcc/arm-none-eabi/${version}/include/stdint.h`] = '';
  gcc[`lib/gcc/arm-none-eabi/${version}/include-fixed/README`] = '';
  gcc['arm-none-eabi/include/stdio.h'] = '';
  gcc['arm-none-eabi/include/c++/15.2.1/vector'] = '';
  gcc['arm-none-eabi/lib/nano.specs'] = '';
  for (const multilib of [...MULTILIBS, 'thumb/v8-m.base/nofp']) {
    gcc[`lib/gcc/arm-none-eabi/${version}/${multilib}/libgcc.a`] = emptyArchive;
    for (const name of ['libc_nano.a', 'libstdc++.a']) gcc[`arm-none-eabi/lib/${multilib}/${name}`] = emptyArchive;
  }
  return gcc;
}

/** Makes an archive as its makers do: everything in one folder, .zip for Windows, .tar.gz for the rest. */
function makeArchive(file: string, folder: string, content: Record<string, string>): void {
  mkdirSync(dirname(file), { recursive: true });
  if (file.endsWith('.zip')) {
    const entries: Zippable = {};
    for (const [path, text] of Object.entries(content)) entries[`${folder}/${path}`] = Buffer.from(text);
    writeFileSync(file, zipSync(entries));
    return;
  }
  const tree = temporaryFolder();
  for (const [path, text] of Object.entries(content)) {
    const at = join(tree, folder, path);
    mkdirSync(dirname(at), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), at);
    else writeFileSync(at, text, { mode: 0o755 });
  }
  execFileSync('tar', ['-czf', file, '-C', tree, folder]);
}

/** A mirror of the three archives of a platform, and the manifest that describes them. */
function mirrorFor(platform: Platform): { mirror: string; tools: ToolManifest[] } {
  const mirror = temporaryFolder();
  const tools = readManifest().map((tool) => {
    const { file } = tool.archives[platform];
    makeArchive(join(mirror, file), `xpack-${tool.id}`, contentOf(tool.id, platform));
    const sha256 = createHash('sha256')
      .update(readFileSync(join(mirror, file)))
      .digest('hex');
    return { ...tool, archives: { ...tool.archives, [platform]: { file, sha256 } } };
  });
  return { mirror, tools };
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

const canUnpack = (platform: Platform): boolean => platform !== 'win32-x64' || programOnPath('unzip');

describe.skipIf(process.platform === 'win32').each(PLATFORMS)('the archives of %s', (platform) => {
  it.skipIf(!canUnpack(platform))('are fetched from a mirror, unpacked, and pruned to what works there', async () => {
    const { mirror, tools } = mirrorFor(platform);
    const folder = temporaryFolder();
    const roots: Record<string, string> = {};
    for (const tool of tools) {
      const archive = await fetchArchive(tool, { platform, folder: join(folder, 'downloads'), mirror });
      const unpacked = join(folder, tool.id);
      mkdirSync(unpacked);
      roots[tool.id] = await unpackArchive(archive, unpacked);
    }
    const bundle = join(folder, 'bündel "x"');
    const staged = await stage(platform, bundle, roots as Roots);
    const windows = platform === 'win32-x64';
    const exe = windows ? '.exe' : '';
    const libraries = windows ? 1 : 2;
    expect(staged.map(({ tool, libraries: found }) => [tool, found.length])).toEqual([
      ['gcc', libraries],
      ['openocd', libraries],
      ['qemu', libraries],
    ]);

    const gcc = filesBelow(join(bundle, 'gcc'));
    // Everything lies where the moved compiler looks for it: as it lay in the archive.
    for (const kept of [
      ...['gcc', 'objcopy', 'objdump', 'nm', 'size', 'ar'].map((name) => `bin/arm-none-eabi-${name}${exe}`),
      ...['as', 'ld'].map((name) => `arm-none-eabi/bin/${name}${exe}`),
      ...['cc1', 'collect2', 'lto-wrapper'].map((name) => `libexec/gcc/arm-none-eabi/${version}/${name}${exe}`),
      ...MULTILIBS.flatMap((multilib) => [
        `lib/gcc/arm-none-eabi/${version}/${multilib}/libgcc.a`,
        `arm-none-eabi/lib/${multilib}/libc_nano.a`,
      ]),
      'arm-none-eabi/lib/nano.specs',
      'arm-none-eabi/include/stdio.h',
      `lib/gcc/arm-none-eabi/${version}/include/stdint.h`,
      `libexec/gcc/arm-none-eabi/${version}/liblto_plugin.${windows ? 'dll' : 'so'}`,
      'licences/gcc-1/COPYING',
    ])
      expect(gcc).toContain(kept);
    expect(gcc.filter((file) => /gdb|g\+\+|cc1plus|c\+\+|libstdc|libpython|v8-m\.base/.test(file))).toEqual([]);

    const openocd = filesBelow(join(bundle, 'openocd'));
    expect(openocd).toEqual(
      expect.arrayContaining([
        `bin/openocd${exe}`,
        'openocd/scripts/target/stm32f4x.cfg',
        'openocd/scripts/mem_helper.tcl',
      ]),
    );
    expect(openocd).not.toContain('openocd/scripts/target/esp32.cfg');
    expect(statSync(join(bundle, 'qemu', 'bin', `qemu-system-arm${exe}`)).mode & 0o111).toBe(0o111);
    const loaded = filesBelow(join(bundle, 'qemu')).filter((file) => /libmpfr/.test(file));
    expect(loaded).toHaveLength(libraries);
    expect(loaded.filter((file) => lstatSync(join(bundle, 'qemu', file)).isSymbolicLink())).toHaveLength(libraries - 1);
    expect(readFileSync(join(bundle, 'SOURCE-OFFER.txt'), 'utf8')).toContain('xpack qemu-arm');
  });

  it('are gone on with after a break, and refused with a wrong checksum', async () => {
    const { mirror, tools } = mirrorFor(platform);
    const [tool] = tools;
    const { file } = tool.archives[platform];
    const bytes = readFileSync(join(mirror, file));
    const asked: number[] = [];
    const folder = temporaryFolder();
    const arrived = async (): Promise<void> => {
      const partial = join(folder, `${file}.part`);
      while (!existsSync(partial) || statSync(partial).size === 0) await sleep(10);
    };
    const server = createServer((request, response) => {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      asked.push(from);
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.length - from });
      if (asked.length > 1) return void response.end(bytes.subarray(from));
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
      void arrived().then(() => response.destroy());
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(fetchArchive(tool, { platform, folder, mirror: address })).rejects.toThrow(/could not be downloaded/);
    expect(readFileSync(await fetchArchive(tool, { platform, folder, mirror: address }))).toEqual(bytes);
    expect(asked).toEqual([0, expect.toSatisfy((from: number) => from > 0 && from <= bytes.length / 2)]);

    writeFileSync(join(mirror, file), Buffer.concat([bytes, Buffer.from('more')]));
    const other = temporaryFolder();
    await expect(fetchArchive(tool, { platform, folder: other, mirror })).rejects.toMatchObject({
      code: 'toolchain.checksum',
    });
    expect(existsSync(join(other, file))).toBe(false);
  });
});
