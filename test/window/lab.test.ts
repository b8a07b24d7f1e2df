import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTool } from '../../native-toolchain/tools.mjs';
import { tinyClassifier } from '../cli/commandLine.ts';
import { accessibilityProblems, activate, buildWindow, startBrowser, typeInto } from './browser.ts';
import { serveApart } from './service.ts';

const chromium = findTool('chromium');
const hasBoard = findTool('arm-gcc') !== null && findTool('qemu') !== null;

/** A lab session in the window: put together, checked, started; the service killed in the middle, and gone on with. */
describe.skipIf(chromium === null || !hasBoard)('a lab session in the window', () => {
  let folder: string;
  let browser: Browser;
  let page: Page;
  let service: ChildProcess;

  /** Starts the service on the same workspace, and opens its window. */
  const open = async (): Promise<void> => {
    const served = await serveApart(join(folder, 'workspace'), join(folder, 'page'));
    service = served.process;
    await page.goto(served.url);
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: 'Lab' }).press('Enter');
    await page.getByRole('heading', { name: 'Lab session' }).first().waitFor();
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcunet-lab-'));
    tinyClassifier(folder, 'a.tflite');
    tinyClassifier(folder, 'b.tflite', { features: 8 });
    await buildWindow(join(folder, 'page'));
    browser = await startBrowser(chromium?.path ?? '');
    page = await browser.newPage({ locale: 'en-GB', reducedMotion: 'reduce', viewport: { width: 1280, height: 900 } });
    await open();
  });
  afterAll(async () => {
    await browser.close();
    service.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const cells = (state: string) => page.getByRole('table', { name: 'Cells' }).getByText(state, { exact: true });
  /** When each finished cell's record was last written. */
  const finishedCells = (): Record<string, number> => {
    const runs = join(folder, 'workspace', 'runs');
    return Object.fromEntries(
      readdirSync(runs)
        .filter((name) => /-c\d{3}$/.test(name))
        .map((name) => join(runs, name, 'run.json'))
        .filter((file) => (JSON.parse(readFileSync(file, 'utf8')) as { state: string }).state === 'done')
        .map((file) => [file, statSync(file).mtimeMs]),
    );
  };

  it('opens a matrix and says of every cell whether it fits, before anything is built', async () => {
    const matrix = { format: 1, title: 'Two by two', models: ['a.tflite', 'b.tflite'] };
    const boards = ['virtual-stm32f405', 'virtual-mps2-m4'];
    writeFileSync(join(folder, 'MATRIX.json'), JSON.stringify({ ...matrix, boards }));
    await typeInto(page.getByLabel('Open a MATRIX.json', { exact: true }), join(folder, 'MATRIX.json'));
    await activate(page.getByRole('button', { name: 'Check every cell' }));
    const preflight = page.getByRole('table', { name: 'Before anything is built' });
    await preflight.waitFor();
    expect(await preflight.getByText('fits', { exact: true }).count()).toBe(4);
    expect(await preflight.getByText(/ · SRAM/).count()).toBe(4);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(readdirSync(join(folder, 'workspace', 'runs'))).toEqual([]);
  });

  it('survives that its service is killed: what was finished is not done again', async () => {
    await activate(page.getByRole('button', { name: 'Start the session (4 cells)' }));
    await cells('done').first().waitFor({ timeout: 80_000 });
    service.kill('SIGKILL');
    await once(service, 'exit');
    const before = finishedCells();
    const count = Object.keys(before).length;
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(4);

    await open();
    await activate(page.getByRole('button', { name: /Two by two/ }));
    await activate(page.getByRole('button', { name: 'Go on' }));
    await expect.poll(() => cells('done').count(), { timeout: 80_000 }).toBe(4);
    const after = finishedCells();
    expect(Object.fromEntries(Object.keys(before).map((file) => [file, after[file]]))).toEqual(before);
    const results = page.getByRole('table', { name: 'Results' });
    expect(await results.getByRole('row').count()).toBe(5);
    expect(await results.getByText('1/1', { exact: true }).count()).toBe(4);
    expect(await accessibilityProblems(page)).toEqual([]);
  }, 120_000);

  it('gives the session’s table away as a file', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as CSV' }).press('Enter'),
    ]);
    const text = readFileSync(await download.path(), 'utf8');
    expect(text.trimEnd().split('\r\n')).toHaveLength(5);
    expect(text).toContain('a,virtual-stm32f405,auto -O3,done,');
  });

  it('leads from a cell to its run, by keyboard', async () => {
    const cell = page.getByRole('table', { name: 'Cells' }).getByRole('button').first();
    await cell.press('Enter');
    await page.getByRole('heading', { name: /virtual-stm32f405/ }).waitFor();
  });
});
