import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFigures, type RunRecord } from '../../main/contract/index.ts';
import { startServer, type RunningServer } from '../../main/server/index.ts';
import { newRecord, RunFolder } from '../../main/store/index.ts';
import { Studio } from '../../main/studio/index.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import {
  accessibilityProblems,
  activate,
  buildWindow,
  openWindow,
  startBrowser,
  typeInto,
  type OpenWindow,
} from './browser.ts';

const chromium = findTool('chromium');

/** Finished runs, each slower and larger than the one before. */
function fill(workspace: string, count = 60): void {
  for (let at = 0; at < count; at++) {
    const boardId = at % 2 === 0 ? 'virtual-stm32f405' : 'nucleo-f446re';
    const params = { kind: 'profile', plan: at % 2 === 0 ? 'auto' : 'stream' };
    const record: RunRecord = {
      ...newRecord({ kind: 'profile', title: `Trial ${at}`, params, boardId, model: 'kws' }, 1.7e12 + 60_000 * at),
      id: `profile-${String(at).padStart(3, '0')}`,
      state: 'done',
      figures: { ...noFigures, latencyMs: 10 + at, latencyEstimated: at % 2 === 0, sramBytes: 1024 * (1 + at) },
    };
    mkdirSync(join(workspace, 'runs', record.id), { recursive: true });
    writeFileSync(join(workspace, 'runs', record.id, 'run.json'), JSON.stringify({ format: 1, ...record }));
  }
}

/** The Runs screen: found, sorted, compared, renamed, removed, taken away, beside what others have published. */
describe.skipIf(chromium === null)('the runs in the window', () => {
  let folder: string;
  let studio: Studio;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;

  const show = async (): Promise<void> => {
    await page.goto(server.url);
    await activate(page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: 'Runs' }));
    await page.getByRole('heading', { name: 'Runs (60)' }).waitFor();
    await row(1).waitFor();
  };
  const table = () => page.getByRole('table', { name: 'Runs' });
  /** The first is the table's head. */
  const row = (index: number) => table().getByRole('row').nth(index);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcunet-runs-'));
    fill(join(folder, 'workspace'));
    await buildWindow(join(folder, 'page'));
    studio = new Studio(join(folder, 'workspace'));
    server = await startServer({ handlers: studio.handlers, pageFolder: join(folder, 'page'), port: 0 });
    browser = await startBrowser(chromium?.path ?? '');
    page = await browser.newPage({ locale: 'en-GB', reducedMotion: 'reduce', viewport: { width: 1280, height: 800 } });
    await show();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await studio.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows the newest first, and sorts by what its head is asked for, by keyboard alone', async () => {
    await row(1).getByText('Trial 59', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Sort by Latency' }).focus();
    await page.keyboard.press('Enter');
    await row(1).getByText('Trial 59', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await row(1).getByText('Trial 0', { exact: true }).waitFor();
    expect(await table().getByRole('columnheader', { name: 'Sort by Latency' }).getAttribute('aria-sort')).toBe(
      'ascending',
    );
  });

  it('finds runs by words, and says when there is none', async () => {
    const filter = page.getByLabel('Filter by name');
    await typeInto(filter, 'trial 17');
    await page.getByRole('heading', { name: 'Runs (1)' }).waitFor();
    await typeInto(filter, 'nothing of the kind');
    await page.getByText('No run has this in its name.').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await typeInto(filter, '');
    await page.getByRole('heading', { name: 'Runs (60)' }).waitFor();
  });

  it('remembers its columns and its order', async () => {
    await activate(page.getByRole('button', { name: 'Columns' }));
    await page.getByRole('checkbox', { name: 'Model' }).press('Space');
    await page.getByRole('checkbox', { name: 'Flash' }).press('Space');
    await page.keyboard.press('Escape');
    await show();
    const names = await table().getByRole('columnheader').allInnerTexts();
    expect(names.map((name) => name.replace(/\s*[▾▴]$/, ''))).toEqual(
      expect.arrayContaining(['Model', 'Latency', 'Begun']),
    );
    expect(names.join()).not.toContain('Flash');
    await row(1).getByText('Trial 0', { exact: true }).waitFor();
  });

  it('compares two by what differs, and by nothing else', async () => {
    await page.getByRole('checkbox', { name: 'Select Trial 0', exact: true }).press('Space');
    await page.getByRole('checkbox', { name: 'Select Trial 1', exact: true }).press('Space');
    const comparison = page.getByRole('table', { name: 'What differs' });
    await comparison.getByRole('row', { name: /^plan/ }).waitFor();
    const names = await comparison.getByRole('rowheader').allInnerTexts();
    expect(names).toEqual(['Board', 'Latency', 'SRAM', 'plan']);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('gives the selected runs away, or all that the filter leaves', async () => {
    const saved = async (format: string): Promise<string> => {
      const button = page.getByRole('button', { name: `Save as ${format}` });
      const [download] = await Promise.all([page.waitForEvent('download'), activate(button)]);
      return readFileSync(await download.path(), 'utf8');
    };
    expect((await saved('CSV')).trimEnd().split('\r\n')).toHaveLength(3);
    expect(await saved('Markdown')).toContain('| Trial 0 |');
    await activate(page.getByRole('button', { name: 'Clear the selection' }));
    expect((JSON.parse(await saved('JSON')) as { rows: unknown[] }).rows).toHaveLength(60);
    expect(await saved('HTML')).toContain('<h1>Runs of MCUNet Studio</h1>');
  });

  it('sets published figures below the runs, and calls them so', async () => {
    await page.getByRole('switch', { name: 'Published figures' }).press('Space');
    await typeInto(page.getByLabel('Filter by name'), 'x-cube-ai 9 kws');
    const published = row(1);
    await published.getByText('mlperf-kws-dscnn, X-CUBE-AI 9.0').waitFor();
    expect(await published.innerText()).toContain('published');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('switch', { name: 'Published figures' }).press('Space');
    await typeInto(page.getByLabel('Filter by name'), '');
  });

  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const select = (name: string) => page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).press('Space');
  const dialog = (name: string) => page.getByRole('dialog', { name });

  it('gives a run another name', async () => {
    await select('Trial 0');
    await activate(button('Rename'));
    const name = dialog('Rename a run').getByLabel('Name of the run');
    await name.and(page.locator(':focus')).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await typeInto(name, '  The first of all ');
    await page.keyboard.press('Enter');
    await dialog('Rename a run').waitFor({ state: 'detached' });
    await row(1).getByText('The first of all', { exact: true }).waitFor();
    await page.getByRole('checkbox', { name: 'Select The first of all', exact: true, checked: true }).waitFor();
  });

  it('removes runs, and says first what is lost with them', async () => {
    await select('Trial 1');
    await activate(button('Remove'));
    const question = dialog('Remove');
    await question.getByText('Remove 2 runs?').waitFor();
    await question.getByText('The first of all').waitFor();
    await question.getByText(/^What is lost: .* in all 0 B/).waitFor();
    // Who presses Enter without reading loses nothing.
    await question.getByRole('button', { name: 'Keep' }).and(page.locator(':focus')).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await question.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Runs (60)' }).waitFor();
    await activate(button('Remove'));
    await activate(question.getByRole('button', { name: 'Remove for good' }));
    await question.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Runs (58)' }).waitFor();
    const left = readdirSync(join(folder, 'workspace', 'runs'));
    expect(left).toHaveLength(58);
    expect(left).not.toContain('profile-000');
  });

  it('keeps a run that is being done, and says why', async () => {
    const held = RunFolder.open(join(folder, 'workspace', 'runs', 'profile-002'));
    held.update({ state: 'running' });
    await select('Trial 2');
    await activate(button('Remove'));
    await dialog('Remove')
      .getByText(/^“Trial 2” is being done or waits for its turn/)
      .waitFor();
    expect(await dialog('Remove').getByRole('button', { name: 'Remove for good' }).isDisabled()).toBe(true);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await activate(button('Rename'));
    await typeInto(dialog('Rename a run').getByLabel('Name of the run'), 'mine');
    await page.keyboard.press('Enter');
    await dialog('Rename a run').getByText('store.in-use').waitFor();
    await page.keyboard.press('Escape');
    held.update({ state: 'done' });
    held.close();
    await activate(button('Clear the selection'));
  });

  it('renames and removes a run from where it is shown, and leads back to the others', async () => {
    await activate(row(1).getByRole('button', { name: 'Trial 2', exact: true }));
    await activate(button('Rename'));
    await typeInto(dialog('Rename a run').getByLabel('Name of the run'), 'Once more');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Once more' }).waitFor();
    await activate(button('Remove'));
    await activate(dialog('Remove').getByRole('button', { name: 'Remove for good' }));
    await page.getByRole('heading', { name: 'Runs (57)' }).waitFor();
    expect(readdirSync(join(folder, 'workspace', 'runs'))).toHaveLength(57);
  });
});

