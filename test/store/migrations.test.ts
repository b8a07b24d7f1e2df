import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Studio } from '../../main/studio/index.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/**
 * golden/format-1 is a workspace as the last program before the first migration wrote it (an evaluation that ended well and a
 * build that failed), without its larger files and the name of its machine. Nobody edits it: what opens it must go on to do so.
 */
const golden = join(import.meta.dirname, 'golden', 'format-1');
const [failed = '', done = ''] = readdirSync(join(golden, 'runs')).sort();
const call = { signal: new AbortController().signal, onProgress: () => undefined };

function opened(change: (folder: string) => void = () => undefined): { folder: string; studio: Studio } {
  const folder = join(temporaryFolder(), 'workspace');
  cpSync(golden, folder, { recursive: true });
  change(folder);
  const studio = new Studio(folder);
  onTestFinished(() => studio.close());
  return { folder, studio };
}

const formatIn = (file: string): unknown => (JSON.parse(readFileSync(file, 'utf8')) as { format: unknown }).format;

describe('a workspace of format 1', () => {
  it('opens: its runs are listed, read, and reported as they were', async () => {
    const { calls } = opened().studio.handlers;
    const { runs } = await calls['runs.list']({}, call);
    expect(runs.map(({ id, state }) => [id, state])).toEqual([
      [failed, 'failed'],
      [done, 'done'],
    ]);
    const run = await calls['runs.get']({ id: done }, call);
    expect(run.figures).toMatchObject({ boardAccuracy: 0.0625, flashBytes: 10588 });
    // What the migration reads out of the list of files.
    expect(run.imageSha256).toBe(run.artefacts.find(({ name }) => name.endsWith('.elf'))?.sha256);
    expect((await calls['runs.get']({ id: failed }, call)).error).toMatchObject({ code: 'model.not-found' });
    expect((await calls['runs.log']({ id: done, from: 0 }, call)).lines.length).toBeGreaterThan(5);
    const report = await calls['runs.report']({ id: done }, call);
    expect(report.evaluation).toMatchObject({ samples: 16, agreement: { compared: 16, equal: 16 } });
    expect(report.board).toMatchObject({ id: 'virtual-stm32f405', powerKnown: false });
  });

  it('is written in the present format from the first change on, and not before', async () => {
    const { folder, studio } = opened();
    const record = join(folder, 'runs', done, 'run.json');
    await studio.handlers.calls['runs.list']({}, call);
    expect([formatIn(record), formatIn(join(folder, 'workspace.json'))]).toEqual([1, 1]);
    await studio.handlers.calls['runs.rename']({ id: done, title: 'renamed' }, call);
    await studio.handlers.calls['settings.change']({ settings: { board: 'virtual-stm32f405' } }, call);
    expect([formatIn(record), formatIn(join(folder, 'workspace.json'))]).toEqual([2, 2]);
    const again = await studio.handlers.calls['runs.get']({ id: done }, call);
    expect(again).toMatchObject({ title: 'renamed', state: 'done', figures: { flashBytes: 10588 } });
  });

  it('is packed into a project, which opens elsewhere with the same figures', async () => {
    const path = join(temporaryFolder(), 'old.mcunet');
    const { calls } = opened().studio.handlers;
    await calls['projects.pack']({ path, name: 'old', runIds: [done], datasets: 'reference' }, call);
    const elsewhere = new Studio(temporaryFolder());
    onTestFinished(() => elsewhere.close());
    await elsewhere.handlers.calls['projects.open']({ path }, call);
    const { runs } = await elsewhere.handlers.calls['runs.list']({}, call);
    expect(runs).toMatchObject([{ id: done, state: 'done', figures: { flashBytes: 10588 } }]);
  });
});

describe('a report', () => {
  it.each([
    ['of a newer program', '{"format":99}', 'store.newer-format', /written by a newer MCUNet Studio/],
    ['that was cut off', '{"format":2,"title":', 'store.broken-run', /cannot be read as a report/],
    ['that lacks something', '{"format":2}', 'store.broken-run', /cannot be read as a report: title/],
  ])('%s is refused in one sentence', async (_what, text, code, message) => {
    const { studio } = opened((folder) => writeFileSync(join(folder, 'runs', done, 'report.json'), text));
    await expect(studio.handlers.calls['runs.report']({ id: done }, call)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('a run that a newer program wrote', () => {
  it('is refused by name, and the others of its workspace are there all the same', async () => {
    const { folder, studio } = opened((made) => {
      const record = join(made, 'runs', done, 'run.json');
      const newer = { ...(JSON.parse(readFileSync(record, 'utf8')) as object), format: 99, steps: 'of another form' };
      mkdirSync(join(made, 'runs', 'build-newer'));
      writeFileSync(join(made, 'runs', 'build-newer', 'run.json'), JSON.stringify(newer));
    });
    const { calls } = studio.handlers;
    expect((await calls['runs.list']({}, call)).runs.map(({ id }) => id)).toEqual([failed, done]);
    await expect(calls['runs.get']({ id: 'build-newer' }, call)).rejects.toMatchObject({
      code: 'store.newer-format',
      message: expect.stringContaining('format 99') as string,
      remedy: 'Update MCUNet Studio. The file was not touched.',
    });
    await expect(calls['jobs.resume']({ runId: 'build-newer' }, call)).rejects.toMatchObject({
      code: 'store.newer-format',
    });
    await expect(calls['runs.rename']({ id: 'build-newer', title: 'x' }, call)).rejects.toMatchObject({
      code: 'store.newer-format',
    });
    expect(formatIn(join(folder, 'runs', 'build-newer', 'run.json'))).toBe(99);
  });
});
