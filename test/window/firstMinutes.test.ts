import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JobParams } from '../../main/contract/index.ts';
import { doJob, type DoJob } from '../../main/studio/index.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { tinySpace } from '../support/tinySearch.ts';
import { accessibilityProblems, activate, openWindow, typeInto, type OpenWindow } from './browser.ts';

/**
 * The first ten minutes of a user, from the demo to the report, by keyboard alone: in a real browser, with the real
 * service and a real virtual board. Only the jobs are given less to do than a user's.
 */
const chromium = findTool('chromium');
const hasBoard = findTool('arm-gcc') !== null && findTool('qemu') !== null;

/** A few seconds where the machine is idle. */
const patienceMs = 300_000;

const little = 'generated:road-signs?size=32&train=160&validation=32&test=16';
const spaceFile = join(mkdtempSync(join(tmpdir(), 'mcunet-space-')), 'space.json');
const quick = (params: JobParams): JobParams => {
  switch (params.kind) {
    case 'demo':
      return { ...params, dataset: little, minutes: 0.02, evaluateLimit: 8 };
    case 'train':
      return { ...params, minutes: 0.02, dataset: little, evaluateLimit: 8 };
    case 'search':
      return { ...params, dataset: little, evaluateLimit: 8, space: spaceFile, workers: 1 };
    default:
      return params;
  }
};
const work: DoJob = (params, trip) => doJob(quick(params), trip);

