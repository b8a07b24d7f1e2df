import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Candidate, Report, RunRecord } from '../../main/contract/index.ts';
import { startServer, type RunningServer } from '../../main/server/index.ts';
import { newRecord } from '../../main/store/index.ts';
import { Studio } from '../../main/studio/index.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { reportFixture } from '../studio/reportFixture.ts';
import { accessibilityProblems, buildWindow, startBrowser } from './browser.ts';

const chromium = findTool('chromium');

/** Faster networks that need more SRAM stand on the front beside slower ones: by latency alone it goes up and down. */
const front: readonly Candidate[] = [
  [5, 0.8],
  [10, 0.7],
  [20, 0.9],
  [30, 0.85],
  [40, 0.95],
].map(([latencyMs = 0, accuracy = 0], at) => ({
  key: `network-${at}`,
  latencyMs,
  accuracy,
  sramBytes: 50_000 - 8000 * at,
  flashBytes: 100_000,
  energyMicrojoules: null,
  inputMode: 'whole' as const,
  onFront: true,
}));

function searchReport(): Report {
  const [promised] = front.slice(2);
  if (promised === undefined) throw new Error('the front is empty');
  const space = (name: string, at: number) => ({
    name,
    sampled: 1000,
    fitting: 250 * at,
    meanFlops: 2e6 * at,
    macsDeciles: Array.from({ length: 9 }, (_, decile) => 2e5 * at * (decile + 1)),
  });
  return {
    ...reportFixture(),
    search: {
      spaces: ['r48-w0.5', 'r64-w0.5', 'r64-w0.7'].map((name, at) => space(name, at + 1)),
      chosenSpace: 'r64-w0.7',
      limits: { sramBytes: 60_000, flashBytes: 200_000, latencyMs: 35, energyMicrojoules: null },
      latency: { kind: 'estimated', detail: 'The planner estimates it.' },
      boards: [],
      supernetSteps: 400,
      judged: 120,
      generations: 6,
      front: [...front],
      recommended: { key: promised.key, reason: 'It is the most accurate within every limit.' },
      promised,
    },
  };
}

function writeRun(workspace: string): void {
  const record: RunRecord = {
    ...newRecord({ kind: 'search', title: 'Search on road signs', params: { kind: 'search' } }, 1.7e12),
    id: 'search-001',
    state: 'done',
  };
  const folder = join(workspace, 'runs', record.id);
  const report = JSON.stringify({ ...searchReport(), runId: record.id });
  const sha256 = createHash('sha256').update(report).digest('hex');
  const artefact = { name: 'report.json', file: 'report.json', bytes: report.length, sha256, step: 'report' };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'report.json'), report);
  writeFileSync(join(folder, 'run.json'), JSON.stringify({ format: 1, ...record, artefacts: [artefact] }));
}

/** What a search found: its front with a limit to move, its reason, and the spaces it chose among. */
describe.skipIf(chromium === null)('a finished search in the window', () => {
  let folder: string;
  let studio: Studio;
  let server: RunningServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcunet-search-'));
    writeRun(join(folder, 'workspace'));
    await buildWindow(join(folder, 'page'));
    studio = new Studio(join(folder, 'workspace'));
    server = await startServer({ handlers: studio.handlers, pageFolder: join(folder, 'page'), port: 0 });
    browser = await startBrowser(chromium?.path ?? '');
    page = await browser.newPage({ locale: 'en-GB', reducedMotion: 'reduce', viewport: { width: 1280, height: 900 } });
    await page.goto(server.url);
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: 'Runs' }).click();
    await page.getByRole('button', { name: 'Search on road signs' }).click();
    await page.getByText('It is the most accurate within every limit.').waitFor();
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
    await spaces.getByText('Table', { exact: true }).click();
    expect(await spaces.getByRole('row').count()).toBe(4);
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});
