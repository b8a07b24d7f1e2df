import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getConfig, validateConfiguration } from 'app-builder-lib/out/util/config/config.js';
import { DebugLogger } from 'builder-util';
import type { Configuration } from 'electron-builder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOpenRequest } from '../../main/app/deepLink.ts';
import { runProcess } from '../../main/processes/index.ts';
import { makeDesktop } from '../../native-toolchain/packaging/makeDesktop.ts';
import { PLATFORMS } from '../../native-toolchain/manifest.ts';
import { tinyClassifier } from '../cli/commandLine.ts';
import { programOnPath } from '../support/programs.ts';
import { seenByElectron, standInElectron, type SeenByElectron } from '../support/standInElectron.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const root = join(import.meta.dirname, '../..');
const configuration = (): Promise<Configuration> => getConfig(root, null, null);

describe('electron-builder.yml', () => {
  it('keeps to the schema of electron-builder itself', async () => {
    await validateConfiguration(await configuration(), new DebugLogger(false));
    const misspelt = { ...(await configuration()), asarUnpak: ['**/*.node'] } as Configuration;
    await expect(validateConfiguration(misspelt, new DebugLogger(false))).rejects.toThrow(/asarUnpak/);
  });

  it('names files that are there, and the tools of each platform', async () => {
    const { extraResources, linux, mac, win, deb } = await configuration();
    const named = [extraResources, linux?.icon, mac?.icon, win?.icon, deb?.fpm?.map((rule) => rule.split('=')[0])];
    for (const file of named.flat(2).map((entry) => (typeof entry === 'object' ? entry?.from : entry)))
      expect(existsSync(join(root, String(file))), String(file)).toBe(true);
    const tools = [linux, mac, win].flatMap((platform) => platform?.extraResources ?? []);
    const folders = tools.map((entry) => String((entry as { from: string }).from));
    const bundles = PLATFORMS.map((platform) => `native-toolchain/bundle/${platform.replace(/-.*/, '')}-\${arch}`);
    expect(folders).toEqual([...new Set(bundles)]);
  });

  it('associates the files and links that the app opens', async () => {
    const { fileAssociations, protocols } = await configuration();
    const endings = [fileAssociations ?? []].flat().flatMap(({ ext }) => ext);
    expect(endings).toEqual(['tflite', 'onnx', 'mcunet']);
    for (const ending of endings) expect(readOpenRequest([`/a/file.${ending}`])).toMatchObject({ kind: 'file' });
    const schemes = [protocols ?? []].flat().flatMap((protocol) => protocol.schemes);
    expect(readOpenRequest([`${schemes[0]}://run/demo-1`])).toEqual({ kind: 'run', id: 'demo-1' });
  });

  it('has the icons of every platform in its own form, so that none has to be converted', async () => {
    const { linux, mac, win } = await configuration();
    const sizes = readdirSync(join(root, String(linux?.icon))).map((name) => {
      const png = readFileSync(join(root, String(linux?.icon), name));
      expect(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}.png`).toBe(name);
      return png.readUInt32BE(16);
    });
    expect(sizes.sort((a, b) => a - b)).toEqual([16, 32, 48, 64, 128, 256, 512, 1024]);

    const ico = readFileSync(join(root, String(win?.icon)));
    const entries = Array.from({ length: ico.readUInt16LE(4) }, (_, index) => 6 + 16 * index);
    expect(entries.map((at) => ico.readUInt8(at) || 256)).toEqual([16, 32, 48, 64, 128, 256]);
    for (const at of entries) expect(ico.readUInt32BE(ico.readUInt32LE(at + 12))).toBe(0x89504e47);

    const icns = readFileSync(join(root, String(mac?.icon)));
    expect([icns.toString('latin1', 0, 4), icns.readUInt32BE(4)]).toEqual(['icns', icns.length]);
    const types: string[] = [];
    for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) {
      types.push(icns.toString('latin1', at, at + 4));
      expect(icns.readUInt32BE(at + 8)).toBe(0x89504e47);
    }
    expect(types).toEqual(expect.arrayContaining(['ic07', 'ic08', 'ic09', 'ic10']));
  });
});

const hasDpkg = programOnPath('dpkg-deb');

describe.skipIf(process.platform !== 'linux')('the desktop package (on Linux, around a stand-in for Electron)', () => {
  let folder: string;
  let unpacked: string;
  let seen: SeenByElectron;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcunet päckage '));
    await makeDesktop({
      targets: ['dir', ...(hasDpkg ? ['deb'] : [])],
      electronFolder: standInElectron(join(folder, 'electron')),
      output: join(folder, 'out'),
      appFolder: join(folder, 'app'),
      // Quick to pack; and the tools are slow to stage.
      config: { linux: { extraResources: null }, deb: { compression: 'gz' } },
    });
    unpacked = join(folder, 'out', 'linux-unpacked');
    seen = seenByElectron(unpacked);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has every native and every program outside of the archive', () => {
    const natives = seen.files.filter(({ path }) => /\.(node|so(\.[\d.]+)?|wasm)$/.test(path));
    expect(natives.map(({ path }) => path)).toEqual(
      expect.arrayContaining([expect.stringMatching(/serialport.*\.node$/), expect.stringMatching(/sqlite.*\.wasm$/)]),
    );
    expect(natives.filter((file) => !file.unpacked)).toEqual([]);
  });

  it('has the app, its threads, the window and what it reads', () => {
    const paths = new Set(seen.files.map(({ path }) => path));
    const threads = readdirSync(join(root, 'main'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.worker.ts'))
      .map((file) => file.replace(/^.*[/\\]/, '').replace(/\.ts$/, '.js'));
    for (const file of ['main.js', 'preload.cjs', 'serviceProcess.js', 'threadEntry.js', 'reaper.mjs', ...threads])
      expect(paths).toContain(join('dist', 'main', file));
    expect(paths).toContain(join('dist', 'renderer', 'index.html'));
    for (const file of ['boards/virtual-stm32f405.json', 'firmware/common/run.c', 'udev/60-mcunet-studio.rules'])
      expect(existsSync(join(unpacked, 'resources', 'resources', file))).toBe(true);
  });

  it('has every file that a source names beside itself or among the resources', () => {
    const sources = readdirSync(join(root, 'main'), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|mjs)$/.test(file))
      .map((file) => join('main', file));
    const texts = [...sources, 'native-toolchain/tools.mjs'].map((file) => readFileSync(join(root, file), 'utf8'));
    const named = (form: RegExp): string[] => [
      ...new Set(texts.flatMap((text) => [...text.matchAll(form)].map(([, name = '']) => name))),
    ];
    const paths = new Set(seen.files.map(({ path }) => path));
    const beside = named(/new URL\('\.\/([^']+)', import/g);
    // How a checkout starts its threads; a package has them as programs.
    expect(beside.sort()).toEqual(['manifest.json', 'reaper.mjs', 'sourceWorker.mjs', 'threadEntry.js']);
    for (const file of beside.filter((name) => name !== 'sourceWorker.mjs'))
      expect(paths).toContain(join('dist', 'main', file));
    const threads = named(/(?:startWorker|doInThread)(?:<[^(]*>)?\(\s*'([\w.]+)'/g);
    expect(threads.length).toBeGreaterThan(5);
    for (const thread of threads) expect(paths).toContain(join('dist', 'main', `${thread}.js`));
    const resources = named(/join\(resourcesFolder, '([^']+)'/g);
    expect(resources.sort()).toEqual(['boards', 'firmware', 'references.json']);
    for (const resource of resources)
      expect(existsSync(join(unpacked, 'resources', 'resources', resource)), resource).toBe(true);
  });

  it.skipIf(!hasDpkg)('is a package for Debian that opens our files and lets its users at their boards', async () => {
    const deb = join(folder, 'out', readdirSync(join(folder, 'out')).find((name) => name.endsWith('.deb')) ?? 'none');
    const ask = async (...args: string[]): Promise<string> => {
      const { stdout, stderr, exitCode } = await runProcess('dpkg-deb', args);
      expect(exitCode, stderr).toBe(0);
      return stdout;
    };
    const fields = await ask('--field', deb);
    for (const line of [/^Package: mcunet-studio$/m, /^Version: \d+\.\d+\.\d+$/m, /^Maintainer: .+ <.+@.+>$/m])
      expect(fields).toMatch(line);
    expect(fields).toMatch(/^Depends: .*libnss3.*udev/m);
    expect(fields).toMatch(/^Installed-Size: [1-9]\d+$/m);
    const listing = await ask('--contents', deb);
    expect(listing.split('\n').filter((line) => line !== '' && !line.includes(' root/root '))).toEqual([]);

    const installed = join(folder, 'installed');
    await ask('--extract', deb, installed);
    const read = (file: string): string => readFileSync(join(installed, file), 'utf8');
    const rules = 'usr/lib/udev/rules.d/60-mcunet-studio.rules';
    expect(read(rules)).toBe(readFileSync(join(root, 'resources/udev/60-mcunet-studio.rules'), 'utf8'));
    const entry = read('usr/share/applications/mcunet-studio.desktop');
    expect(entry).toContain('Exec="/opt/MCUNet Studio/mcunet-studio" %U');
    const types = ['tflite', 'onnx', 'mcunet-project'].map((type) => `application/x-${type}`);
    expect(entry).toContain(`MimeType=${types.join(';')};x-scheme-handler/mcunet-studio;`);
    const mime = read('usr/share/mime/packages/mcunet-studio.xml');
    for (const ending of ['tflite', 'onnx', 'mcunet']) expect(mime).toContain(`<glob pattern="*.${ending}"/>`);
    for (const size of ['16x16', '512x512'])
      expect(existsSync(join(installed, `usr/share/icons/hicolor/${size}/apps/mcunet-studio.png`)), size).toBe(true);
    expect(existsSync(join(installed, 'opt/MCUNet Studio/resources/resources/boards/virtual-stm32f405.json'))).toBe(
      true,
    );
    expect(statSync(join(installed, 'opt/MCUNet Studio/mcunet-studio')).mode & 0o111).toBe(0o111);
    await ask('--control', deb, join(folder, 'control'));
    for (const script of ['postinst', 'postrm'])
      expect((await runProcess('bash', ['-n', join(folder, 'control', script)])).exitCode).toBe(0);
  });

  it('has nothing of the checkout: no sources, no tools, no path of this machine', () => {
    expect(
      seen.files.filter(({ path }) => /(^|\/)(main|renderer|test)\/.*\.ts$|\/(vite|tsx|esbuild|electron)\//.test(path)),
    ).toEqual([]);
    const bundled = seen.files.filter(({ path }) => path.startsWith(join('dist', 'main')));
    for (const { path } of bundled) expect(readFileSync(join(seen.folder, path), 'utf8')).not.toContain(root);
  });

  /** Runs the packaged command line as Electron's Node would, far from the checkout. */
  async function packaged(...argv: string[]): Promise<Record<string, unknown>> {
    const [node = '', ...program] = seen.command;
    const { stdout, stderr } = await runProcess(node, [...program, ...argv, '--json'], {
      cwd: tmpdir(),
      env: { NODE_PATH: '', NODE_OPTIONS: '', HOME: folder, MCUNET_WORKSPACE: join(folder, 'workspace') },
    });
    if (!stdout.startsWith('{')) throw new Error(stderr + stdout);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  it('runs: finds its boards, reads models, makes C in a thread', async () => {
    const model = tinyClassifier(temporaryFolder());
    expect(await packaged('boards')).toMatchObject({ boards: expect.arrayContaining([expect.anything()]) });
    expect(await packaged('inspect', model)).toMatchObject({ macs: 48 });
  });

  it.skipIf(!programOnPath('arm-none-eabi-gcc'))('builds an image with the firmware that it carries', async () => {
    const out = temporaryFolder();
    expect(
      await packaged('build', tinyClassifier(out), '--board', 'virtual-stm32f405', '--out', join(out, 'run')),
    ).toMatchObject({ figures: { flashBytes: expect.any(Number) } });
  });
});
