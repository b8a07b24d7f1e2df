import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import { buildImage } from '../../main/firmware/index.ts';
import { CORE_FLAGS, proveBundle } from '../../native-toolchain/prove.ts';
import { sizeTable, stage, type StagedTool } from '../../native-toolchain/stage.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { handModel } from '../firmware/handModel.ts';

const run = promisify(execFile);
const installed = (['arm-gcc', 'qemu', 'openocd'] as const).every(
  (name) => findTool(name, { staged: null })?.origin === 'path',
);
const MIB = 2 ** 20;

/** The tools that this machine has installed, staged as the package would carry them. */
describe.skipIf(!installed || process.platform !== 'linux')(
  'the staged toolchain (needs the tools installed on Linux)',
  () => {
    let folder: string;
    let staged: StagedTool[];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bündel '));
      staged = await stage('linux-x64', join(folder, 'bundle'), { gcc: null, openocd: null, qemu: null });
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it('keeps to the sizes that were promised', () => {
      const bytes = Object.fromEntries(staged.map((tool) => [tool.tool, tool.bytes]));
      expect(bytes['gcc']).toBeLessThan(120 * MIB);
      expect(bytes['openocd'] + bytes['qemu']).toBeLessThan(90 * MIB);
      expect(sizeTable(staged)).toContain('| gcc |');
    });

    it('compiles, links and runs for every core with nothing of the system', async () => {
      const proofs = await proveBundle(join(folder, 'bundle'));
      expect(proofs.map(({ core }) => core)).toEqual(CORE_FLAGS.map(({ core }) => core));
    });

    it('builds the same bytes after it was moved', async () => {
      const source = join(folder, 'same.c');
      await writeFile(
        source,
        '#include <string.h>\nint main(void) { char a[9]; memset(a, 1, 9); return a[3]; }\nvoid _exit(int c) { for (;;) (void)c; }\n',
      );
      const hashOfBuild = async (bundle: string): Promise<string> => {
        const gcc = findTool('arm-gcc', { bundle, env: {}, staged: null });
        const elf = join(folder, 'same.elf');
        const flags = [
          '-mcpu=cortex-m4',
          '-mfpu=fpv4-sp-d16',
          '-mfloat-abi=hard',
          '-mthumb',
          '-O2',
          '-g',
          '--specs=nano.specs',
          '--specs=nosys.specs',
        ];
        // Debugging information names headers, the compiler's own among them; of several maps the last wins.
        const maps = [`-ffile-prefix-map=${folder}=.`, `-ffile-prefix-map=${bundle}=toolchain`];
        await run(gcc?.path ?? '', [...flags, ...maps, source, '-o', elf], { env: gcc?.environment ?? {} });
        return createHash('sha256')
          .update(await readFile(elf))
          .digest('hex');
      };
      const before = await hashOfBuild(join(folder, 'bundle'));
      await cp(join(folder, 'bundle'), join(folder, 'copy'), { recursive: true });
      await rename(join(folder, 'copy'), join(folder, 'moved far "away"'));
      expect(await hashOfBuild(join(folder, 'moved far "away"'))).toBe(before);
    });

    it('links the same image, with the firmware and the whole of the build, wherever the bundle lies', async () => {
      const hashWith = async (bundle: string, outDir: string): Promise<string> => {
        const toolchain = { bundle, env: {}, staged: null };
        const { elfFile } = await buildImage({
          board: findBoard('virtual-stm32f405'),
          model: handModel(),
          outDir,
          toolchain,
        });
        return createHash('sha256')
          .update(await readFile(elfFile))
          .digest('hex');
      };
      const moved = join(folder, 'elsewhere "ü"');
      await cp(join(folder, 'bundle'), moved, { recursive: true });
      const here = await hashWith(join(folder, 'bundle'), join(folder, 'one image'));
      expect(await hashWith(moved, join(folder, 'another place', 'image'))).toBe(here);
    });

    it('carries the licences of what it carries, its libraries included, and offers their source', async () => {
      const bundle = join(folder, 'bundle');
      for (const library of ['libglib2.0-0.txt', 'libpixman-1-0.txt'])
        expect(existsSync(join(bundle, 'qemu', 'licences', library)), library).toBe(true);
      expect(await readFile(join(bundle, 'licences', 'GPL-2'), 'utf8')).toContain('GNU GENERAL PUBLIC LICENSE');
      expect(await readFile(join(bundle, 'licences', 'GPL-3'), 'utf8')).toContain('GNU GENERAL PUBLIC LICENSE');
      const offer = await readFile(join(bundle, 'SOURCE-OFFER.txt'), 'utf8');
      for (const source of [
        /^ {2}qemu \d/m,
        /^ {2}openocd \d/m,
        /^ {2}gcc-arm-none-eabi \d/m,
        /^ {2}newlib \d/m,
        /^ {2}glib2\.0 \d/m,
      ])
        expect(offer).toMatch(source);
      expect(offer).toContain('three years');
      expect(await readFile(join(folder, 'bundle', 'gcc', 'licences', 'gcc-arm-none-eabi.txt'), 'utf8')).toMatch(/GPL/);
      expect(await readFile(join(folder, 'bundle', 'openocd', 'licences', 'openocd.txt'), 'utf8')).toMatch(/GPL/);
    });

    it('says what is missing', async () => {
      await rm(join(folder, 'bundle', 'gcc', 'lib', 'arm-none-eabi', 'lib', 'thumb', 'v7-m'), { recursive: true });
      await expect(proveBundle(join(folder, 'bundle'))).rejects.toMatchObject({ code: 'toolchain.incomplete' });
      await expect(proveBundle(join(folder, 'nothing'))).rejects.toThrow(
        /lacks arm-none-eabi-gcc and qemu-system-arm and openocd/,
      );
    });
  },
);
