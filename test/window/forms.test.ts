import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobParams } from '../../main/contract/index.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { accessibilityProblems, activate, openWindow, typeInto, type OpenWindow } from './browser.ts';

const chromium = findTool('chromium');

/** The forms of the window: what is typed stands as it was typed, and is what a job is started with. */
describe.skipIf(chromium === null)('the forms of the window', () => {
  let open: OpenWindow;
  const started: JobParams[] = [];

  beforeAll(async () => {
    open = await openWindow(chromium?.path ?? '', async (params, trip) => {
      started.push(params);
      await trip.go([], async () => undefined);
    });
  });
  afterAll(() => open.close());

  const button = (name: string) => open.page.getByRole('button', { name, exact: true });
  const field = (name: string): Locator => open.page.locator('main').getByRole('textbox', { name, exact: true });
  const goTo = async (screen: string): Promise<void> => {
    await activate(open.page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: screen }));
    await open.page.locator('main').getByRole('heading', { level: 2 }).first().waitFor();
  };
  const chooseBoard = async (name: string): Promise<void> => {
    await open.page.getByRole('button', { name: /^Board:/ }).press('Enter');
    await open.page.getByRole('menuitem', { name }).press('Enter');
    await open.page.getByRole('button', { name: `Board: ${name}` }).waitFor();
  };
  /** Types, and says what then stands in the field. */
  const typed = async (name: string, text: string): Promise<string> => {
    await typeInto(field(name), text);
    return field(name).inputValue();
  };
  const begun = async (button: Locator): Promise<JobParams | undefined> => {
    const before = started.length;
    await activate(button);
    await expect.poll(() => started.length).toBe(before + 1);
    return started.at(-1);
  };

  describe('numbers', () => {
    it('lets the most repeats of a lab session be typed, and brings the least along when it is left', async () => {
      await goTo('Lab');
      expect(await typed('At most', '30')).toBe('30');
      await field('At most').press('Tab');
      expect(await field('At least').inputValue()).toBe('5');
      expect(await typed('At most', '3')).toBe('3');
      await field('At most').press('Tab');
      expect(await field('At least').inputValue()).toBe('3');
      expect(await typed('At least', '40')).toBe('40');
      await field('At least').press('Tab');
      expect(await field('At most').inputValue()).toBe('40');
      expect(await typed('At least', '5')).toBe('5');
    });

    it('takes limits as they are typed, tenths of a millisecond and of a kilobyte too', async () => {
      await goTo('Search');
      expect(await typed('Exact limit: Latency', '12.55')).toBe('12.55 ms');
      expect(await typed('Exact limit: Latency', '0.4')).toBe('0.4 ms');
      expect(await typed('Exact limit: Latency', '12.5')).toBe('12.5 ms');
      expect(await typed('Exact limit: SRAM', '')).toBe('');
      expect(await typed('Exact limit: SRAM', '64.5')).toBe('64.5 KB');
      expect(await typed('Exact limit: Flash', '100.55')).toBe('100.55 KB');
      await field('Exact limit: Flash').press('Tab');
      await chooseBoard('NUCLEO-F411RE');
      await activate(button('More options'));
      expect(await typed('At most: energy (µJ)', '1250.5')).toBe('1250.5');
      expect(await typed('Minutes', '0.5')).toBe('0.5');
      await typeInto(field('Exact limit: Latency'), '12.5');
      await typeInto(field('Exact limit: SRAM'), '64.5');
      expect(await begun(button('Search, train and measure'))).toMatchObject({
        minutes: 0.5,
        latencyMs: 12.5,
        sramBytes: 64.5 * 1024,
        energyMicrojoules: 1250.5,
      });
    });

    it('holds a limit within the board’s when its field is left, and empties it for none', async () => {
      await goTo('Search');
      const sram = field('Exact limit: SRAM');
      await typeInto(sram, '99999');
      await sram.press('Tab');
      expect(await sram.inputValue()).toBe('128 KB');
      await typeInto(field('Exact limit: Latency'), '');
      expect(await field('Exact limit: Latency').getAttribute('placeholder')).toBe('any');
      expect(await begun(button('Search, train and measure'))).not.toHaveProperty('latencyMs');
    });
  });

  describe('what was filled in', () => {
    const away = async (screen: string): Promise<void> => {
      await goTo('Home');
      await goTo(screen);
    };
    const choice = (name: string): Locator => open.page.locator('main').getByRole('combobox', { name, exact: true });

    it('is still there after a look at another screen, and is what a training is started with', async () => {
      await goTo('Train');
      await activate(button('More options'));
      await typeInto(field('Minutes'), '7.5');
      await typeInto(field('Seed'), '11');
      await away('Train');
      expect(await field('Minutes').inputValue()).toBe('7.5');
      expect(await begun(button('Train, build and measure'))).toMatchObject({ minutes: 7.5, seed: 11 });
    });

    it('for a search stays when another board is chosen, but for what the board itself limits', async () => {
      await goTo('Search');
      await chooseBoard('NUCLEO-F411RE');
      await typeInto(field('Minutes'), '12');
      await typeInto(field('Exact limit: SRAM'), '50');
      await typeInto(field('Exact limit: Latency'), '35');
      await activate(button('More options'));
      await typeInto(field('Seed'), '3');
      await typeInto(field('At most: energy (µJ)'), '900');
      await chooseBoard('NUCLEO-F446RE');
      expect(await field('Exact limit: SRAM').inputValue()).toBe('128 KB');
      expect(await field('Seed').inputValue()).toBe('3');
      const other = await begun(button('Search, train and measure'));
      expect(other).toMatchObject({ minutes: 12, latencyMs: 35, seed: 3 });
      for (const none of ['sramBytes', 'energyMicrojoules']) expect(other).not.toHaveProperty(none);
      await away('Search');
      await chooseBoard('NUCLEO-F411RE');
      expect(await field('Exact limit: SRAM').inputValue()).toBe('50 KB');
      expect(await begun(button('Search, train and measure'))).toMatchObject({
        ...{ minutes: 12, latencyMs: 35, seed: 3, sramBytes: 50 * 1024, energyMicrojoules: 900 },
      });
    });

    it('for a build stays: the model, and how it is built', async () => {
      await goTo('Build');
      await typeInto(field('Model (.tflite, .onnx)'), '/nowhere/mine.tflite');
      await choice('Memory plan').press('ArrowDown');
      await open.page.getByRole('option', { name: 'Layer by layer' }).waitFor();
      await open.page.keyboard.press('ArrowDown');
      await open.page.keyboard.press('Enter');
      await away('Build');
      expect(await field('Model (.tflite, .onnx)').inputValue()).toBe('/nowhere/mine.tflite');
      expect(await begun(button('Build only'))).toMatchObject({ model: '/nowhere/mine.tflite', plan: 'layers' });
    });
  });

  it('has no barrier', async () => {
    for (const screen of ['Search', 'Train', 'Build', 'Lab']) {
      await goTo(screen);
      expect(await accessibilityProblems(open.page)).toEqual([]);
    }
  });

  it('logged no error and asked nothing of any other machine', () => {
    expect(open.misdeeds).toEqual({ errors: [], foreign: [] });
  });
});
