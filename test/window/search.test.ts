import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type RunningServer } from '../../main/server/index.ts';
import { Studio } from '../../main/studio/index.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { accessibilityProblems, activate, buildWindow, startBrowser } from './browser.ts';
import { searchReport } from './searchReport.ts';
import { writeRun } from './writtenRuns.ts';

const chromium = findTool('chromium');

/** What a search found: its front with a limit to move, its reason, and the spaces it chose among. */
describe.skipIf(chromium === null)('a finished search in the window', () => {
  let folder: string;
  let studio: Studio;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcunet-search-'));
    const run = { id: 'search-001', kind: 'search', title: 'Search on road signs' } as const;
    writeRun(join(folder, 'workspace'), run, searchReport());
    await buildWindow(join(folder, 'page'));
    studio = new Studio(join(folder, 'workspace'));
    server = await startServer({ handlers: studio.handlers, pageFolder: join(folder, 'page'), port: 0 });
    browser = await startBrowser(chromium?.path ?? '');
    page = await browser.newPage({ locale: 'en-GB', reducedMotion: 'reduce', viewport: { width: 1280, height: 900 } });
    await page.goto(server.url);
    await activate(page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: 'Runs' }));
    await activate(page.getByRole('button', { name: 'Search on road signs' }));
    await page.getByText('It is within 5 points of the most accurate network').waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await studio.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const best = () => page.getByText(/^Most accurate within/);

  it('names the most accurate network within the limit, in light and dark without a barrier', async () => {
    expect(await best().innerText()).toContain('#3, 90% at 20 ms');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityProblems(page)).toEqual([]);
    }
  });

  it('follows the limit as it is moved by keyboard: what it names, and which points count', async () => {
    const limit = page.getByRole('slider', { name: 'Latency limit' });
    await limit.focus();
    for (let step = 0; step < 6; step++) await page.keyboard.press('Shift+ArrowLeft');
    expect(await best().innerText()).toContain('#1, 80% at 5 ms');
    for (let step = 0; step < 9; step++) await page.keyboard.press('Shift+ArrowRight');
    expect(await best().innerText()).toContain('#5, 95% at 40 ms');
  });

  it('shows how the spaces are spread, the chosen one named, and as a table', async () => {
    const spaces = page.getByRole('region', { name: 'MACs of the networks that fit, by space' }).first();
    expect(await spaces.getByText('r64-w0.7 (chosen)').count()).toBe(1);
    await spaces.getByRole('radio', { name: 'Table' }).press('Space');
    expect(await spaces.getByRole('row').count()).toBe(4);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('says which board has the network that was found for another, and why', async () => {
    const boards = page.getByRole('region', { name: 'Boards and their networks' });
    expect(await boards.getByRole('row').count()).toBe(3);
    const said = await boards.getByText('It was found for').allInnerTexts();
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^NUCLEO-F746ZG: It was found for NUCLEO-F401RE, keeps every limit here as well/);
    expect(said[0]).toContain('90% of validation samples, not 88%');
    await page.setViewportSize({ width: 700, height: 900 });
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('makes a limit narrower by the arrow keys of its slider, and shows it in the field beside it', async () => {
    await activate(page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: 'Search' }));
    const thumb = page.getByRole('slider', { name: 'At most: SRAM' });
    if ((await thumb.count()) === 0) await activate(page.getByRole('button', { name: 'Start another' }));
    const field = page.getByRole('textbox', { name: /SRAM/ });
    const before = Number.parseFloat(await field.inputValue());
    for (let step = 0; step < 50; step++) await thumb.press('ArrowLeft');
    expect(Number.parseFloat(await field.inputValue()) / before).toBeCloseTo(0.5, 2);
    expect(await thumb.getAttribute('aria-valuetext')).toContain('KB');
  });
});