describe.skipIf(chromium === null)('more runs than are asked for at a time', () => {
  let open: OpenWindow;
  beforeAll(async () => {
    open = await openWindow(chromium?.path ?? '');
    fill(join(open.folder, 'workspace'), 450);
    await activate(open.page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: 'Runs' }));
    await open.page.getByRole('heading', { name: 'Runs (450)' }).waitFor();
  });
  afterAll(() => open.close());

  it('stay in view while one of them changes, far down in the list, too', async () => {
    const { page, studio } = open;
    const table = page.getByRole('table', { name: 'Runs' });
    const named = (title: string) => table.getByText(title, { exact: true });
    await named('Trial 449').waitFor();
    // Row 300, in the middle of the second page.
    await page.evaluate("document.querySelector('[role=table]').scrollTo(0, 300 * 36)");
    await named('Trial 145').waitFor();
    await page.evaluate(`{
      window.blankRows = 0;
      new MutationObserver(() => {
        const rows = [...document.querySelectorAll('[role=table] [role=row]')];
        window.blankRows += rows.filter(({ children }) => children.length < 2).length;
      }).observe(document.querySelector('[role=table]'), { childList: true, subtree: true });
    }`);
    const call = { signal: new AbortController().signal, onProgress: () => undefined };
    await studio.handlers.calls['runs.rename']({ id: 'profile-145', title: 'Another name' }, call);
    await named('Another name').waitFor();
    await named('Trial 144').waitFor();
    expect(await page.evaluate('window.blankRows')).toBe(0);
  });
});
