/**
 * `npm run bench:window`: how quickly the window answers, in Chromium through the service in a process of its own; the table
 * in docs/window.md is written by it. Frames are the distances between animation frames; input is the browser's Event
 * Timing: from the key or pointer to the next frame that was painted.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { noFigures, type RunRecord } from '../../main/contract/index.ts';
import { writeTflite } from '../../main/core/formats/index.ts';
import { ModelBuilder } from '../../main/core/graph/index.ts';
import { createRandom } from '../../main/core/random/index.ts';
import { newRecord } from '../../main/store/index.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { buildWindow, startBrowser } from '../window/browser.ts';
import { serveApart } from '../window/service.ts';

const RUNS = 10_000;
const OPERATORS = 500;

/** Runs as a busy year leaves them. */
function fillWorkspace(workspace: string): void {
  const random = createRandom(3);
  const models = ['kws-dscnn', 'resnet8', 'road-signs', 'vww-96', 'autoencoder'];
  const boards = ['virtual-stm32f405', 'nucleo-f446re', 'virtual-mps2-m4', 'nrf52840-dk'];
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)] as T;
  for (let at = 0; at < RUNS; at++) {
    const [model, boardId] = [pick(models), pick(boards)];
    const kind = pick(['build', 'profile', 'train'] as const);
    const title = `${kind} ${model} on ${boardId}, trial ${at}`;
    const record: RunRecord = {
      ...newRecord({ kind, title, params: { kind }, boardId, model }, 1.7e12 + 60_000 * at),
      id: `${kind}-bench-${String(at).padStart(6, '0')}`,
      state: 'done',
      figures: {
        ...noFigures,
        boardAccuracy: 0.5 + random.below(5000) / 10_000,
        latencyMs: 1 + random.below(300),
        latencyEstimated: true,
        sramBytes: 1000 + random.below(200_000),
        flashBytes: 10_000 + random.below(900_000),
      },
    };
    const folder = join(workspace, 'runs', record.id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'run.json'), JSON.stringify({ format: 1, ...record }));
  }
}

/** A chain of 1×1 convolutions with a shortcut over every two of them. */
function longModel(folder: string): string {
  const random = createRandom(5);
  const builder = new ModelBuilder();
  const channels = 4;
  let value = builder.input([1, 8, 8, channels], 1 / 32, 0);
  let shortcut = value;
  const noPadding = { top: 0, bottom: 0, left: 0, right: 0 };
  for (let at = 0; at < OPERATORS; at++) {
    const next = builder.activation([1, 8, 8, channels], 1 / 32, 0);
    const clamp = { min: -128, max: 127 };
    if (at % 3 === 2) {
      builder.add({ kind: 'add', inputs: [value, shortcut], outputs: [next], clamp });
      shortcut = next;
    } else {
      const weights = Int8Array.from({ length: channels * channels }, () => random.below(255) - 127);
      const kernel = builder.weights([channels, 1, 1, channels], weights, [1 / 128], 0);
      const strides = { strideH: 1, strideW: 1, dilationH: 1, dilationW: 1 };
      builder.add({ kind: 'conv2d', inputs: [value, kernel], outputs: [next], ...strides, padding: noPadding, clamp });
    }
    value = next;
  }
  const file = join(folder, 'long.tflite');
  writeFileSync(file, writeTflite(builder.build('long', [value])));
  return file;
}

/** Computing time of the page's own thread, in milliseconds: what it would take on a machine that nobody else uses. */
interface Busy {
  readonly longestTaskMs: number;
  readonly allMs: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** Traces the page's thread while something is done. */
async function busyDuring(page: Page, work: () => Promise<void>): Promise<Busy> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'disabled-by-default-devtools.timeline'] },
  });
  await work();
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  const main = events.find(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const tasks = events
    .filter(({ name, ph, tid, pid }) => name.endsWith('RunTask') && ph === 'X' && tid === main?.tid && pid === main.pid)
    .map(({ tdur = 0 }) => tdur / 1000);
  return { longestTaskMs: Math.max(0, ...tasks), allMs: tasks.reduce((sum, each) => sum + each, 0) };
}

interface Frames extends Busy {
  readonly count: number;
  readonly longestMs: number;
  readonly over50: number;
}

/** Counts the page's frames while something is done. As text for the debugger: the page's policy forbids other scripts. */
async function framesDuring(page: Page, work: () => Promise<void>): Promise<Frames> {
  await page.evaluate(`window.frames_ = []; window.counting_ = true; (function next(before) {
    requestAnimationFrame((now) => { if (before) window.frames_.push(now - before); if (window.counting_) next(now); });
  })(0);`);
  const busy = await busyDuring(page, work);
  const gaps: number[] = await page.evaluate('window.counting_ = false, window.frames_');
  return { ...busy, count: gaps.length, longestMs: Math.max(...gaps), over50: gaps.filter((gap) => gap > 50).length };
}

/** Milliseconds from each input to the frame that shows it; inputs below 16 ms are not told by the browser. */
async function inputsDuring(page: Page, work: () => Promise<void>): Promise<{ inputs: number[]; busy: Busy }> {
  await page.evaluate(`window.inputs_ = []; window.watch_ = new PerformanceObserver((list) =>
    window.inputs_.push(...list.getEntries().map(({ duration }) => duration)));
    window.watch_.observe({ type: 'event', durationThreshold: 16 });`);
  const busy = await busyDuring(page, work);
  await page.waitForTimeout(300);
  return { busy, inputs: await page.evaluate('window.watch_.disconnect(), window.inputs_') };
}

const rail = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name, exact: true });

