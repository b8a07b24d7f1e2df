import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stages, type StepRecord } from '../../main/contract/index.ts';
import { startServer, type RunningServer } from '../../main/server/index.ts';
import { Studio } from '../../main/studio/index.ts';
import { steps } from '../../main/studio/pipeline/stepTitles.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { reportFixture } from '../studio/reportFixture.ts';
import { explained } from '../../renderer/help/explained.ts';
import { accessibilityProblems, buildWindow, startBrowser } from './browser.ts';
import { searchReport } from './searchReport.ts';
import { writeRun } from './writtenRuns.ts';

/**
 * Every screen with something on it, every tab, drawer, menu and dialog, judged by axe-core in both languages and both
 * colour schemes, at the smallest size and at the largest. Everything is opened by keyboard.
 */
const chromium = findTool('chromium');

/** What a language and what a scheme breaks is found in either pair that holds it: labels in the one, colours in the other. */
const views = [
  ['de-DE', 'dark', { width: 1024, height: 640 }],
  ['en-GB', 'light', { width: 3840, height: 2160 }],
] as const;

const error = { code: 'model.not-found', message: 'There is no x.tflite.', remedy: 'Choose one.', details: { at: 1 } };

/** What is called the same in every language. */
const names = new Set(['QEMU', 'OpenOCD', 'Chromium']);

/** Every step that a run can have, as it is recorded, each with stages. */
const doneSteps: StepRecord[] = Object.values(steps).map(({ name, title }) => ({
  ...{ name, title, state: 'done', inputHash: null, startedAt: 0, finishedAt: 5, reused: false, note: null },
  stages: stages.slice(0, 2).map((stage) => ({ name: stage, startedAt: 0, finishedAt: 5 })),
}));

/** The screens by their place in the rail: their names are another in each language. */
const screens = ['home', 'data', 'search', 'train', 'build', 'board', 'lab', 'runs', 'help'] as const;
type Screen = (typeof screens)[number];

