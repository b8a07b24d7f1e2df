import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StudioError, type BoardSummary, type StudioHandlers } from '../../main/contract/index.ts';
import { startServer, type RunningServer } from '../../main/server/index.ts';
import { Studio } from '../../main/studio/index.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { accessibilityProblems, buildWindow, startBrowser } from './browser.ts';

/** What every screen says while it waits, when it fails, when there is nothing yet, and when it may not. */
const chromium = findTool('chromium');

type Mood = 'as it is' | 'silent' | 'failing';

const failure = {
  code: 'files.unreadable',
  message: 'The folder /work cannot be read: EIO.',
  remedy: 'Look whether the disk is well.',
  details: { folder: '/somewhere', systemCode: 'EIO' },
};

/** A board behind a probe that this user may not open. */
const forbidden = {
  code: 'probe.no-permission',
  message: 'Your user may not open the ST-Link (usb 1-2).',
  remedy: 'Add the udev rule that `mcunet doctor` shows.',
  details: { looked: ['/dev/bus/usb/001/002', '/dev/ttyACM0'] },
};

/** Questions that the shell itself asks go through; without them there is no window. */
const shell: ReadonlySet<string> = new Set(['system.info', 'settings.get', 'settings.change']);

/** The service in a mood. */
function moody(handlers: StudioHandlers, mood: () => Mood): StudioHandlers {
  const calls = Object.entries(handlers.calls).map(([name, handler]) => [
    name,
    (...asked: never[]) => {
      if (shell.has(name) || mood() === 'as it is') return (handler as (...all: never[]) => unknown)(...asked);
      return mood() === 'silent' ? new Promise(() => undefined) : Promise.reject(new StudioError(failure));
    },
  ]);
  const boards: StudioHandlers['events']['boards'] = (_params, emit) => {
    void (handlers.calls['boards.list'] as () => Promise<BoardSummary[]>)().then((all) =>
      emit(
        all.map((board) =>
          board.id === 'nucleo-f446re'
            ? { ...board, connected: [{ selector: 'stlink:1', serialPath: null, problem: forbidden }] }
            : board,
        ),
      ),
    );
    return () => undefined;
  };
  return { calls: Object.fromEntries(calls) as StudioHandlers['calls'], events: { ...handlers.events, boards } };
}

describe.skipIf(chromium === null)('the states of every screen', () => {
  let folder: string;
  let studio: Studio;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  let mood: Mood = 'as it is';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcunet-states-'));
    await buildWindow(join(folder, 'page'));
    studio = new Studio(join(folder, 'workspace'));
    const handlers = moody(studio.handlers, () => mood);
    server = await startServer({ handlers, pageFolder: join(folder, 'page'), port: 0 });
    browser = await startBrowser(chromium?.path ?? '');
    page = await browser.newPage({ locale: 'en-GB', reducedMotion: 'reduce', viewport: { width: 1024, height: 640 } });
    await page.goto(server.url);
    await page.getByRole('button', { name: /^Board:.*virtual/ }).waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await studio.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const main = () => page.locator('main');
  const goTo = async (screen: string): Promise<void> => {
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: screen }).focus();
    await page.keyboard.press('Enter');
  };
  /** Every place that asks the service for something, and how one comes there by keyboard. */
  const asking: Readonly<Record<string, () => Promise<void>>> = {
    Data: async () => {
      await goTo('Data');
      await page.getByRole('button', { name: 'Look at it' }).press('Enter');
    },
    Search: () => goTo('Search'),
    Train: () => goTo('Train'),
    Build: () => goTo('Build'),
    'Board, live': () => goTo('Board'),
    'Board, measured': async () => {
      await goTo('Board');
      await page.getByRole('tab', { name: 'Measured' }).press('Enter');
    },
    'Board, computer': async () => {
      await goTo('Board');
      await page.getByRole('tab', { name: 'Board and computer' }).press('Enter');
    },
    Lab: () => goTo('Lab'),
    Runs: () => goTo('Runs'),
  };

  it.each(Object.keys(asking))('says that it waits, what failed, and tries again: %s', async (place) => {
    mood = 'silent';
    await goTo('Home');
    await asking[place]?.();
    await main().getByText('Loading', { exact: true }).first().waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);

    mood = 'failing';
    await goTo('Home');
    await asking[place]?.();
    const alert = main().getByRole('alert').first();
    await alert.getByText(failure.message).waitFor();
    for (const said of [failure.remedy, failure.code]) expect(await alert.getByText(said).count()).toBe(1);
    expect(await alert.getByRole('button', { name: 'Copy details' }).count()).toBe(1);
    await alert.getByRole('button', { name: 'What was tried' }).press('Enter');
    await alert.getByText('systemCode: EIO').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);

    mood = 'as it is';
    await alert.getByRole('button', { name: 'Try again' }).press('Enter');
    await main().getByText(failure.message).first().waitFor({ state: 'detached' });
  });

  it.each([
    ['Search', /^No network was searched yet/],
    ['Train', /^No network was trained yet/],
    ['Build', /^Nothing was built yet/],
    ['Board', /^Nothing was built for .* yet/],
    ['Lab', /^No session yet|^None yet|session/],
    ['Runs', 'No runs yet'],
  ])('says what will be there where there is nothing yet: %s', async (screen, text) => {
    await goTo(screen);
    await main().getByText(text).first().waitFor();
  });

  it('says where the user may not, on the chip and on the screen, and what helps', async () => {
    await page.getByRole('button', { name: /^Board:/ }).press('Enter');
    await page.getByRole('menuitem', { name: /^NUCLEO-F446RE/i }).press('Enter');
    await page.getByRole('button', { name: /^Board:.*blocked/ }).waitFor();
    await goTo('Board');
    const alert = main().getByRole('alert').first();
    await alert.getByText(forbidden.message).waitFor();
    await alert.getByRole('button', { name: 'What was tried' }).press('Enter');
    await alert.getByText(/ttyACM0/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await alert.getByRole('button', { name: 'What this means' }).press('Enter');
    await page.getByRole('heading', { name: forbidden.code }).waitFor();
  });

  it('says that the service is gone, and connects again', async () => {
    const { port } = server;
    await server.close();
    await main().getByRole('alert').first().waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await main().getByRole('button', { name: 'Connect again' }).press('Enter');
    await main().getByText('it has ended, or the address of this page lacks its token').waitFor();
    server = await startServer({ handlers: studio.handlers, pageFolder: join(folder, 'page'), port });
  });
});