async function runsScreen(page: Page): Promise<{ scroll: Frames; filter: Frames; found: number }> {
  await rail(page, 'Runs').click();
  const table = page.getByRole('table', { name: 'Runs' });
  await table.getByRole('row').nth(10).waitFor();
  await page.getByRole('heading', { name: `Runs (${RUNS})` }).waitFor({ timeout: 60_000 });
  await table.hover();
  const scroll = await framesDuring(page, async () => {
    for (let turn = 0; turn < 200; turn++) {
      await page.mouse.wheel(0, turn < 150 ? 900 : -1800);
      await page.waitForTimeout(10);
    }
    await page.waitForTimeout(500);
  });
  const left = Array.from({ length: RUNS }, (_, at) => String(at)).filter((at) => at.includes('777')).length;
  let found = 0;
  const filter = await framesDuring(page, async () => {
    const started = performance.now();
    await page.getByLabel('Filter by name').pressSequentially('trial 777', { delay: 60 });
    await page.getByRole('heading', { name: `Runs (${left})` }).waitFor();
    found = performance.now() - started - 9 * 60;
    await page.getByLabel('Filter by name').fill('');
    await page.getByRole('heading', { name: `Runs (${RUNS})` }).waitFor();
  });
  return { scroll, filter, found };
}

/** From the model's path being entered to its graph on the screen, its nodes drawn. */
async function openGraph(page: Page, model: string): Promise<Busy & { readonly shownMs: number }> {
  await rail(page, 'Build').click();
  const field = page.getByLabel('Model (.tflite, .onnx)', { exact: true });
  await field.waitFor();
  let shownMs = 0;
  const busy = await busyDuring(page, async () => {
    const started = performance.now();
    await field.fill(model);
    await page.locator('.react-flow__node').first().waitFor();
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    shownMs = performance.now() - started;
  });
  return { ...busy, shownMs };
}

/** Walks the window while a network is trained on every processor. */
async function whileTraining(page: Page): Promise<{ inputs: number[]; busy: Busy; made: number }> {
  await rail(page, 'Train').click();
  await page.getByLabel('Data set', { exact: true }).fill('generated:road-signs');
  await page.getByLabel('Minutes', { exact: true }).fill('2');
  await page.getByRole('button', { name: 'Train, build and measure' }).click();
  await page.getByText(/epoch/i).first().waitFor();
  let made = 0;
  const told = await inputsDuring(page, async () => {
    for (let turn = 0; turn < 5; turn++) {
      for (const name of ['Runs', 'Board', 'Help', 'Train']) {
        await rail(page, name).click();
        await page.waitForTimeout(150);
        made++;
      }
      await rail(page, 'Runs').click();
      await page.getByLabel('Filter by name').pressSequentially('resnet8', { delay: 80 });
      await page.getByLabel('Filter by name').fill('');
      made += 8;
    }
  });
  await page.getByRole('button', { name: 'Cancel' }).first().click();
  return { ...told, made };
}

const ms = (value: number): string => `${value.toFixed(0)} ms`;

async function main(): Promise<void> {
  const chromium = findTool('chromium');
  if (chromium === null) return console.log('bench:window needs Chromium; nothing was measured.');
  const folder = mkdtempSync(join(tmpdir(), 'mcunet-bench-window-'));
  fillWorkspace(join(folder, 'workspace'));
  await buildWindow(join(folder, 'page'));
  const served = await serveApart(join(folder, 'workspace'), join(folder, 'page'));
  const browser = await startBrowser(chromium.path);
  try {
    const page = await browser.newPage({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
    // A machine that others use too may be slow; what is measured says so, and is measured all the same.
    page.setDefaultTimeout(240_000);
    await page.goto(served.url);
    const model = longModel(folder);
    const runs = await runsScreen(page);
    console.log('runs', JSON.stringify(runs));
    const graph = await openGraph(page, model);
    console.log('graph', JSON.stringify(graph));
    const training = await whileTraining(page);
    const slowest = Math.max(0, ...training.inputs);
    const rows = [
      [
        `scrolling through ${RUNS.toLocaleString('en')} runs: longest frame`,
        '50 ms',
        `${ms(runs.scroll.longestMs)} (${runs.scroll.over50} of ${runs.scroll.count} over 50 ms)`,
        ms(runs.scroll.longestTaskMs),
      ],
      [
        'filtering them: longest frame',
        '50 ms',
        `${ms(runs.filter.longestMs)} (${runs.filter.over50} of ${runs.filter.count} over 50 ms)`,
        ms(runs.filter.longestTaskMs),
      ],
      ['filtering them: typed to shown', '–', ms(runs.found), '–'],
      [
        `a graph of ${OPERATORS} operators: path to picture`,
        '1,000 ms',
        ms(graph.shownMs),
        `${ms(graph.allMs)} in all, ${ms(graph.longestTaskMs)}`,
      ],
      [
        'training on every processor: slowest input to its frame',
        '100 ms',
        `${slowest === 0 ? 'below 16 ms' : ms(slowest)} (${training.made} inputs, ${training.inputs.filter((each) => each > 100).length} events over 100 ms)`,
        ms(training.busy.longestTaskMs),
      ],
    ];
    const table = [
      '| what | at most | measured | computing time of the longest task |',
      '|---|---|---|---|',
      ...rows.map((row) => `| ${row.join(' | ')} |`),
    ];
    console.log(table.join('\n'));
    writeFileSync(join(import.meta.dirname, '../../docs/window.md'), document(table.join('\n')));
  } finally {
    await browser.close();
    served.process.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

const document = (table: string): string => `# The window, measured

Made by \`npm run bench:window\`, in Chromium without a GPU, the service in a process of its own, on
${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'} (load ${loadavg()[0]?.toFixed(1) ?? '?'} at the end). Frames are the distances between
animation frames; an input is counted from the key or the pointer to the next painted frame. The last column is what the
page's own thread computed, which another load of the machine does not change much.

${table}
`;

await main();