describe.skipIf(chromium === null).each(views)('the window in %s, %s', (locale, colorScheme, viewport) => {
  let folder: string;
  let studio: Studio;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcunet-languages-'));
    const workspace = join(folder, 'workspace');
    const board = { boardId: 'virtual-stm32f405', dataset: 'generated:road-signs' };
    writeRun(workspace, { id: 'search-1', kind: 'search', title: 'Road signs, searched', ...board }, searchReport());
    writeRun(workspace, { id: 'train-1', kind: 'train', title: 'Road signs, trained', ...board }, reportFixture());
    writeRun(
      workspace,
      { id: 'profile-1', kind: 'profile', title: 'Road signs, built', steps: doneSteps, ...board },
      reportFixture(),
    );
    writeRun(workspace, { id: 'build-1', kind: 'build', title: 'A failed build', state: 'failed', error });
    await buildWindow(join(folder, 'page'));
    studio = new Studio(workspace);
    server = await startServer({ handlers: studio.handlers, pageFolder: join(folder, 'page'), port: 0 });
    browser = await startBrowser(chromium?.path ?? '');
    page = await browser.newPage({ locale, colorScheme, viewport, reducedMotion: 'reduce' });
    await page.goto(server.url);
    await page.locator('header [aria-label^="Board"]').first().waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await studio.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const main = () => page.locator('main');
  const goTo = async (screen: Screen): Promise<void> => {
    await page.getByRole('navigation').first().getByRole('button').nth(screens.indexOf(screen)).focus();
    await page.keyboard.press('Enter');
    await main().getByRole('heading', { level: 2 }).first().waitFor();
  };
  const settled = () =>
    main()
      .getByText(/^(Loading|Lädt)$/)
      .first()
      .waitFor({ state: 'detached' });
  const clean = async (): Promise<void> => {
    await settled();
    expect(await accessibilityProblems(page)).toEqual([]);
    // Nothing is cut off at the side, whatever the size: a page that scrolls sideways has lost something.
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  };
  const openRun = async (screen: Screen, title: string): Promise<void> => {
    await goTo(screen);
    await main().getByRole('button', { name: title }).press('Enter');
    await main().getByRole('heading', { name: title }).waitFor();
  };
  /** Each tab of a list by the arrow keys, judged. */
  const everyTab = async (): Promise<void> => {
    const tabs = main().getByRole('tab');
    await tabs.first().focus();
    for (let at = 0; at < (await tabs.count()); at++) {
      if (at > 0) await page.keyboard.press('ArrowRight');
      await expect.poll(() => tabs.nth(at).getAttribute('aria-selected')).toBe('true');
      await clean();
      await tabs.nth(at).focus();
    }
  };

  it('has no barrier on what a search found', async () => {
    await openRun('search', 'Road signs, searched');
    await main().getByRole('slider').last().waitFor();
    await clean();
    for (const radio of await main().getByRole('radio').all()) await radio.press('ArrowRight');
    await clean();
  });

  it('has none on what was trained', async () => {
    await openRun('train', 'Road signs, trained');
    await clean();
  });

  it('has none on any tab of what was built', async () => {
    await openRun('build', 'Road signs, built');
    await main().getByRole('tab').first().waitFor();
    await everyTab();
  });

  it('has none on a run that failed', async () => {
    await openRun('build', 'A failed build');
    const { cause, remedy, original } = explained(error, locale === 'de-DE' ? 'de' : 'en');
    for (const said of [cause, remedy, original ?? ''].filter((each) => each !== ''))
      await main().getByRole('alert').getByText(said, { exact: true }).waitFor();
    await clean();
  });

  it('has none on the board’s tabs', async () => {
    await goTo('board');
    await everyTab();
  });

  it('has none on the runs, compared', async () => {
    await goTo('runs');
    const boxes = main().getByRole('table').getByRole('checkbox');
    await boxes.nth(1).press('Space');
    await boxes.nth(2).press('Space');
    await clean();
    await main()
      .getByRole('button', { name: /^(Remove|Entfernen)$/ })
      .press('Enter');
    await page.getByRole('dialog').getByRole('listitem').first().waitFor();
    await clean();
    await page.keyboard.press('Escape');
  });

  it('has none in a list of choices that is open', async () => {
    for (const screen of ['data', 'search', 'train', 'build', 'board', 'lab', 'runs'] as const) {
      await goTo(screen);
      await settled();
      for (const field of await main().locator('input[aria-haspopup=listbox]:visible').all()) {
        await field.press('ArrowDown');
        await page.getByRole('option').first().waitFor();
        await clean();
        await field.press('Escape');
        await page.getByRole('option').first().waitFor({ state: 'hidden' });
      }
    }
    const columns = main().locator('button[aria-haspopup=dialog]');
    await columns.press('Enter');
    await page.getByRole('dialog').getByRole('checkbox').first().waitFor();
    await clean();
    await page.keyboard.press('Escape');
  });

  it('has none with every option unfolded', async () => {
    for (const screen of ['search', 'train', 'build'] as const) {
      await goTo(screen);
      const folded = main().locator('button[aria-expanded=false]');
      while ((await folded.count()) > 0) await folded.first().press('Enter');
      await clean();
    }
  });

  it('has none in the drawer, the menus and the dialogs', async () => {
    await goTo('home');
    const tabs = page.locator('footer').getByRole('tab');
    for (let at = 0; at < 3; at++) {
      await tabs.nth(at).press('Enter');
      await clean();
    }
    await page.locator('footer button[aria-expanded=true]').press('Enter');
    for (const opener of await page.locator('header button[aria-haspopup=menu]').all()) {
      await opener.press('Enter');
      await page.getByRole('menuitem').first().waitFor();
      await clean();
      await page.keyboard.press('Escape');
    }
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    await clean();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    for (const card of [2, 4]) {
      await main().getByRole('button').nth(card).press('Enter');
      await page.getByRole('dialog').getByRole('listitem').first().waitFor();
      await clean();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  });

  it.runIf(locale === 'de-DE')('says in its own language what the service tells in another', async () => {
    await openRun('build', 'Road signs, built');
    const folded = main().getByRole('button', { name: /Schritte in/ });
    await folded.press('Enter');
    const done = await main().getByRole('region', { name: 'Schritte' }).innerText();
    expect(done).toContain('Speicher planen und C erzeugen');
    for (const { title } of doneSteps) expect(done).not.toContain(title);
    for (const stage of stages) expect(done).not.toContain(stage);

    await openRun('search', 'Road signs, searched');
    const recommended = main().getByRole('region', { name: 'Empfohlen' });
    await recommended.getByText('Ihm fehlen nur 5 Punkte').waitFor();
    const { search } = searchReport();
    const found = await recommended.innerText();
    for (const sentence of [search?.recommended.reason, search?.latency.detail]) expect(found).not.toContain(sentence);
    const boards = await main().getByRole('region', { name: 'Boards und ihre Netze' }).innerText();
    expect(boards).toContain('Es wurde für NUCLEO-F401RE gefunden, hält auch hier jede Grenze ein');

    await goTo('board');
    await main().getByRole('tab').last().press('Enter');
    const computer = main().getByRole('region', { name: 'Dieser Rechner' });
    await computer.getByText('ARM-Compiler').waitFor();
    // The service's own words are marked as such.
    const originals = await computer.locator('[lang=en]').allInnerTexts();
    const said = originals.reduce((text, original) => text.replace(original, ''), await computer.innerText());
    const call = { signal: new AbortController().signal, onProgress: () => undefined };
    for (const { detail, remedy, title } of await studio.handlers.calls['doctor.check']({}, call)) {
      expect(said).not.toContain(detail);
      if (remedy !== null) expect(said).not.toContain(remedy);
      if (!names.has(title)) expect(said).not.toContain(title);
    }
  });

  it('shows every way to begin without scrolling', async () => {
    await goTo('home');
    const last = await main().getByRole('button').last().boundingBox();
    const footer = await page.locator('footer').boundingBox();
    expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThanOrEqual(footer?.y ?? 0);
  });
});
