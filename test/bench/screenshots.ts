/**
 * Pictures of every screen, light and dark, for the documentation: `npm run docs:screenshots [-- --workspace FOLDER]
 * [--out FOLDER] [--only NAME]`. Without a workspace one is made, with the demo, a build of its model and a small search and
 * lab session in it.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import type { JobParams } from '../../main/contract/index.ts';
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

/** Opens the run that is listed first: each screen shows its last ones. */
async function openLast(page: Page): Promise<void> {
  const first = page.locator('main section li button').first();
  await first.waitFor();
  await first.click();
  await page.locator('main').getByText('done', { exact: true }).first().waitFor();
}

/** What is done on a screen before its picture is taken, so that it shows what it is for. */
const prepare: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  async data(page) {
    await page.getByRole('button', { name: 'Look at it' }).click();
    await page.getByRole('region', { name: 'Classes' }).waitFor({ timeout: 120_000 });
    await page.getByRole('region', { name: 'Classes' }).scrollIntoViewIfNeeded();
  },
  search: openLast,
  train: openLast,
  build: openLast,
  lab: openLast,
  // A run that was judged on a data set: its test samples can be shown.
  async board(page) {
    await page.getByRole('combobox', { name: 'What the board runs' }).click();
    await page.getByRole('option', { name: /^Demo/ }).click();
    await page.getByRole('button', { name: 'Start the live view' }).click();
    await page.getByRole('button', { name: 'Test samples' }).click({ timeout: 60_000 });
    await page.getByText(/^\d+ of [2-9]\d right$/).waitFor({ timeout: 60_000 });
  },
};

/** Does one job to its end. */
async function work(params: JobParams): Promise<string> {
  const call = { signal: new AbortController().signal, onProgress: () => undefined };
  const { runId } = await studio.handlers.calls['jobs.start']({ params }, call);
  for (;;) {
    const { state, error } = await studio.handlers.calls['runs.get']({ id: runId }, call);
    if (state === 'done') return runId;
    if (state === 'failed') throw new Error(error?.message);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** One run for each screen, in about ten minutes. */
async function fill(workspace: string): Promise<void> {
  const boardId = 'virtual-stm32f405';
  const dataset = 'generated:road-signs';
  await work({ kind: 'search', dataset, boardId, moreBoards: ['virtual-mps2-m4'], minutes: 4, evaluateLimit: 200 });
  const demo = await work({ kind: 'demo' });
  const model = join(workspace, 'runs', demo, 'quantized.tflite');
  await work({ kind: 'profile', model, boardId });
  const boards = [{ id: boardId }, { id: 'virtual-mps2-m4' }];
  const options = [{}, { plan: 'stream' as const }];
  await work({
    kind: 'bench',
    matrix: { format: 1, title: 'One model, two boards', models: [model], boards, options },
  });
}

async function keep(page: Page, name: string): Promise<void> {
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
  if (values.workspace === undefined) await fill(join(folder, 'workspace'));
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
      if (values.only !== undefined && !values.only.split(',').includes(name)) continue;
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