describe.skipIf(chromium === null || !hasBoard)('the first ten minutes', () => {
  let open: OpenWindow;
  beforeAll(async () => {
    const space = { ...tinySpace, input: { height: 32, width: 32, channels: 3 }, classes: 16 };
    writeFileSync(spaceFile, JSON.stringify(space));
    open = await openWindow(chromium?.path ?? '', work);
  });
  afterAll(async () => {
    await open.close();
    rmSync(dirname(spaceFile), { recursive: true });
  });

  const button = (name: string | RegExp) => open.page.getByRole('button', { name, exact: true });
  const press = async (name: string | RegExp): Promise<void> => {
    const target = button(name).first();
    await target.waitFor({ timeout: patienceMs });
    await activate(target);
  };
  const goTo = (screen: string): Promise<void> =>
    activate(open.page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: screen }));
  const done = () => open.page.locator('main').getByText('done', { exact: true }).first();
  const figure = (name: string) => open.page.locator('main').getByText(name, { exact: true }).first().locator('..');
  const clean = async (): Promise<void> => expect(await accessibilityProblems(open.page)).toEqual([]);

  it(
    'runs the demo and shows what the network learnt, what int8 costs and what the board said',
    async () => {
      const { page } = open;
      await press('Start the demo');
      await page.getByRole('status', { name: 'Running job' }).waitFor();
      await done().waitFor({ timeout: patienceMs });
      await page.getByRole('region', { name: 'What int8 costs' }).waitFor();
      await page.getByRole('region', { name: 'Learning curve' }).waitFor();
      await page.getByRole('region', { name: 'Confusion matrix' }).waitFor();
      expect(await figure('Accuracy on the board').textContent()).toMatch(/\d %|\d%/);
      await clean();
    },
    patienceMs + 20_000,
  );

  it('shows in the top bar what of the board that takes', async () => {
    const budget = open.page.getByRole('group', { name: 'Budget' });
    for (const name of ['SRAM', 'Flash'])
      expect(await budget.getByRole('meter', { name }).getAttribute('aria-valuetext')).toMatch(/KB of .*[KM]B/);
    expect(await budget.getByRole('meter', { name: 'Latency' }).getAttribute('aria-valuetext')).toMatch(/ms$/);
  });

  it(
    'searches a network within limits, and says what it promised and what was measured',
    async () => {
      const { page } = open;
      await goTo('Search');
      await typeInto(page.getByLabel('Minutes', { exact: true }), '0.1');
      await press('Search, train and measure');
      await done().waitFor({ timeout: patienceMs });
      await page.getByText('Promised by the search').waitFor();
      await clean();
    },
    patienceMs + 20_000,
  );

  it(
    'trains, with curve and time left',
    async () => {
      const { page } = open;
      await goTo('Train');
      await typeInto(page.getByLabel('Minutes', { exact: true }), '0.1');
      await press('Train, build and measure');
      await page
        .getByRole('status', { name: 'Running job' })
        .getByText(/% .* left|%/)
        .waitFor();
      await done().waitFor({ timeout: patienceMs });
      await clean();
    },
    patienceMs + 20_000,
  );

  it(
    'builds, flashes and measures a model of one’s own',
    async () => {
      const { page } = open;
      const { runs } = await open.studio.handlers.calls['runs.list'](
        { kinds: ['train'] },
        { signal: new AbortController().signal, onProgress: () => undefined },
      );
      await goTo('Build');
      const model = join(open.folder, 'workspace', 'runs', runs[0].id, 'quantized.tflite');
      await typeInto(page.getByLabel('Model (.tflite, .onnx)', { exact: true }), model);
      await press(/^Build, flash and measure/);
      await page.getByRole('region', { name: 'Memory over time' }).first().waitFor({ timeout: patienceMs });
      await clean();
    },
    patienceMs + 20_000,
  );

  it(
    'shows the board samples of the demo’s test split, live',
    async () => {
      const { page } = open;
      await goTo('Board');
      await press('Start the live view');
      await press('Files');
      // What was built last had no dataset: its classes have no names, and only files can be shown.
      expect(await button('Test samples').count()).toBe(0);
      await press('Stop the live view');
      await page
        .getByRole('combobox', { name: 'What the board runs' })
        .or(page.getByLabel('What the board runs'))
        .first()
        .focus();
      // The list opens at the run that is chosen, the newest; the demo is the oldest.
      await page.keyboard.press('ArrowDown');
      await page.getByRole('option', { name: /^Demo/ }).waitFor();
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Enter');
      await press('Start the live view');
      await press('Test samples');
      await page.getByText(/^\d+ of 16 right$/).waitFor({ timeout: patienceMs });
      await clean();
      await press('Stop the live view');
    },
    patienceMs + 20_000,
  );

  it('saves the report, one file with everything in it', async () => {
    const { page } = open;
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').waitFor();
    await page.keyboard.type('open the run: demo');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const [download] = await Promise.all([page.waitForEvent('download'), press('Save the report')]);
    const html = readFileSync(await download.path(), 'utf8');
    expect(html).toContain('<!doctype html>');
    expect(html).not.toMatch(/src="https?:/);
  });

  it(
    'packs all of it into a project file, and opens that',
    async () => {
      const { page } = open;
      await press(/^Workspace/);
      await page.getByRole('menuitem', { name: 'Open a project file' }).and(page.locator(':focus')).waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      const file = join(open.folder, 'mein Projekt.mcunet');
      await typeInto(page.getByLabel('File (.mcunet)'), file);
      await press('Pack');
      await page
        .getByRole('dialog')
        .getByText(/: 4 runs/)
        .waitFor({ timeout: patienceMs });
      await clean();
      await page.keyboard.press('Escape');
      await goTo('Home');
      await press('Open a project file');
      await page.getByRole('dialog').waitFor();
      await clean();
      await page.keyboard.press('Escape');
    },
    patienceMs,
  );

  it('opens a run by a link to it', async () => {
    const { runs } = await open.studio.handlers.calls['runs.list'](
      { kinds: ['search'] },
      { signal: new AbortController().signal, onProgress: () => undefined },
    );
    // A page of its own: the same address with another fragment would not load anew.
    const other = await open.another();
    await other.goto(`${open.url}&run=${runs[0].id}`);
    await other.getByRole('heading', { name: runs[0].title }).waitFor();
    expect(other.url()).not.toContain('token');
    await other.close();
  });

  it('explains an error where it is shown', async () => {
    const { page } = open;
    await goTo('Build');
    await typeInto(page.getByLabel('Model (.tflite, .onnx)', { exact: true }), '/nowhere/model.tflite');
    await page.getByText('model.not-found').first().waitFor();
    await press('What this means');
    await expect.poll(() => page.getByLabel('Search the help').inputValue()).toBe('model.not-found');
    await vi.waitFor(async () => expect(await page.locator('main h4').count()).toBeGreaterThan(0));
    await clean();
  });

  it('logged no error and asked nothing of any other machine', () => {
    expect(open.misdeeds).toEqual({ errors: [], foreign: [] });
  });
});
