import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type RunningServer } from '../../main/server/index.ts';
import { Studio } from '../../main/studio/index.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { tinyClassifier } from '../cli/commandLine.ts';
import {
  accessibilityProblems,
  activate,
  buildWindow,
  startBrowser,
  typeInto,
  watch,
  type Misdeeds,
} from './browser.ts';

/**
 * The window as its users meet it: built as it is shipped, served as it is served, in a real browser. Every screen, in
 * light and dark, is judged by axe-core; all of it is done by keyboard alone; whatever happens, the console stays free of
 * errors and nothing is asked of any other machine.
 */
const chromium = findTool('chromium');

const screens = ['Home', 'Data', 'Search', 'Train', 'Build', 'Board', 'Lab', 'Runs', 'Help'];

describe.skipIf(chromium === null)('the window', () => {
  let folder: string;
  let studio: Studio;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  let misdeeds: Misdeeds;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcunet-window-'));
    await buildWindow(join(folder, 'page'));
    studio = new Studio(join(folder, 'workspace'));
    server = await startServer({ handlers: studio.handlers, pageFolder: join(folder, 'page'), port: 0 });
    browser = await startBrowser(chromium?.path ?? '');
    page = await browser.newPage({ locale: 'en-GB', reducedMotion: 'reduce', viewport: { width: 1280, height: 800 } });
    misdeeds = watch(page, `127.0.0.1:${server.port}`);
    await page.goto(server.url);
    await page.getByRole('heading', { name: 'A network that fits the board on your desk' }).waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await studio.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const rail = (name: string) => page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name });
  /** The screen is there, and what it asked for: nothing loads any more. */
  const settled = async () => {
    await page.locator('main').getByRole('heading', { level: 2 }).first().waitFor();
    await page.locator('main').getByText('Loading', { exact: true }).waitFor({ state: 'detached' });
  };

  it.each(['light', 'dark'] as const)(
    'has nothing that axe-core objects to on any screen in %s colours',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      const problems: Record<string, string[]> = {};
      for (const name of screens) {
        await activate(rail(name));
        await settled();
        problems[name] = await accessibilityProblems(page);
      }
      expect(problems).toEqual(Object.fromEntries(screens.map((name) => [name, []])));
    },
  );

  it('reaches every screen from the rail by keyboard alone', async () => {
    await rail('Home').focus();
    for (const [i, name] of screens.entries()) {
      if (i > 0) await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(await rail(name).getAttribute('aria-current')).toBe('page');
    }
  });

  it('reaches every screen from the palette by keyboard alone, however fast one types', async () => {
    for (const name of screens) {
      await page.keyboard.press('Control+k');
      // Nobody waits to see whether the palette has the focus yet: no letter may go elsewhere.
      await page.keyboard.type(`go to ${name}`);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await rail(name).getAttribute('aria-current')).toBe('page');
      await page.locator('#screen:focus').waitFor();
    }
  });

  it('gives the focus back to where it was when the palette is left', async () => {
    await rail('Runs').focus();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Type to find an action' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator('button:focus').getByText('Runs').waitFor();
  });

  it('shows the classes and the samples of a dataset, to train on', async () => {
    const dataset = 'generated:road-signs?train=96&validation=32&test=32&size=32';
    await activate(rail('Data'));
    await typeInto(page.getByLabel('Data set', { exact: true }), dataset);
    await activate(page.getByRole('button', { name: 'Look at it' }));
    const classes = page.getByRole('region', { name: 'Classes' });
    await classes.getByRole('row').nth(16).waitFor();
    const samples = page.getByRole('region', { name: 'Samples' });
    await samples.getByRole('img').nth(47).waitFor();
    expect(await samples.getByText(/^1 to 48 of/).count()).toBe(1);
    await activate(samples.getByRole('button', { name: 'Next' }));
    await samples.getByText(/^49 to 96 of/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await activate(page.getByRole('button', { name: 'Train on this' }));
    await page.getByRole('button', { name: 'Train, build and measure' }).waitFor();
    await expect.poll(() => page.getByLabel('Data set', { exact: true }).inputValue()).toBe(dataset);
  });

  it('names what the arrow keys choose in the palette to a screen reader, and closes with Escape', async () => {
    await page.keyboard.press('Control+k');
    const field = page.getByRole('combobox', { name: 'Type to find an action' });
    await field.waitFor();
    const chosen = () => page.getByRole('option', { selected: true }).getAttribute('id');
    expect(await field.getAttribute('aria-activedescendant')).toBe(await chosen());
    await page.keyboard.press('ArrowDown');
    expect(await field.getAttribute('aria-activedescendant')).toBe(await chosen());
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('speaks German, to the page’s language attribute', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').waitFor();
    await page.keyboard.type('Deutsch');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('navigation', { name: 'Ansichten' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').waitFor();
    await page.keyboard.type('English');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('navigation', { name: 'Screens' }).waitFor();
  });

  it('finds help by the code of an error, in the language of the window', async () => {
    await activate(rail('Help'));
    await typeInto(page.getByLabel('Search the help'), 'link.port-busy');
    await page.getByText('Topics found: 1').waitFor();
    await page.getByRole('heading', { name: 'link.port-busy' }).waitFor();
    await typeInto(page.getByLabel('Search the help'), 'link.');
    await page.getByRole('heading', { name: 'The serial connection' }).waitFor();
  });

  it.skipIf(findTool('arm-gcc') === null || findTool('qemu') === null)(
    'builds a model, runs it on a virtual board, and shows its memory and its layers',
    async () => {
      await activate(rail('Build'));
      await typeInto(page.getByLabel('Model (.tflite, .onnx)', { exact: true }), tinyClassifier(folder));
      await activate(page.getByRole('button', { name: 'Build, flash and measure' }));
      const memory = page.getByRole('region', { name: 'Memory over time' }).first();
      await memory.waitFor({ timeout: 50_000 });
      expect(await accessibilityProblems(page)).toEqual([]);
      await activate(page.getByRole('tab', { name: 'Layers' }));
      const layers = page.getByRole('region', { name: 'Time per layer' }).first();
      await layers.getByRole('radio', { name: 'Chart' }).press('ArrowRight');
      // Mean, fully connected, softmax, below the head of the table.
      expect(await layers.getByRole('row').count()).toBe(4);
      expect(await layers.getByRole('columnheader', { name: 'Error of the prediction' }).count()).toBe(1);
      expect(await accessibilityProblems(page)).toEqual([]);
      const steps = page.getByRole('region', { name: 'Steps' });
      await steps.getByRole('button', { name: /steps in/ }).press('Enter');
      for (const stage of ['compile', 'link', 'flash', 'verify', 'hello'])
        expect(await steps.getByText(stage, { exact: false }).count()).toBeGreaterThan(0);

      await activate(page.getByRole('tab', { name: 'Generated C' }));
      const layer = page.getByRole('combobox', { name: 'Layer', exact: true });
      await typeInto(layer, 'fully');
      // The list comes in a later turn than the letters: an arrow before it is there moves nothing.
      await page.getByRole('option', { name: /fully_connected_1/ }).waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      const code = page.getByRole('region', { name: 'model_kernels.c' });
      await code.locator('[data-marked]').first().waitFor();
      await activate(page.getByRole('button', { name: /in model\.c$/ }));
      const driver = page.getByRole('region', { name: 'model.c' });
      await driver.focus();
      for (const key of ['ArrowUp', 'ArrowUp', 'Enter']) await page.keyboard.press(key);
      await page.getByText('This line belongs to mean_0.').waitFor();
      await expect.poll(() => layer.inputValue()).toBe('0 mean_0');
      for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
      await page.getByText('This line belongs to fully_connected_1.').waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);

      await activate(page.getByRole('tab', { name: 'Graph' }));
      await page.getByRole('radio', { name: 'Time' }).press('ArrowRight');
      await page.getByRole('radio', { name: 'Memory' }).press('ArrowRight');
      await page.getByText(/^most: .*%$/).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.getByLabel(/^0 mean/).press('Enter');
      await page.getByRole('tab', { name: 'Generated C' }).press('Enter');
      await expect.poll(() => layer.inputValue()).toBe('0 mean_0');
    },
  );

  it('logged no error and asked nothing of any other machine', () => {
    expect(misdeeds).toEqual({ errors: [], foreign: [] });
  });
});
