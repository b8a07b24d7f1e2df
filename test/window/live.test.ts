import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { StudioHandlers } from '../../main/contract/index.ts';
import { countCaptured } from '../../main/datasets/index.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { tinyClassifier } from '../cli/commandLine.ts';
import { accessibilityProblems, activate, openWindow, type OpenWindow, typeInto } from './browser.ts';

/**
 * Recording and live inference as a user has them: Chromium's own camera (a figure that moves) and microphone (a beep),
 * the real service, a real virtual board.
 */
const chromium = findTool('chromium');
const hasBoard = findTool('arm-gcc') !== null && findTool('qemu') !== null;

describe.skipIf(chromium === null)('the window with a camera and a microphone', () => {
  let open: OpenWindow;
  beforeAll(async () => {
    open = await openWindow(chromium?.path ?? '');
  });
  afterAll(() => open.close());

  const rail = (name: string) => open.page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name });
  const button = (name: string) => open.page.getByRole('button', { name, exact: true });

  const record = async (name: string, device: string, take: string): Promise<string> => {
    const folder = join(open.folder, name);
    await activate(rail('Data'));
    const into = open.page.getByLabel('Folder to record into', { exact: true });
    // The folder that is offered comes in a later turn than its field.
    await expect.poll(() => into.inputValue()).not.toBe('');
    await typeInto(into, folder);
    await activate(button(device));
    for (const className of ['left', 'right']) {
      await typeInto(open.page.getByLabel('Class', { exact: true }).first(), className);
      await open.page.keyboard.press('Escape');
      // Other than a click, a key does not wait for the picture to be there.
      await expect.poll(() => button(take).isEnabled(), { timeout: 20_000 }).toBe(true);
      await activate(button(take));
      await vi.waitFor(
        () => expect(countCaptured(folder).find((entry) => entry.name === className)?.count).toBeGreaterThan(0),
        { timeout: 20_000 },
      );
      await button('Stop recording').isEnabled();
    }
    return folder;
  };

  it('records pictures by class, takes one away again, and opens what was recorded', async () => {
    const { page } = open;
    const folder = await record('my pictures ü', 'Use the camera', 'Take ten');
    await vi.waitFor(() => expect(countCaptured(folder).map(({ count }) => count)).toEqual([10, 10]), {
      timeout: 20_000,
    });
    await page.getByRole('status', { name: 'Recorded so far' }).getByText('right: 10').waitFor();
    await activate(page.getByRole('button', { name: /^Take it away again/ }).first());
    await page.getByRole('status', { name: 'Recorded so far' }).getByText('right: 9').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await activate(button('Look at this data set'));
    const classes = page.getByRole('region', { name: 'Classes' });
    await classes.getByRole('row', { name: /^left/ }).waitFor();
    await activate(button('Stop recording'));
  });

  it('records sound, which is sound', async () => {
    const folder = await record('my sounds', 'Use the microphone', 'Record one second');
    expect(countCaptured(folder)).toEqual([
      { name: 'left', count: 1 },
      { name: 'right', count: 1 },
    ]);
    expect(await accessibilityProblems(open.page)).toEqual([]);
    const [file] = readdirSync(join(folder, 'left'));
    const wav = readFileSync(join(folder, 'left', file));
    const samples = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length));
    expect(Math.max(...samples.map(Math.abs))).toBeGreaterThan(300);
    const report = await ask('datasets.inspect', { spec: folder });
    expect(report).toMatchObject({ kind: 'audio', brokenCount: 0 });
    await activate(button('Stop recording'));
  });

  /** What the service answers, asked past the window. */
  const ask = <N extends keyof StudioHandlers['calls']>(
    name: N,
    params: Parameters<StudioHandlers['calls'][N]>[0],
  ): ReturnType<StudioHandlers['calls'][N]> => {
    const context = { signal: new AbortController().signal, onProgress: () => undefined };
    const handler = open.studio.handlers.calls[name] as (...args: unknown[]) => ReturnType<StudioHandlers['calls'][N]>;
    return handler(params, context);
  };

  /** A finished run of a tiny network that was judged on a dataset. */
  const evaluated = async (dataset: string, shape: Parameters<typeof tinyClassifier>[2], name: string) => {
    const model = tinyClassifier(open.folder, name, shape);
    const { runId } = await ask('jobs.start', {
      params: { kind: 'evaluate', model, boardId: 'virtual-stm32f405', dataset, limit: 2 },
    });
    await vi.waitFor(async () => expect((await ask('runs.get', { id: runId })).state).toBe('done'), {
      timeout: 60_000,
      interval: 200,
    });
  };

  const answers = () => open.page.getByRole('group', { name: 'What the board says' });
  /** The figure `x / y`: answers that equal the interpreter's, and all. */
  const agreement = async (): Promise<number[]> => {
    const text = await answers()
      .getByText(/^\d+ \/ \d+$/)
      .textContent({ timeout: 20_000 });
    return (text ?? '').split(' / ').map(Number);
  };

  describe.skipIf(!hasBoard)('and a board', () => {
    it('shows the board what the camera sees, files and test samples, and goes on after the board was away', async () => {
      const { page } = open;
      await evaluated('generated:road-signs?size=32&train=32&validation=16&test=24', {}, 'tiny.tflite');
      await activate(rail('Board'));
      await page.getByRole('tab', { name: 'Live' }).waitFor();
      await button('Start the live view').focus();
      await page.keyboard.press('Enter');
      await button('Camera').waitFor({ timeout: 30_000 });
      await button('Camera').focus();
      await page.keyboard.press('Enter');
      await vi.waitFor(async () => expect((await agreement())[1]).toBeGreaterThan(4), { timeout: 30_000 });
      const [equal, all] = await agreement();
      expect(equal).toBe(all);
      await page.getByText('virtual: estimated from counted instructions').waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);

      for (const pid of emulators()) process.kill(pid, 'SIGKILL');
      await page.getByText('The board went away. It is looked for until it is back.').waitFor({ timeout: 10_000 });
      expect(await accessibilityProblems(page)).toEqual([]);
      const before = (await agreement())[1];
      await vi.waitFor(async () => expect((await agreement())[1]).toBeGreaterThan(before + 2), { timeout: 40_000 });

      await activate(button('Files'));
      const picture = await sharp({ create: { width: 90, height: 60, channels: 3, background: '#c82060' } })
        .png()
        .toBuffer();
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button('Choose files').press('Enter')]);
      await chooser.setFiles([
        { name: 'eins.png', mimeType: 'image/png', buffer: picture },
        { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('not a picture') },
      ]);
      await vi.waitFor(async () => expect(await agreement()).toEqual([1, 1]), { timeout: 20_000 });
      await page.getByText('dataset.unreadable-frame').waitFor();

      await activate(button('Test samples'));
      await page.getByText(/^\d+ of 24 right$/).waitFor({ timeout: 40_000 });
      const matrix = page.getByRole('region', { name: 'Confusion matrix' }).first();
      const counts = await matrix.getByRole('cell').allTextContents();
      expect(counts.reduce((sum, text) => sum + Number(text), 0)).toBe(24);
      expect(await agreement()).toEqual([24, 24]);
      expect(await accessibilityProblems(page)).toEqual([]);

      await activate(page.getByRole('tab', { name: 'Serial' }));
      await page
        .getByText(/requests answered, \d+ sent again, 0 damaged/)
        .first()
        .waitFor();
      await activate(page.getByRole('button', { name: 'Fold' }));
      await activate(button('Stop the live view'));
      await vi.waitFor(() => expect(emulators()).toEqual([]), { timeout: 20_000 });
    });

    it('shows the board what the microphone hears', async () => {
      const { page } = open;
      const sounds = { classes: 8, features: 1, height: 62, width: 40, channels: 1 };
      await evaluated('generated:sounds?train=32&validation=16&test=16', sounds, 'sounds.tflite');
      await activate(rail('Home'));
      await activate(rail('Board'));
      await activate(button('Start the live view'));
      await button('Microphone').press('Enter', { timeout: 30_000 });
      await vi.waitFor(async () => expect((await agreement())[1]).toBeGreaterThan(2), { timeout: 30_000 });
      expect(await accessibilityProblems(page)).toEqual([]);
      // The screen takes its session with it.
      await activate(rail('Home'));
      await vi.waitFor(() => expect(emulators()).toEqual([]), { timeout: 20_000 });
    });
  });

  it('logged no error and asked nothing of any other machine', () => {
    expect(open.misdeeds).toEqual({ errors: [], foreign: [] });
  });
});

/** The emulators that this process has started. */
const emulators = (): number[] =>
  execFileSync('ps', ['-eo', 'pid,ppid,comm'], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, command]) => Number(parent) === process.pid && command?.startsWith('qemu-system') === true)
    .map(([pid]) => Number(pid));
