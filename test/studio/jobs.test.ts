import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { StudioError, type JobEvent, type JobParams, type Progress, type StepName } from '../../main/contract/index.ts';
import { isRunHeld, readRunLog, Workspace, type RunFolder } from '../../main/store/index.ts';
import {
  canonicalJson,
  JobQueue,
  Trip,
  withRemainingTime,
  type DoJob,
  type Step,
} from '../../main/studio/jobs/index.ts';

let folder: string;
let workspace: Workspace;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcunet-jobs-'));
  workspace = Workspace.open(folder);
});
afterEach(() => {
  workspace.close();
  rmSync(folder, { recursive: true, force: true });
});

const params: JobParams = { kind: 'profile', model: 'a.tflite', boardId: 'virtual-stm32f405' };
const newRun = (title = 'a') => workspace.createRun({ kind: 'profile', title, params });

/** A step that counts how often it really worked. */
function countingStep(name: StepName, input: unknown, worked: string[], fail = false): Step<{ file: string }> {
  return {
    name,
    title: `Doing ${name}`,
    version: 1,
    input,
    output: z.object({ file: z.string() }),
    async run({ write }) {
      worked.push(name);
      if (fail) throw new StudioError({ code: 'test.failed', message: 'It failed.', remedy: 'Repair it.' });
      return { file: write(`${name}.bin`, new Uint8Array([1, 2, 3])).file };
    },
  };
}

describe('a trip', () => {
  const go = async (id: string, steps: (worked: string[]) => Step<unknown>[], worked: string[]): Promise<unknown> => {
    const run = workspace.openRun(id);
    const trip = new Trip(run, new AbortController().signal, () => undefined);
    try {
      return await trip.go([], async () => {
        for (const step of steps(worked)) await trip.step(step);
      });
    } finally {
      run.close();
    }
  };

  it('takes up after a failure where it stopped', async () => {
    const run = newRun();
    run.close();
    const first: string[] = [];
    const failing = (worked: string[]) => [countingStep('model', 1, worked), countingStep('compile', 2, worked, true)];
    await expect(go(run.record.id, failing, first)).rejects.toThrow('It failed.');
    expect(workspace.readRun(run.record.id)).toMatchObject({ state: 'failed', error: { code: 'test.failed' } });

    const second: string[] = [];
    const whole = (worked: string[]) => [countingStep('model', 1, worked), countingStep('compile', 2, worked)];
    await go(run.record.id, whole, second);
    expect([first, second]).toEqual([['model', 'compile'], ['compile']]);
    const record = workspace.readRun(run.record.id);
    expect(record).toMatchObject({ state: 'done', error: null });
    expect(record.steps.map(({ name, state, reused }) => [name, state, reused])).toEqual([
      ['model', 'done', true],
      ['compile', 'done', false],
    ]);
    expect(record.artefacts.map(({ file }) => file)).toEqual(['model.bin', 'compile.bin']);
  });

  it('has parts, whose steps and files stand beside those of the whole', async () => {
    const worked: string[] = [];
    const fresh = newRun();
    const { id } = fresh.record;
    fresh.close();
    const once = async (): Promise<string[]> => {
      const run = workspace.openRun(id);
      const trip = new Trip(run, new AbortController().signal, () => undefined);
      try {
        return await trip.go([], async () => {
          const part = trip.within('nucleo-f401re', 'NUCLEO-F401RE');
          part.figures({ latencyMs: 5 });
          const whole = await trip.step(countingStep('train', 1, worked));
          const own = await part.step(countingStep('train', 1, worked));
          expect(run.record.figures.latencyMs).toBeNull();
          expect(run.record.steps.map(({ name }) => name)).toEqual(['train', 'train@nucleo-f401re']);
          return [whole.file, own.file];
        });
      } finally {
        run.close();
      }
    };
    expect(await once()).toEqual(['train.bin', 'parts/nucleo-f401re/train.bin']);
    // Both are taken from before.
    expect(await once()).toEqual(['train.bin', 'parts/nucleo-f401re/train.bin']);
    expect(worked).toEqual(['train', 'train']);
  });

  it('does a step again whose input changed', async () => {
    const run = newRun();
    run.close();
    const worked: string[] = [];
    await go(run.record.id, (w) => [countingStep('model', { seed: 1 }, w)], worked);
    await go(run.record.id, (w) => [countingStep('model', { seed: 2 }, w)], worked);
    expect(worked).toEqual(['model', 'model']);
  });

  it('goes on with work that is half done where the input is the same, and with no other', async () => {
    const run = newRun();
    run.close();
    const found: (string | null)[] = [];
    const step = (input: number, fails: boolean): Step<unknown> => ({
      ...countingStep('train', input, []),
      output: z.object({}),
      async run({ unfinished }) {
        const file = unfinished('half.txt');
        found.push(existsSync(file) ? readFileSync(file, 'utf8') : null);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, `half of ${input}`);
        if (fails) throw new StudioError({ code: 'test.failed', message: 'It failed.', remedy: 'Repair it.' });
        return {};
      },
    });
    for (const input of [1, 1, 2, 1])
      await expect(go(run.record.id, () => [step(input, true)], [])).rejects.toThrow('It failed.');
    await go(run.record.id, () => [step(1, false)], []);
    expect(found).toEqual([null, 'half of 1', null, null, 'half of 1']);
    expect(existsSync(join(run.folder, 'unfinished'))).toBe(false);
  });

  it('writes a log that tells what went wrong and what to do', async () => {
    const run = newRun();
    run.close();
    await expect(go(run.record.id, (w) => [countingStep('model', 1, w, true)], [])).rejects.toThrow();
    const { lines } = readRunLog(run.folder, 0);
    expect(lines.at(-1)).toMatchObject({ level: 'error', message: 'It failed. Repair it.' });
  });
});

