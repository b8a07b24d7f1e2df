import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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

  it('has an icon as large as every platform asks for', () => {
    const png = readFileSync(join(root, 'resources/icons/icon.png'));
    expect(png.subarray(12, 16).toString('latin1')).toBe('IHDR');
    expect(Math.min(png.readUInt32BE(16), png.readUInt32BE(20))).toBeGreaterThanOrEqual(512);
  });
});

describe.skipIf(process.platform !== 'linux')('the desktop package (on Linux, around a stand-in for Electron)', () => {
  let folder: string;
  let unpacked: string;
  let seen: SeenByElectron;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcunet päckage '));
    await makeDesktop({
      folderOnly: true,
      electronFolder: standInElectron(join(folder, 'electron')),
      output: join(folder, 'out'),
      appFolder: join(folder, 'app'),
      config: { linux: { extraResources: null } },
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
