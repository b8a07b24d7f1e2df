import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StudioError } from '../../main/contract/index.ts';
import {
  isHeld,
  isRunHeld,
  migrateDocument,
  newRecord,
  readRecord,
  readRunLog,
  RunFolder,
  tryLock,
  Workspace,
  writeFileAtomic,
} from '../../main/store/index.ts';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'mcunet störe '))));
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function start(script: string, argument: string): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, script), argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

const newRun = (title = 'a run') => ({ kind: 'profile' as const, title, params: { model: 'x.tflite' } });

describe('a run folder', () => {
  it('keeps what it is told', () => {
    const run = RunFolder.create(join(folder, 'run'), newRecord(newRun('Näme with ünicode')));
    run.update({ state: 'done', model: 'vww' });
    run.close();
    expect(readRecord(join(folder, 'run'))).toMatchObject({ title: 'Näme with ünicode', state: 'done', model: 'vww' });
  });

  it('is held by one at a time', () => {
    const run = RunFolder.create(join(folder, 'run'), newRecord(newRun()));
    expect(() => RunFolder.open(join(folder, 'run'))).toThrow(/in use by another MCUNet Studio/);
    run.close();
    RunFolder.open(join(folder, 'run')).close();
  });

  it('is held by nobody when it could not be opened or made', () => {
    const log = join(folder, 'run', 'log.jsonl');
    RunFolder.create(join(folder, 'run'), newRecord(newRun())).close();
    rmSync(log);
    mkdirSync(log);
    expect(() => RunFolder.open(join(folder, 'run'))).toThrow(/log\.jsonl cannot be written/);
    // JSON has no numbers of this kind.
    const unwritable = { ...newRecord(newRun()), params: { count: 1n } };
    expect(() => RunFolder.create(join(folder, 'new'), unwritable)).toThrow(TypeError);
    for (const name of ['run', 'new']) expect(isRunHeld(join(folder, name))).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('is held by nobody when its log could not be put onto the disk', () => {
    const run = join(folder, 'run');
    RunFolder.create(run, newRecord(newRun())).close();
    rmSync(join(run, 'log.jsonl'));
    // A device that takes all that is written, and cannot put it anywhere.
    symlinkSync('/dev/null', join(run, 'log.jsonl'));
    const open = RunFolder.open(run);
    expect(() => open.close()).toThrow(/fsync/);
    expect(isRunHeld(run)).toBe(false);
  });

  it('is not made where a run is already', () => {
    RunFolder.create(join(folder, 'run'), newRecord(newRun())).close();
    expect(() => RunFolder.create(join(folder, 'run'), newRecord(newRun()))).toThrow(/already holds a run/);
  });

  it('says `interrupted` of a run whose process is gone', () => {
    const run = RunFolder.create(join(folder, 'run'), newRecord(newRun()));
    run.update({ state: 'running' });
    expect(readRecord(join(folder, 'run')).state).toBe('running');
    run.close();
    expect(readRecord(join(folder, 'run')).state).toBe('interrupted');
  });

  it('takes a finished step again only for the same input and unchanged files', () => {
    const run = RunFolder.create(join(folder, 'run'), newRecord(newRun()));
    const artefact = run.writeArtefact('train', 'weights/w.bin', new Uint8Array([1, 2, 3]));
    run.finishStep('train', { inputHash: 'h', artefacts: [artefact], output: { epochs: 3 } });
    expect(run.finishedStep('train', 'h')?.output).toEqual({ epochs: 3 });
    expect(run.finishedStep('train', 'other')).toBeNull();
    writeFileSync(run.path('weights/w.bin'), new Uint8Array([1, 2, 4]));
    expect(run.finishedStep('train', 'h')).toBeNull();
    run.close();
  });

  it.each(['../other/run.json', '/etc/passwd', '..', ''])(
    'does not reach out of itself through the name %j',
    (name) => {
      const run = RunFolder.create(join(folder, 'run'), newRecord(newRun()));
      if (name.startsWith('/')) expect(run.path(name).startsWith(run.folder)).toBe(true);
      else expect(() => run.path(name)).toThrow(StudioError);
      run.close();
    },
  );

  it('leaves out a log line that a kill cut short, and goes on after it', () => {
    const run = RunFolder.create(join(folder, 'run'), newRecord(newRun()));
    run.log({ at: 1, level: 'info', step: null, message: 'whole' });
    run.close();
    appendFileSync(join(folder, 'run', 'log.jsonl'), '{"at":2,"level":"info","st');
    const again = RunFolder.open(join(folder, 'run'));
    again.log({ at: 3, level: 'info', step: null, message: 'after' });
    again.close();
    const { lines, next } = readRunLog(join(folder, 'run'), 0);
    expect(lines.map(({ message }) => message)).toEqual(['whole', 'after']);
    expect(readRunLog(join(folder, 'run'), next).lines).toEqual([]);
  });
});

describe('formats', () => {
  const rename = {
    to: 2,
    title: 'rename',
    migrate: (document: Record<string, unknown>) => ({ name: document['title'] }),
  };
  const count = { to: 3, title: 'count', migrate: (document: Record<string, unknown>) => ({ ...document, count: 0 }) };

  it('opens what is older, through every migration in turn', () => {
    expect(migrateDocument({ format: 1, title: 'a' }, 'run.json', [rename, count])).toEqual({
      format: 3,
      name: 'a',
      count: 0,
    });
  });

  it('refuses what is newer, politely', () => {
    expect(() => migrateDocument({ format: 4 }, 'run.json', [rename, count])).toThrow(
      /written by a newer MCUNet Studio/,
    );
  });

  it('refuses a workspace of a newer version and leaves it untouched', () => {
    const text = '{"format":9}';
    writeFileSync(join(folder, 'workspace.json'), text);
    expect(() => Workspace.open(folder)).toThrow(/newer MCUNet Studio/);
    expect(readFileSync(join(folder, 'workspace.json'), 'utf8')).toBe(text);
  });
});

describe('a workspace of the first version', () => {
  it('opens with its runs, and is brought to the present format by the first change', async () => {
    writeFileSync(join(folder, 'workspace.json'), '{"format":1,"name":"My bench"}');
    mkdirSync(join(folder, 'runs', 'build-1'), { recursive: true });
    const { imageSha256: _none, ...record } = newRecord(newRun('an old run'));
    const elf = {
      name: 'firmware.elf',
      file: 'firmware/firmware.elf',
      bytes: 1,
      sha256: 'e'.repeat(64),
      step: 'image',
    };
    writeFileSync(
      join(folder, 'runs', 'build-1', 'run.json'),
      JSON.stringify({ ...record, format: 1, id: 'build-1', state: 'done', artefacts: [elf] }),
    );
    const workspace = Workspace.open(folder);
    expect((await workspace.listRuns()).runs).toMatchObject([{ id: 'build-1', title: 'an old run' }]);
    expect(workspace.readRun('build-1').imageSha256).toBe('e'.repeat(64));
    expect(workspace.settings).toEqual({});
    workspace.changeSettings({ board: 'virtual-stm32f405', minutes: 10 });
    expect(workspace.changeSettings({ minutes: null })).toEqual({ board: 'virtual-stm32f405' });
    workspace.close();
    expect(JSON.parse(readFileSync(join(folder, 'workspace.json'), 'utf8'))).toEqual({
      format: 2,
      name: 'My bench',
      settings: { board: 'virtual-stm32f405' },
    });
  });
});

describe('a workspace', () => {
  it('lists, filters and sorts runs', async () => {
    const workspace = Workspace.open(folder);
    for (const [title, latencyMs] of [
      ['slow vww', 90],
      ['fast vww', 10],
      ['kws', null],
    ] as const) {
      const run = workspace.createRun(newRun(title));
      run.update({ state: 'done', figures: { ...run.record.figures, latencyMs } });
      run.close();
    }
    const { total, runs } = await workspace.listRuns({ text: 'VWW', sortBy: 'latencyMs', descending: false });
    expect(total).toBe(2);
    expect(runs.map(({ title }) => title)).toEqual(['fast vww', 'slow vww']);
    expect((await workspace.listRuns({ limit: 1 })).total).toBe(3);
    workspace.close();
  });

  it('sees what another process wrote, and what was removed by hand', async () => {
    const [one, other] = [Workspace.open(folder), Workspace.open(folder)];
    const run = one.createRun(newRun('from one'));
    expect((await other.listRuns()).runs).toMatchObject([{ title: 'from one', state: 'queued' }]);
    run.update({ state: 'running' });
    run.close();
    expect((await other.listRuns({ states: ['interrupted'] })).total).toBe(1);
    rmSync(run.folder, { recursive: true });
    expect((await other.listRuns()).total).toBe(0);
    expect((await one.listRuns()).total).toBe(0);
    one.close();
    other.close();
  });

  it('makes the index again from the folders', async () => {
    const workspace = Workspace.open(folder);
    workspace.createRun(newRun()).close();
    await workspace.listRuns();
    workspace.close();
    writeFileSync(join(folder, 'index.sqlite'), 'no database at all');
    const again = Workspace.open(folder);
    expect((await again.listRuns()).total).toBe(1);
    again.close();
  });

  it('opens though a kill left SQLite’s lock behind', async () => {
    Workspace.open(folder).close();
    mkdirSync(join(folder, 'index.sqlite.lock'));
    const workspace = Workspace.open(folder);
    expect((await workspace.listRuns()).total).toBe(0);
    workspace.close();
  });

  it('lists its runs though the index cannot be opened, or later not even read', async () => {
    mkdirSync(join(folder, 'index.sqlite'));
    const unopened = Workspace.open(folder);
    unopened.createRun(newRun('one')).close();
    expect((await unopened.listRuns()).total).toBe(1);
    unopened.close();
    rmSync(join(folder, 'index.sqlite'), { recursive: true });

    const failing = Workspace.open(folder);
    expect((await failing.listRuns()).total).toBe(1);
    // To SQLite this says that another has its file.
    mkdirSync(join(folder, 'index.sqlite.lock'));
    failing.createRun(newRun('two')).close();
    const { runs } = await failing.listRuns({ sortBy: 'title', descending: false });
    expect(runs.map(({ title }) => title)).toEqual(['one', 'two']);
    failing.close();
  });

  it('passes over a folder that holds no readable run', async () => {
    const workspace = Workspace.open(folder);
    mkdirSync(join(folder, 'runs', 'broken'));
    writeFileSync(join(folder, 'runs', 'broken', 'run.json'), '{');
    expect((await workspace.listRuns()).total).toBe(0);
    expect(() => workspace.readRun('broken')).toThrow(/cannot be read as a run/);
    workspace.close();
  });

  it('lists 10,000 runs fast', async () => {
    const workspace = Workspace.open(folder);
    const template = newRecord(newRun());
    for (let number = 0; number < 10_000; number++) {
      const id = `profile-${number}`;
      mkdirSync(join(folder, 'runs', id));
      writeFileSync(
        join(folder, 'runs', id, 'run.json'),
        JSON.stringify({ ...template, format: 1, id, title: `run ${number}`, state: 'done', createdAt: number }),
      );
    }
    expect((await workspace.listRuns({ limit: 1 })).total).toBe(10_000);
    const before = process.cpuUsage();
    const { runs } = await workspace.listRuns({ text: 'run 99', limit: 100 });
    const { user, system } = process.cpuUsage(before);
    expect(runs).toHaveLength(100);
    expect((user + system) / 1000).toBeLessThan(1500);

    // Polled every other second: where nothing changed, a look costs next to nothing.
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const looks = 20;
    await workspace.refresh();
    const idle = process.cpuUsage();
    for (let look = 0; look < looks; look++) expect(await workspace.refresh()).toEqual([]);
    const spent = process.cpuUsage(idle);
    expect((spent.user + spent.system) / 1000 / looks).toBeLessThan(120);

    // One that was done again elsewhere is noticed within a round of looks.
    const changed = join(folder, 'runs', 'profile-7777', 'run.json');
    writeFileSync(changed, JSON.stringify({ ...template, format: 1, id: 'profile-7777', title: 'done again' }));
    let noticed: readonly string[] = [];
    for (let look = 0; look < looks && noticed.length === 0; look++) noticed = await workspace.refresh();
    expect(noticed).toEqual(['profile-7777']);
    workspace.close();
  });

  it('knows a run by its folder: a copy is another run, and both stay as they are', async () => {
    const workspace = Workspace.open(folder);
    const run = workspace.createRun(newRun());
    run.update({ state: 'done' });
    run.close();
    cpSync(run.folder, join(folder, 'runs', 'a-copy'), { recursive: true });
    const { runs } = await workspace.listRuns();
    expect(runs.map(({ id }) => id).sort()).toEqual(['a-copy', run.record.id].sort());
    expect(workspace.readRun('a-copy').id).toBe('a-copy');
    expect(await workspace.refresh()).toEqual([]);
    workspace.close();
  });
});

describe('renaming and removing', () => {
  const finished = (workspace: Workspace): string => {
    const run = workspace.createRun(newRun());
    run.writeArtefact('compile', 'model.c', 'int x;');
    run.update({ state: 'done' });
    run.close();
    return run.record.id;
  };
  let workspace: Workspace;
  beforeEach(() => (workspace = Workspace.open(folder)));
  afterEach(() => workspace.close());

  it('changes the name and nothing else, and tells at once', async () => {
    const id = finished(workspace);
    const before = workspace.readRun(id);
    const changes: string[] = [];
    workspace.onChange((changed) => changes.push(...changed));
    workspace.renameRun(id, 'Zweiter Versuch');
    const { updatedAt: _later, ...after } = workspace.readRun(id);
    expect({ ...after, updatedAt: before.updatedAt }).toEqual({ ...before, title: 'Zweiter Versuch' });
    expect(changes).toEqual([id]);
    expect((await workspace.listRuns({ text: 'zweiter' })).total).toBe(1);
  });

  it('removes a run’s folder, and of what its links lead to nothing', () => {
    const id = finished(workspace);
    const outside = join(folder, 'dear');
    mkdirSync(outside);
    writeFileSync(join(outside, 'data.csv'), '1,2');
    symlinkSync(outside, join(workspace.folderOf(id), 'linked'), 'junction');
    const kept = finished(workspace);
    workspace.removeRun(id);
    expect(readdirSync(workspace.runsFolder)).toEqual([kept]);
    expect(readdirSync(outside)).toEqual(['data.csv']);
  });

  it('touches nothing where a link stands in the place of a run', () => {
    const elsewhere = Workspace.open(join(folder, 'elsewhere'));
    const id = finished(elsewhere);
    const before = readdirSync(elsewhere.folderOf(id)).sort();
    symlinkSync(elsewhere.folderOf(id), join(workspace.runsFolder, 'a-link'), 'junction');
    for (const change of [() => workspace.removeRun('a-link'), () => workspace.renameRun('a-link', 'mine')])
      expect(change).toThrow(expect.objectContaining({ code: 'store.no-run' }));
    expect(readdirSync(elsewhere.folderOf(id)).sort()).toEqual(before);
    expect(elsewhere.readRun(id).title).toBe('a run');
    elsewhere.close();
  });

  it.each(['../dear', '..', '.', '', 'a/b', 'gone', 'not-a-run'])('knows no run %j, and makes none', (id) => {
    mkdirSync(join(folder, 'dear'));
    writeFileSync(join(folder, 'dear', 'run.json'), '{}');
    mkdirSync(join(workspace.runsFolder, 'not-a-run'));
    for (const change of [() => workspace.removeRun(id), () => workspace.renameRun(id, 'mine')])
      expect(change).toThrow(expect.objectContaining({ code: 'store.no-run' }));
    expect(readdirSync(workspace.runsFolder)).toEqual(['not-a-run']);
    expect(readFileSync(join(folder, 'dear', 'run.json'), 'utf8')).toBe('{}');
  });

  it('leaves a run alone that is being done', () => {
    const run = workspace.createRun(newRun());
    for (const change of [() => workspace.removeRun(run.record.id), () => workspace.renameRun(run.record.id, 'mine')])
      expect(change).toThrow(expect.objectContaining({ code: 'store.in-use' }));
    expect(workspace.readRun(run.record.id).title).toBe('a run');
    run.close();
  });
});

describe('after a kill at any moment', () => {
  it('everything that was reported finished is there', async () => {
    for (const [kills, afterMs] of [300, 700, 1100].entries()) {
      const child = start('killed.worker.ts', folder);
      let said = '';
      child.stdout?.on('data', (bytes: Buffer) => (said += bytes.toString()));
      await once(child.stdout!, 'data');
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await kill(child);

      const workspace = Workspace.open(folder);
      const lines = said.split('\n').slice(0, -1);
      expect(lines.length).toBeGreaterThan(0);
      for (const id of new Set(lines.map((line) => line.split(' ')[0] ?? ''))) {
        const run = workspace.openRun(id);
        for (const line of lines.filter((line) => line.startsWith(`${id} `))) {
          const name = line.split(' ')[1] ?? '';
          expect(run.finishedStep(name, name)?.output).toEqual({ step: Number(name.slice(5)) });
        }
        run.close();
      }
      const { runs } = await workspace.listRuns({ limit: 1000 });
      // Each kill stopped one run at most.
      expect(runs.filter(({ state }) => state === 'interrupted').length).toBeLessThanOrEqual(kills + 1);
      expect(runs.every(({ state }) => state === 'interrupted' || state === 'done')).toBe(true);
      workspace.close();
    }
  });
});

describe('a file that was half written when its process was killed', () => {
  it('is removed by the next start; one that is being written is not', () => {
    const run = Workspace.open(folder).createRun(newRun('a run'));
    run.writeArtefact('step', 'c/model.c', 'int x;');
    run.close();
    // Nobody has this number: it is beyond the largest that Linux gives out.
    const [dead, living] = ['4194399-0123abcd.tmp', `${process.pid}-0123abcd.tmp`];
    const inRun = [join(run.folder, 'run.json'), join(run.folder, 'c', 'model.c')];
    const all = [join(folder, 'workspace.json'), ...inRun];
    for (const file of all) for (const ending of [dead, living]) writeFileSync(`${file}.${ending}`, '{"half":');
    writeFileSync(join(run.folder, 'my notes.tmp'), 'the user’s own');
    const left = (ending: string): boolean[] => all.map((file) => existsSync(`${file}.${ending}`));

    const workspace = Workspace.open(folder);
    expect(left(dead)).toEqual([false, true, true]);
    workspace.openRun(run.record.id).close();
    expect(left(dead)).toEqual([false, false, false]);
    expect(left(living)).toEqual([true, true, true]);
    expect(existsSync(join(run.folder, 'my notes.tmp'))).toBe(true);
    expect(workspace.readRun(run.record.id).title).toBe('a run');
    workspace.close();
  });
});

describe('a lock', () => {
  it('keeps another process out while its holder lives, and is taken over when it is killed', async () => {
    const file = join(folder, 'a.lock');
    const child = start('holder.worker.ts', file);
    await once(child.stdout!, 'data');
    expect(tryLock(file)).toBeNull();
    await kill(child);
    expect(isHeld(file)).toBe(false);
    const lock = tryLock(file);
    expect(lock).not.toBeNull();
    lock?.release();
    expect(existsSync(file)).toBe(false);
  });

  it('is got by exactly one of many that want a dead one’s', async () => {
    const file = join(folder, 'a.lock');
    const dead = start('holder.worker.ts', file);
    await once(dead.stdout!, 'data');
    await kill(dead);
    const answers = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const [bytes] = (await once(start('holder.worker.ts', file).stdout!, 'data')) as [Buffer];
        return bytes.toString().trim();
      }),
    );
    expect(answers.filter((answer) => answer === 'held')).toHaveLength(1);
  });

  it('does not mistake a later process with the same number for its holder', () => {
    const file = join(folder, 'a.lock');
    writeFileSync(file, JSON.stringify({ pid: process.pid, processStart: '1', token: 'x' }));
    expect(isHeld(file)).toBe(false);
  });

  it('tells of which start of the machine it is, for systems whose processes do not tell when they began', () => {
    const file = join(folder, 'a.lock');
    const lock = tryLock(file);
    const { machineStart } = JSON.parse(readFileSync(file, 'utf8')) as { machineStart: number };
    lock?.release();
    const isHeldBy = (holder: object): boolean => {
      writeFileSync(file, JSON.stringify({ pid: process.pid, processStart: null, token: 'x', ...holder }));
      return isHeld(file);
    };
    const clockWasSet = 30_000;
    const anHour = 3_600_000;
    expect(isHeldBy({ machineStart: machineStart - clockWasSet })).toBe(true);
    expect(isHeldBy({ machineStart: machineStart + clockWasSet })).toBe(true);
    expect(isHeldBy({ machineStart: machineStart - anHour })).toBe(false);
    // An older version did not write it down.
    expect(isHeldBy({})).toBe(true);
  });
});

describe('an atomic write', () => {
  it('leaves no temporary file behind', () => {
    writeFileAtomic(join(folder, 'a.json'), '1');
    writeFileAtomic(join(folder, 'a.json'), '2');
    expect(readdirSync(folder)).toEqual(['a.json']);
    expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('2');
  });

  it('says which file could not be written and why', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => writeFileAtomic(join(folder, 'file', 'a.json'), '1')).toThrow(
      /a\.json cannot be written: .*(file|folder)/,
    );
  });
});