describe('the queue', () => {
  it('does one job after the other, in the order in which they came', async () => {
    const order: string[] = [];
    let atOnce = 0;
    const doJob: DoJob = (_params, trip) =>
      trip.go([], async () => {
        expect(++atOnce).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push(trip.run.record.title);
        atOnce--;
      });
    const queue = new JobQueue(doJob);
    const ids = ['one', 'two', 'three'].map((title) => {
      const run = newRun(title);
      queue.add(params, run);
      return run.record.id;
    });
    await Promise.all(ids.map((id) => queue.settled(id)));
    expect(order).toEqual(['one', 'two', 'three']);
    expect(queue.list().map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  });

  const untilStopped: DoJob = (_params, trip) =>
    trip.go(
      [],
      () => new Promise((_resolve, reject) => trip.signal.addEventListener('abort', () => reject(new Error('stop')))),
    );

  it('stops a running job, and one that waits', async () => {
    const queue = new JobQueue(untilStopped);
    const [running, waiting] = [newRun(), newRun()];
    queue.add(params, running);
    queue.add(params, waiting);
    queue.cancel(waiting.record.id);
    queue.cancel(running.record.id);
    await queue.settled(running.record.id);
    for (const { record } of [running, waiting]) expect(workspace.readRun(record.id).state).toBe('cancelled');
    expect(workspace.readRun(running.record.id).error).toMatchObject({ code: 'cancelled' });
    expect(() => queue.cancel(running.record.id)).toThrow(/No job/);
  });

  it('leaves everything in order when it is closed', async () => {
    const queue = new JobQueue(untilStopped);
    const runs = [newRun(), newRun(), newRun()];
    for (const run of runs) queue.add(params, run);
    await queue.close();
    for (const { record } of runs) expect(workspace.readRun(record.id).state).toBe('cancelled');
    for (const { record } of runs) workspace.openRun(record.id).close();
  });

  it('goes on after a job that failed before its first step', async () => {
    const queue = new JobQueue(async () => {
      throw new StudioError({ code: 'board.unknown', message: 'No such board.', remedy: 'Choose one.' });
    });
    const [one, two] = [newRun(), newRun()];
    queue.add(params, one);
    queue.add(params, two);
    await queue.settled(two.record.id);
    expect(workspace.readRun(one.record.id)).toMatchObject({ state: 'failed', error: { code: 'board.unknown' } });
  });

  /** In place of a run's record: nothing can be written there any more. */
  const spoil = (run: RunFolder): void => {
    rmSync(join(run.folder, 'run.json'));
    mkdirSync(join(run.folder, 'run.json'));
  };

  it('lets go of a run that it cannot take', () => {
    const queue = new JobQueue(untilStopped);
    const run = newRun();
    spoil(run);
    expect(() => queue.add(params, run)).toThrow(/run\.json cannot be written/);
    expect(isRunHeld(run.folder)).toBe(false);
    expect(queue.list()).toEqual([]);
  });

  it('goes on after jobs whose end could not be written down, and lets go of their runs', async () => {
    const [failing, running, waiting] = [newRun('failing'), newRun('running'), newRun('waiting')];
    const queue = new JobQueue(async (given, trip) => {
      if (trip.run !== failing) return untilStopped(given, trip);
      spoil(failing);
      throw new StudioError({ code: 'board.unknown', message: 'No such board.', remedy: 'Choose one.' });
    });
    for (const run of [failing, running, waiting]) queue.add(params, run);
    await queue.settled(failing.record.id);
    spoil(waiting);
    await queue.close();
    expect(queue.list().map(({ state, error }) => [state, error?.code])).toEqual([
      ['failed', 'board.unknown'],
      ['cancelled', 'cancelled'],
      ['cancelled', 'store.write-failed'],
    ]);
    for (const run of [failing, running, waiting]) expect(isRunHeld(run.folder)).toBe(false);
  });

  it('tells its listeners what happens', async () => {
    const events: JobEvent['type'][] = [];
    const states = vi.fn();
    const queue = new JobQueue((_params, trip) =>
      trip.go([], async () => void (await trip.step(countingStep('model', 1, [])))),
    );
    const run = newRun();
    queue.onList((jobs) => states(jobs[0]?.state));
    queue.onEvent(run.record.id, ({ type }) => events.push(type));
    queue.add(params, run);
    await queue.settled(run.record.id);
    expect(events).toEqual(['step', 'log', 'step', 'ended']);
    expect(states.mock.calls.flat()).toEqual(expect.arrayContaining(['queued', 'running', 'done']));
  });
});

describe('progress', () => {
  it('tells the remaining time from the rate so far in its stage', () => {
    let now = 0;
    const seen: Progress[] = [];
    const report = withRemainingTime(
      (progress) => seen.push(progress),
      () => now,
    );
    for (const done of [0, 1, 2]) {
      report({ stage: 'writing', done, total: 10, remainingMs: null });
      now += 1000;
    }
    expect(seen.map(({ remainingMs }) => remainingMs)).toEqual([null, 9000, 8000]);
  });

  it('tells none from a start, of which hardly anything is done', () => {
    let now = 0;
    const seen: Progress[] = [];
    const report = withRemainingTime(
      (progress) => seen.push(progress),
      () => now,
    );
    // Workers take half a second to start, then samples go fast; or they go as slowly as that, for long.
    for (const [at, done] of [
      [0, 0],
      [500, 2],
      [1500, 102],
      [6000, 102],
    ]) {
      now = at;
      report({ stage: 'reading samples', done, total: 10_200, remainingMs: null });
    }
    report({ stage: 'writing', done: 0, total: 10_000, remainingMs: null });
    now += 5000;
    report({ stage: 'writing', done: 1, total: 10_000, remainingMs: null });
    expect(seen.map(({ remainingMs }) => remainingMs)).toEqual([null, null, 148_500, 594_000, null, 49_995_000]);
  });

  it('keeps an estimate that came with it', () => {
    const seen: Progress[] = [];
    withRemainingTime((progress) => seen.push(progress))({ stage: 'linking', done: 1, total: 2, remainingMs: 7 });
    expect(seen[0]?.remainingMs).toBe(7);
  });
});

it('gives equal values equal text, whatever the order of their keys', () => {
  expect(canonicalJson({ b: [1, { d: 1, c: 2 }], a: 1 })).toBe(canonicalJson({ a: 1, b: [1, { c: 2, d: 1 }] }));
});
