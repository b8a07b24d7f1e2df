/**
 * Pictures of every screen, light and dark, for the documentation: `npm run docs:screenshots [-- --workspace FOLDER]
 * [--out FOLDER] [--only NAME]`. Without a workspace one is made, with the demo in it.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { startServer } from '../../main/server/index.ts';
import { Studio } from '../../main/studio/index.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { buildWindow, startBrowser } from '../window/browser.ts';

const { values } = parseArgs({
  options: {
    workspace: { type: 'string' },
    out: { type: 'string', default: join(import.meta.dirname, '..', '..', 'docs', 'images', 'window') },
    only: { type: 'string' },
    language: { type: 'string', default: 'en-GB' },
    width: { type: 'string', default: '1024' },
    height: { type: 'string', default: '640' },
  },
});

/** Bytes of a picture, so that the repository stays small. */
const mostBytes = 60_000;

const size = { width: Number(values.width), height: Number(values.height) };
const chromium = findTool('chromium');
if (chromium === null) throw new Error('There is no Chromium on this machine: run `npm test` once, it brings one.');

const folder = mkdtempSync(join(tmpdir(), 'mcunet-screenshots-'));
await buildWindow(join(folder, 'page'));
const studio = new Studio(values.workspace ?? join(folder, 'workspace'));
const server = await startServer({ handlers: studio.handlers, pageFolder: join(folder, 'page'), port: 0 });
const browser = await startBrowser(chromium.path);
mkdirSync(values.out, { recursive: true });

/** What is done on a screen before its picture is taken, so that it shows what it is for. */
const prepare: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  async data(page) {
    await page.getByRole('button', { name: 'Look at it' }).click();
    await page.getByRole('region', { name: 'Classes' }).waitFor({ timeout: 120_000 });
  },
  async board(page) {
    await page.getByRole('button', { name: 'Start the live view' }).click();
    await page.getByRole('button', { name: 'Test samples' }).click({ timeout: 60_000 });
    await page.getByText(/^\d+ of [2-9]\d right$/).waitFor({ timeout: 60_000 });
  },
};

async function keep(page: Page, name: string): Promise<void> {
  if (values.only !== undefined && !name.startsWith(values.only)) return;
  const picture = sharp(await page.screenshot());
  for (const quality of [80, 65, 50, 35]) {
    const file = join(values.out, `${name}.webp`);
    const { size: bytes } = await picture.clone().webp({ quality, effort: 6, smartSubsample: true }).toFile(file);
    if (bytes <= mostBytes) return console.log(`${name}.webp  ${bytes} bytes`);
  }
  throw new Error(`${name} cannot be kept below ${mostBytes} bytes`);
}

try {
  const page = await browser.newPage({
    locale: values.language,
    reducedMotion: 'reduce',
    viewport: size,
    permissions: ['camera', 'microphone'],
  });
  page.on('console', (message) => message.type() === 'error' && console.error(message.text()));
  await page.goto(server.url);
  await page.locator('main').getByRole('heading', { level: 2 }).first().waitFor();
  if (values.workspace === undefined) {
    await page.getByRole('button', { name: 'Start the demo' }).click();
    await page.getByText('done', { exact: true }).waitFor({ timeout: 15 * 60_000 });
  }
  const rail = page.getByRole('navigation').first().getByRole('button');
  const settle = async (): Promise<void> => {
    await page
      .locator('main')
      .getByRole('status')
      .filter({ hasText: /^(Loading|Lädt)$/ })
      .first()
      .waitFor({ state: 'detached' });
    await page.waitForTimeout(400);
  };
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (let at = 0; at < (await rail.count()); at++) {
      const button = rail.nth(at);
      const name = ((await button.textContent()) ?? '').toLowerCase();
      await button.click();
      await page.locator('main').getByRole('heading', { level: 2 }).first().waitFor();
      await settle();
      await prepare[name]?.(page);
      await settle();
      await keep(page, `${name}-${colorScheme}`);
    }
  }
} finally {
  await browser.close();
  await server.close();
  await studio.close();
  rmSync(folder, { recursive: true, force: true });
}
