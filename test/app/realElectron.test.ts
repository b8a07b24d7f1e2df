import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { electronProgram, whyNoElectron } from '../../native-toolchain/electron.mjs';
import { bundleApp, bundleWindow, root } from '../../native-toolchain/packaging/bundleApp.ts';

/** The desktop app itself, with Electron's own program: what the stand-in of `application.test.ts` cannot show. */
const why = whyNoElectron();

describe.skipIf(why === null)('the desktop app with the real Electron', () => {
  it(`WAS SKIPPED, for ${why}`, (context) => {
    process.stderr.write(`\nSKIPPED: the desktop app was not started with the real Electron, for ${why}.\n`);
    context.skip();
  });
});

describe.skipIf(why !== null)('the desktop app with the real Electron', () => {
  let folder: string;
  let app: ElectronApplication;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcunet electron ü '));
    // Its packages are found from there, as `npm start` has it.
    await bundleApp(join(root, 'dist', 'main'));
    await bundleWindow(join(root, 'dist', 'renderer'));
    app = await _electron.launch({
      executablePath: electronProgram() ?? '',
      args: [join(root, 'dist', 'main', 'main.js'), `--user-data-dir=${join(folder, 'user')}`],
      env: { ...process.env, MCUNET_WORKSPACE: join(folder, 'workspace') } as Record<string, string>,
    });
    page = await app.firstWindow();
    await page.getByRole('heading', { level: 2 }).first().waitFor();
  });
  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('opens its page from its own scheme, and talks to its service', async () => {
    expect(page.url()).toBe('mcunet://studio/');
    await page.getByRole('button', { name: /^Workspace: workspace/ }).waitFor();
    await page.getByRole('button', { name: /^Board:/ }).waitFor();
  });

  it('gives its page nothing of Node, and leaves no way out of it', async () => {
    expect(await page.evaluate('[typeof require, typeof process, typeof window.mcunetDesktop]')).toEqual([
      'undefined',
      'undefined',
      'object',
    ]);
    await page.evaluate("window.open('https://example.com/'); location.href = 'https://example.com/';");
    await page.waitForTimeout(300);
    expect(page.url()).toBe('mcunet://studio/');
    expect(app.windows()).toHaveLength(1);
    expect(await page.evaluate("fetch('https://example.com/').then(() => 'came', () => 'refused')")).toBe('refused');
  });
});
