import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cancelled,
  StudioError,
  type LabMatrix,
  type LongCall,
  type ProjectInfo,
  type StudioHandlers,
} from '../../main/contract/index.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { accessibilityProblems, activate, openWindow, typeInto, type OpenWindow } from './browser.ts';

const chromium = findTool('chromium');

const refusal = { code: 'store.disk-full', message: 'The disk is full.', remedy: 'Make room.', details: { free: 0 } };

const info: ProjectInfo = {
  ...{ name: 'A project', packedAt: 0, packedBy: '0.1.0', runs: [], references: [], settings: {} },
  ...{ files: 1, packedBytes: 1, unpackedBytes: 1 },
};
const matrix: LabMatrix = { format: 1, models: ['/a.tflite'], boards: [{ id: 'virtual-stm32f405' }] };
const project = { name: 'mine.mcunet', path: '/mine.mcunet', folder: false, bytes: 1 };

/** What fails, and what takes too long, is seen where it was asked for. */
describe.skipIf(chromium === null)('the window when something goes wrong', () => {
  let open: OpenWindow;
  /** What was cancelled of what never ends by itself. */
  const ended: string[] = [];
  const endless =
    (name: string) =>
    (_params: unknown, { signal, onProgress }: Required<LongCall>): Promise<never> => {
      onProgress({ stage: 'reading samples', done: 1, total: 4, remainingMs: 540_000 });
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          ended.push(name);
          reject(cancelled(name));
        }),
      );
    };
  const dressed = (handlers: StudioHandlers): StudioHandlers => ({
    ...handlers,
    calls: {
      ...handlers.calls,
      'jobs.start': () => Promise.reject(new StudioError(refusal)),
      'projects.pack': endless('pack'),
      'projects.inspect': async () => info,
      'projects.open': endless('open'),
      'datasets.inspect': endless('inspect'),
      'lab.preflight': endless('preflight'),
      'lab.read': async () => matrix,
      'files.list': async () => ({ folder: '/', parent: null, entries: [project] }),
    },
  });

  beforeAll(async () => {
    open = await openWindow(chromium?.path ?? '', undefined, dressed);
  });
  afterAll(() => open.close());

  const main = () => open.page.locator('main');
  const button = (name: string | RegExp): Locator => open.page.getByRole('button', { name, exact: true });
  const dialog = () => open.page.getByRole('dialog');
  const goTo = (screen: string): Promise<void> =>
    activate(open.page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: screen }));

  it('says on the screen why what was asked for was refused, until it is dismissed or left', async () => {
    await goTo('Train');
    const alert = main().getByRole('alert');
    for (const leave of [() => activate(alert.getByRole('button', { name: 'Dismiss' })), () => goTo('Search')]) {
      await activate(button('Train, build and measure'));
      await alert.getByText(refusal.message).waitFor();
      for (const said of [refusal.remedy, refusal.code]) expect(await alert.getByText(said).count()).toBe(1);
      for (const colorScheme of ['light', 'dark'] as const) {
        await open.page.emulateMedia({ colorScheme });
        expect(await accessibilityProblems(open.page)).toEqual([]);
      }
      await leave();
      await alert.waitFor({ state: 'detached' });
    }
    await open.page.locator('footer').getByRole('tab', { name: 'Problems (2)' }).waitFor();
  });

  it('stops packing a project when it is told to', async () => {
    await activate(button(/^Workspace/));
    await activate(open.page.getByRole('menuitem', { name: 'Pack all runs into a project file' }));
    await typeInto(open.page.getByLabel('File (.mcunet)'), join(open.folder, 'mine.mcunet'));
    await activate(button('Pack'));
    await dialog().getByRole('progressbar').waitFor();
    expect(await accessibilityProblems(open.page)).toEqual([]);
    await activate(dialog().getByRole('button', { name: 'Cancel' }));
    await expect.poll(() => ended).toContain('pack');
    await expect.poll(() => button('Pack').isEnabled()).toBe(true);
    await open.page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
  });

  it('stops opening a project when it is told to', async () => {
    await goTo('Home');
    await activate(button('Open a project file'));
    await activate(dialog().getByRole('button', { name: project.name }));
    await activate(button('Bring its runs into the workspace'));
    await dialog().getByRole('progressbar').waitFor();
    await activate(dialog().getByRole('button', { name: 'Cancel' }));
    await expect.poll(() => ended).toContain('open');
    await expect.poll(() => button('Bring its runs into the workspace').isEnabled()).toBe(true);
    await open.page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
  });

  it.each([
    ['Data', 'Look at it', 'inspect'],
    ['Lab', 'Check every cell', 'preflight'],
  ])('shows how long a look takes yet, and stops it: %s', async (screen, action, call) => {
    await goTo(screen);
    if (screen === 'Lab') await typeInto(main().getByLabel('Open a MATRIX.json', { exact: true }), '/MATRIX.json');
    for (const round of [1, 2]) {
      await activate(button(action));
      await main().getByText('read the samples: about 9 min').waitFor();
      await main().getByRole('progressbar', { name: 'Progress' }).waitFor();
      expect(await accessibilityProblems(open.page)).toEqual([]);
      await activate(main().getByRole('button', { name: 'Cancel', exact: true }));
      await expect.poll(() => ended.filter((name) => name === call).length).toBeGreaterThanOrEqual(round);
      await main().getByText('read the samples: about 9 min').waitFor({ state: 'detached' });
    }
  });

  it('asked nothing of any other machine and logged no error', () => {
    expect(open.misdeeds).toEqual({ errors: [], foreign: [] });
  });
});
