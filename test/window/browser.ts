import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { build } from 'vite';
import type { StudioHandlers } from '../../main/contract/index.ts';
import { startServer } from '../../main/server/index.ts';
import { Studio, type DoJob } from '../../main/studio/index.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const root = join(import.meta.dirname, '..', '..');

/** The window as it is shipped, in `folder`: built once for each state of its sources, whoever asks for it. */
export async function buildWindow(folder: string): Promise<void> {
  const built = join(root, 'node_modules', '.cache', 'mcunet-window', stateOfSources());
  if (!existsSync(built)) {
    const unfinished = `${built}.${process.pid}`;
    await buildInto(unfinished);
    // Another process may have been faster with the same.
    if (existsSync(built)) rmSync(unfinished, { recursive: true });
    else renameSync(unfinished, built);
  }
  cpSync(built, folder, { recursive: true });
}

/** Changes with every file that the window is made of. */
function stateOfSources(): string {
  const hash = createHash('sha256');
  for (const part of ['renderer', 'main/contract', 'vite.config.ts', 'package-lock.json']) {
    const files = statSync(join(root, part)).isDirectory()
      ? readdirSync(join(root, part), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ parentPath, name }) => join(parentPath, name))
          .sort()
      : [join(root, part)];
    for (const file of files) hash.update(relative(root, file)).update('\0').update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 24);
}

async function buildInto(folder: string): Promise<void> {
  // The test runner's own NODE_ENV would make it a development build.
  const { NODE_ENV } = process.env;
  process.env['NODE_ENV'] = 'production';
  await build({
    configFile: join(root, 'vite.config.ts'),
    root: join(root, 'renderer'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, reportCompressedSize: false },
  }).finally(() => (process.env['NODE_ENV'] = NODE_ENV));
}

/** Writes into a field that can be seen, as a person does, key by key, over what was there. */
export async function typeInto(field: Locator, text: string): Promise<void> {
  // While a screen is loaded, its predecessor is kept, hidden, with fields of the same names.
  await field.click({ trial: true });
  await field.press('Control+a');
  if (text === '') await field.press('Delete');
  else await field.pressSequentially(text);
}

/** Presses Enter on what a click would reach: waits, other than a key alone, until it is there, enabled and not covered. */
export async function activate(control: Locator): Promise<void> {
  await control.click({ trial: true });
  await control.press('Enter');
}

export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      // A camera that shows a moving figure, and a microphone that beeps.
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
    ],
  });
}

/** The window as its users meet it: built as it is shipped, served as it is served, in a real browser. */
export interface OpenWindow {
  readonly page: Page;
  readonly studio: Studio;
  readonly misdeeds: Misdeeds;
  /** A page more, with nothing in it yet; what it does wrong counts, too. */
  another(): Promise<Page>;
  /** The address of the page, its token in it. */
  readonly url: string;
  /** A folder of this test's own; the workspace is in it. */
  readonly folder: string;
  close(): Promise<void>;
}

/**
 * @param work what jobs do, where a test has less time than a user
 * @param dressed the service as the window has it, where that is not as it is
 */
export async function openWindow(
  executablePath: string,
  work?: DoJob,
  dressed: (handlers: StudioHandlers) => StudioHandlers = (handlers) => handlers,
): Promise<OpenWindow> {
  const folder = mkdtempSync(join(tmpdir(), 'mcunet-window-'));
  await buildWindow(join(folder, 'page'));
  const studio = new Studio(join(folder, 'workspace'), work);
  const server = await startServer({ handlers: dressed(studio.handlers), pageFolder: join(folder, 'page'), port: 0 });
  const browser = await startBrowser(executablePath);
  const context = await browser.newContext({
    locale: 'en-GB',
    reducedMotion: 'reduce',
    viewport: { width: 1280, height: 800 },
    permissions: ['camera', 'microphone'],
  });
  const page = await context.newPage();
  const misdeeds = watch(page, `127.0.0.1:${server.port}`);
  await page.goto(server.url);
  await page.getByRole('heading', { name: 'A network that fits the board on your desk' }).waitFor();
  return {
    page,
    studio,
    misdeeds,
    another: () => context.newPage(),
    url: server.url,
    folder,
    async close() {
      await browser.close();
      await server.close();
      await studio.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a page did that nobody should see: errors on its console, and requests to anywhere but its own server. */
export interface Misdeeds {
  readonly errors: readonly string[];
  readonly foreign: readonly string[];
}

/** Notes every error of a page and every request that leaves `host`. */
export function watch(page: Page, host: string): Misdeeds {
  const errors: string[] = [];
  const foreign: string[] = [];
  const look = (url: string): void => {
    const { protocol, host: asked } = new URL(url);
    if (protocol !== 'data:' && protocol !== 'blob:' && asked !== host) foreign.push(url);
  };
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => look(request.url()));
  page.on('websocket', (socket) => look(socket.url()));
  return { errors, foreign };
}

interface AxeViolation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Colours on their way from light to dark have any contrast. What turns for ever is not waited for. */
const transitionsEnded = `new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))).then(() =>
  Promise.allSettled(
    document.getAnimations()
      .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity)
      .map(({ finished }) => finished),
  ).then(() => undefined))`;

/** Everything that axe-core has against the page as it stands, a line each. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(transitionsEnded);
  // As an expression of the debugger: the page's own policy forbids scripts that it did not ship.
  await page.evaluate(`window.axe === undefined && (() => { ${axeSource} })()`);
  const violations: AxeViolation[] = await page.evaluate('axe.run().then((found) => found.violations)');
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html.slice(0, 300)}\n  ${failureSummary}`),
  );
}
