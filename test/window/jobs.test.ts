import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { JobEvent, JobParams, StepName } from '../../main/contract/index.ts';
import type { StepContext } from '../../main/studio/jobs/index.ts';
import type { DoJob } from '../../main/studio/index.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { reportFixture } from '../studio/reportFixture.ts';
import { accessibilityProblems, activate, openWindow, type OpenWindow } from './browser.ts';

const chromium = findTool('chromium');

type Trip = Parameters<DoJob>[1];

/** A door that jobs wait at until the test has seen what there is to see. */
class Gate {
  #open: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve));
  open(): void {
    this.#open();
  }
  async wait({ signal }: Pick<StepContext, 'signal'>): Promise<void> {
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([this.#opened, stopped]);
    signal.throwIfAborted();
  }
}

const train: JobParams = { kind: 'train', dataset: 'generated:road-signs', boardId: 'virtual-stm32f405', minutes: 1 };
const evaluate: JobParams = {
  kind: 'evaluate',
  model: '/nowhere/signs.tflite',
  dataset: 'generated:road-signs',
  boardId: 'virtual-stm32f405',
};

const classes = ['stop', 'yield'].map((name) => ({ name, train: 8, validation: 8, test: 8 }));

/** Jobs as the window follows them, with a service whose jobs do what a test says. */
describe.skipIf(chromium === null)('a job in the window', () => {
  let open: OpenWindow;
  let script: (trip: Trip) => Promise<unknown> = () => Promise.resolve();

  beforeAll(async () => {
    open = await openWindow(chromium?.path ?? '', (_params, trip) => trip.go([], () => script(trip)));
  });
  afterAll(() => open.close());
  beforeEach(async () => {
    await goTo('Home');
  });

  const main = () => open.page.locator('main');
  const button = (name: string | RegExp): Locator => open.page.getByRole('button', { name, exact: true });
  const goTo = (screen: string): Promise<void> =>
    activate(open.page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name: screen }));
  const chip = (): Locator => open.page.getByRole('status', { name: 'Running job' });
  const figure = (name: string): Locator => main().getByText(name, { exact: true }).first().locator('..');
  /** Begins a job, which does nothing before the window listens to it. */
  const start = async (params: JobParams, title: string, does: typeof script): Promise<string> => {
    const followed = new Gate();
    script = async (trip) => {
      await followed.wait(trip);
      await does(trip);
    };
    const call = { signal: new AbortController().signal, onProgress: () => undefined };
    const { runId } = await open.studio.handlers.calls['jobs.start']({ params, title }, call);
    await chip().getByText(title).waitFor();
    followed.open();
    return runId;
  };
  const state = (said: string): Locator => main().getByText(said, { exact: true }).first();

  const step = (trip: Trip, name: StepName, does: (context: StepContext) => unknown): Promise<unknown> =>
    trip.step({
      ...{ name, title: name, version: 1, input: {}, output: z.unknown() },
      run: async (context) => {
        await does(context);
        return null;
      },
    });
  /** Epochs of a training, as they are told. */
  const learn = (trip: Trip, epochs: number, then: (context: StepContext) => unknown = () => undefined) =>
    step(trip, 'train', (context) => {
      for (let epoch = 1; epoch <= epochs; epoch++) context.emit(curvePoint(epoch));
      return then(context);
    });
  /** Four answers of the board, three of them right. */
  const answer = (trip: Trip, then: (context: StepContext) => unknown = () => undefined) =>
    step(trip, 'evaluate', (context) => {
      for (let done = 1; done <= 4; done++)
        context.emit({ type: 'answer', label: 0, predicted: done === 4 ? 1 : 0, done, total: 8 });
      return then(context);
    });
  const failing = (): never => {
    throw new Error('The cable was pulled.');
  };
  const report = (trip: Trip) =>
    step(trip, 'report', (context) =>
      context.write('report.json', JSON.stringify({ ...reportFixture(), kind: 'evaluate', runId: trip.run.record.id })),
    );

  it('that is gone on with begins its curve and its answers anew', async () => {
    const gate = new Gate();
    await start(train, 'Gone on with', (trip) => learn(trip, 3, failing));
    await goTo('Train');
    await button(/^Gone on with/).press('Enter');
    await state('failed').waitFor();
    const curve = main().getByRole('region', { name: 'Learning curve' });
    await curve.getByRole('radio', { name: 'Table' }).press('Space');
    await expect.poll(() => curve.getByRole('row').count()).toBe(1 + 3);

    script = async (trip) => {
      await learn(trip, 2);
      await answer(trip, failing);
    };
    await activate(button('Go on'));
    await expect.poll(() => figure('Accuracy on the board').innerText()).toContain('75%');
    await expect.poll(() => curve.getByRole('row').count()).toBe(1 + 2);

    script = async (trip) => {
      await learn(trip, 2);
      await answer(trip, (context) => gate.wait(context));
    };
    await activate(button('Go on'));
    await state('running').waitFor();
    await main().getByText('Answers of the board so far: 3 of 4 right').waitFor();
    expect(await figure('Accuracy on the board').innerText()).toContain('75%');
    gate.open();
    await state('done').waitFor();
  });

  it('stays on its screen when it has ended', async () => {
    const gate = new Gate();
    await goTo('Train');
    await start(train, 'Watched to its end', async (trip) => {
      await learn(trip, 2, (context) => gate.wait(context));
      await report(trip);
    });
    await main().getByRole('heading', { name: 'Watched to its end' }).waitFor();
    gate.open();
    await state('done').waitFor();
    await main().getByRole('region', { name: 'What int8 costs' }).waitFor();
    // Asked for once more, the screen is what it is without a job.
    await goTo('Train');
    await main().getByRole('region', { name: 'Last trainings' }).waitFor();
  });

  it('of another kind is not shown where networks are trained', async () => {
    const gate = new Gate();
    await start(evaluate, 'No training', (trip) => answer(trip, (context) => gate.wait(context)));
    await goTo('Train');
    await main().getByRole('region', { name: 'Last trainings' }).waitFor();
    expect(await main().getByRole('heading', { name: 'No training' }).count()).toBe(0);
    gate.open();
    await chip().waitFor({ state: 'detached' });
  });

  it('that judges a model shows the board’s answers as they come, and then all that came of them', async () => {
    const gate = new Gate();
    await start(evaluate, 'Judged', async (trip) => {
      await step(trip, 'dataset', (context) => context.write('dataset.json', JSON.stringify({ classes })));
      await answer(trip, (context) => gate.wait(context));
      await report(trip);
    });
    await goTo('Build');
    await activate(main().getByRole('button', { name: /^Judged/ }));
    await main().getByText('Answers of the board so far: 3 of 4 right').waitFor();
    const matrix = main().getByRole('region', { name: 'Confusion matrix' });
    await matrix.getByRole('row', { name: 'stop 3 1' }).waitFor();
    gate.open();
    const { evaluation } = reportFixture();
    const right = `${evaluation?.correct} of ${evaluation?.samples} samples right`;
    await expect.poll(() => figure('Accuracy on the board').innerText()).toContain(right);
    expect(await figure('Equals the interpreter').innerText()).toContain(
      `${evaluation?.agreement.equal}/${evaluation?.agreement.compared}`,
    );
    await matrix.getByRole('row', { name: /^roundabout/ }).waitFor();
    expect(await accessibilityProblems(open.page)).toEqual([]);
  });

  it('that was done before the window was opened has all of its log, which follows its end unless one reads above', async () => {
    const { page } = open;
    const gate = new Gate();
    const say = (trip: Trip, from: number, to: number): void => {
      for (let line = from; line <= to; line++) trip.log(`line ${line}.`);
    };
    await start(evaluate, 'Logged', (trip) => {
      say(trip, 1, 60);
      return Promise.resolve();
    });
    await chip().waitFor({ state: 'detached' });
    // All that this window has heard is gone with it.
    await page.reload();
    await goTo('Build');
    await activate(main().getByRole('button', { name: /^Logged/ }));
    await page.locator('footer').getByRole('tab', { name: 'Log' }).press('Enter');
    const log = page.getByRole('region', { name: 'Log', exact: true });
    const line = (number: number) => log.getByText(` line ${number}.`);
    await line(60).waitFor();
    expect(await line(1).count()).toBe(1);
    const seen = (number: number): Promise<boolean> =>
      line(number)
        .boundingBox()
        .then(async (box) => {
          const view = await log.boundingBox();
          return box !== null && view !== null && box.y >= view.y && box.y + box.height <= view.y + view.height;
        });
    await expect.poll(() => seen(60)).toBe(true);
    expect(await accessibilityProblems(page)).toEqual([]);

    await activate(page.locator('footer').getByRole('button', { name: 'Fold' }));
    await start(evaluate, 'Logging', async (trip) => {
      say(trip, 1, 60);
      await gate.wait(trip);
      say(trip, 61, 90);
      await step(trip, 'compile', (context) => new Gate().wait(context));
    });
    await page.locator('footer').getByRole('tab', { name: 'Log' }).press('Enter');
    // The run on screen is another one.
    expect(await log.getByText('line 61.').count()).toBe(0);
    await goTo('Build');
    await expect.poll(() => seen(60)).toBe(true);
    await log.focus();
    await page.keyboard.press('Home');
    await expect.poll(() => seen(1)).toBe(true);
    gate.open();
    await line(90).waitFor();
    expect(await seen(1)).toBe(true);
    await page.keyboard.press('End');
    await expect.poll(() => seen(90)).toBe(true);
    await activate(page.locator('footer').getByRole('button', { name: 'Fold' }));
    await activate(button('Cancel'));
    await chip().waitFor({ state: 'detached' });
  });

  it('says how long its stage takes yet, whole in the smallest window, and calls an estimated latency one', async () => {
    const { page } = open;
    await page.setViewportSize({ width: 1024, height: 640 });
    await start(train, 'A name that is much too long for the bar at the top', (trip) =>
      step(trip, 'train', (context) => {
        trip.figures({ latencyMs: 41, latencyEstimated: true });
        context.onProgress({ stage: 'training the supernet', done: 1, total: 4, remainingMs: 545_000 });
        return new Gate().wait(context);
      }),
    );
    await chip().getByText('train the supernet: about 9 min', { exact: true }).waitFor();
    const meter = page.getByRole('meter', { name: 'Latency, estimated' });
    await meter.waitFor();
    expect(await meter.innerText()).toContain('~41 ms');
    expect(await accessibilityProblems(page)).toEqual([]);
    const language = async (name: string, then: RegExp): Promise<void> => {
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').getByRole('combobox').waitFor();
      await page.keyboard.type(name);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.locator('header').getByText(then).waitFor();
    };
    /** Nothing in the bar is cut off or lies over something else. */
    const inOrder = async (): Promise<void> => {
      const parts = page.locator('header').locator('h1, [role=status] > *, [role=meter], button, [tabindex="0"]');
      const boxes = (await Promise.all((await parts.all()).map((part) => part.boundingBox())))
        .filter((box) => box !== null)
        .sort((one, other) => one.x - other.x);
      expect(boxes.length).toBeGreaterThan(8);
      for (const [at, { x, width, y, height }] of boxes.entries()) {
        expect(x + width).toBeLessThanOrEqual(1024);
        const over = boxes
          .slice(at + 1)
          .filter((next) => next.x < x + width - 1 && next.y < y + height - 1 && y < next.y + next.height - 1);
        expect(over).toEqual([]);
      }
    };
    await inOrder();
    await language('Deutsch', /^Supernetz trainieren: noch ~9 min$/);
    await inOrder();
    await language('English', /^train the supernet/);
    await activate(button('Cancel'));
    await chip().waitFor({ state: 'detached' });
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('that is cancelled is no problem; one that fails is', async () => {
    const problems = (count: number): Promise<void> =>
      open.page
        .locator('footer')
        .getByRole('tab', { name: `Problems (${count})` })
        .waitFor();
    await open.page.reload();
    await start(evaluate, 'Cancelled', (trip) => step(trip, 'compile', (context) => new Gate().wait(context)));
    await goTo('Build');
    await activate(main().getByRole('button', { name: /^Cancelled/ }));
    await activate(button('Cancel'));
    await state('cancelled').waitFor();
    await problems(0);
    await start(evaluate, 'Failed', (trip) => step(trip, 'compile', failing));
    await problems(1);
  });

  it('logged no error and asked nothing of any other machine', () => {
    expect(open.misdeeds).toEqual({ errors: [], foreign: [] });
  });
});

const curvePoint = (epoch: number): JobEvent => ({
  type: 'curve',
  point: {
    ...{ epoch, trainLoss: 1 / epoch, trainAccuracy: 0.5, validationLoss: 1, validationAccuracy: 0.5 },
    ...{ learningRate: 0.1, elapsedMs: 1000 * epoch, samplesPerSecond: 100 },
  },
});
