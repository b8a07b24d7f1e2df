import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ErrorReport } from '../../main/contract/index.ts';
import { readRecord, Workspace } from '../../main/store/index.ts';
import { Studio } from '../../main/studio/index.ts';
import { encodePng } from '../../main/datasets/png.ts';
import { mcunet, tinyClassifier } from '../cli/commandLine.ts';
import { runToEnd } from '../support/bareMachine.ts';
import { programOnPath } from '../support/programs.ts';
import { onSmallDisk, ownMounts } from '../support/smallDisk.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/**
 * What may happen to a user's machine, each with what we say and what is left. Kills are in kills.test.ts; damaged and hostile
 * datasets in test/datasets/hostile.test.ts and fuzz.test.ts, project files in test/studio/projects.
 */
const hasBoard = programOnPath('arm-none-eabi-gcc') && programOnPath('qemu-system-arm');
const main = join(import.meta.dirname, '../../main/cli/main.ts');
const cli = (...argv: string[]): string[] => [process.execPath, '--import', 'tsx', main, ...argv, '--json'];
const errorIn = (json: string): ErrorReport => (JSON.parse(json) as { error: ErrorReport }).error;
const dataset = 'generated:road-signs?size=32&train=16&validation=16&test=16';

function finishedRun(workspaceFolder: string): string {
  const workspace = Workspace.open(workspaceFolder);
  const run = workspace.createRun({ kind: 'build', title: 'kept', params: { kind: 'build' } });
  run.update({ state: 'done' });
  run.close();
  workspace.close();
  return run.record.id;
}

describe.skipIf(ownMounts() === null || process.platform !== 'linux')('a disk (needs mounts of its own)', () => {
  it.skipIf(!hasBoard)(
    'that is full stops a job with one sentence, and the job goes on when there is room again',
    async () => {
      const folder = temporaryFolder();
      const outcome = await onSmallDisk(
        {
          folder: join(folder, 'small disk'),
          kib: 120,
          script: `"$@" > "$0.first"; test -e "$disk/run/run.json" || exit 98; disk size=64m; "$@"`.replace(
            '$0',
            '$told',
          ),
          env: { told: join(folder, 'told') },
        },
        ...cli('evaluate', tinyClassifier(folder), '--board', 'virtual-stm32f405', '--dataset', dataset),
        ...['--out', join(folder, 'small disk', 'run')],
      );
      const error = errorIn(readFileSync(join(folder, 'told.first'), 'utf8'));
      expect(error.code).toBe('store.write-failed');
      expect(error.message).toMatch(/small disk.run.* cannot be written: the disk is full\.$/);
      expect(error.remedy).toContain('finished steps are kept');
      expect(outcome.exitCode, outcome.stderr).toBe(0);
      expect(outcome.stderr).toMatch(/✓ Generating C for the board.*from before|from before/);
      expect(JSON.parse(outcome.stdout)).toMatchObject({ evaluation: { agreement: { compared: 16, equal: 16 } } });
    },
    180_000,
  );

  it.skipIf(!hasBoard)('that is full where temporary files go is named', async () => {
    const folder = temporaryFolder();
    const { stdout, exitCode } = await onSmallDisk(
      { folder: join(folder, 'temporary'), kib: 24, script: '"$@"', env: { TMPDIR: join(folder, 'temporary') } },
      ...cli('build', tinyClassifier(folder), '--board', 'virtual-stm32f405', '--out', join(folder, 'run')),
    );
    expect(exitCode).toBe(1);
    expect(errorIn(stdout).message).toMatch(/temporary.*full/);
  });

  it('that is full lets the runs on it be listed, their changes be seen, and one be removed', async () => {
    const worker = join(import.meta.dirname, 'fullDisk.worker.ts');
    const disk = join(temporaryFolder(), 'full');
    const { exitCode, stdout, stderr } = await onSmallDisk(
      { folder: disk, kib: 512, script: '"$@"' },
      ...[process.execPath, '--import', 'tsx', worker, disk],
    );
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ told: true, before: ['one', 'other'], after: ['other'] });
  });

  it('that is read-only: its workspace can be looked at and packed, and nothing can be put into it', async () => {
    const folder = temporaryFolder();
    const disk = join(folder, 'read-only');
    const id = finishedRun(join(folder, 'workspace'));
    const { exitCode, stdout } = await onSmallDisk(
      { folder: disk, kib: 4096, script: `cp -r "$1" "$disk/w"; disk ro; shift; "$@"` },
      join(folder, 'workspace'),
      ...cli('project', 'pack', join(folder, 'p.mcunet'), '--workspace', join(disk, 'w')),
    );
    expect(exitCode, stdout).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ runs: [{ id }] });

    const refused = await onSmallDisk(
      { folder: disk, kib: 4096, script: `cp -r "$1" "$disk/w"; disk ro; shift; "$@"` },
      join(folder, 'workspace'),
      ...cli('project', 'open', join(folder, 'p.mcunet'), '--workspace', join(disk, 'w')),
    );
    expect(refused.exitCode).toBe(1);
    expect(errorIn(refused.stdout)).toMatchObject({
      code: 'store.write-failed',
      message: expect.stringContaining('the file system is read-only'),
      remedy: 'Choose a folder on a disk that can be written to.',
    });
  });
});

describe('a place to write to', () => {
  it('whose name is too long is refused in one sentence', async () => {
    const folder = temporaryFolder();
    const out = join(folder, 'x'.repeat(300));
    const { json, exitCode } = await mcunet([
      'build',
      tinyClassifier(folder),
      '--board',
      'virtual-stm32f405',
      '--out',
      out,
      '--json',
    ]);
    expect(exitCode).toBe(1);
    expect(json?.['error']).toMatchObject({
      code: 'store.write-failed',
      message: expect.stringContaining('its name is longer than this system allows'),
    });
  });
});

/** Shifts the clock of a program that is started with it, by so many days; from `afterMs` on, back again. */
const clock = (days: number, afterMs = Number.MAX_SAFE_INTEGER): string =>
  `data:text/javascript,${encodeURIComponent(
    `const now = Date.now; Date.now = () => now() + (performance.now() < ${afterMs} ? ${days} * 864e5 : 0);`,
  )}`;

describe.skipIf(!hasBoard)('a clock', () => {
  it('that is set back, between two starts and in the middle of one, neither loses nor repeats work', async () => {
    const folder = temporaryFolder();
    const run = join(folder, 'run');
    const argv = [
      'evaluate',
      tinyClassifier(folder),
      '--board',
      'virtual-stm32f405',
      '--dataset',
      dataset,
      '--out',
      run,
    ];
    const [node = '', ...rest] = cli(...argv);
    // The first start comes as far as the board, a year ahead.
    const first = await runToEnd([node, '--import', clock(365), ...rest], {
      env: { ...process.env, MCUNET_QEMU: join(folder, 'no QEMU here') },
    });
    expect(errorIn(first.stdout).code).toBe('toolchain.missing');
    const before = readRecord(run);
    expect(before.createdAt).toBeGreaterThan(Date.now() + 300 * 864e5);

    const second = await runToEnd([node, '--import', clock(1, 1500), ...rest]);
    expect(second.exitCode, second.stdout + second.stderr).toBe(0);
    expect(second.stderr).toMatch(/Compiling and linking the firmware {2}from before/);
    const after = readRecord(run);
    expect(after).toMatchObject({ state: 'done', createdAt: before.createdAt, imageSha256: before.imageSha256 });
  }, 180_000);
});

describe('two instances on one workspace', () => {
  it('see each other’s runs, and each leaves alone what the other is doing', async () => {
    const folder = temporaryFolder();
    let finish = (): void => undefined;
    const busy = new Studio(folder, (_params, trip) =>
      trip.go([], () => new Promise((resolve) => (finish = () => resolve(null)))),
    );
    const other = new Studio(folder);
    onTestFinished(async () => {
      await busy.close();
      await other.close();
    });
    const call = { signal: new AbortController().signal, onProgress: () => undefined };
    const params = { kind: 'build', model: 'm.tflite', boardId: 'virtual-stm32f405' } as const;
    const { runId } = await busy.handlers.calls['jobs.start']({ params }, call);
    await vi.waitFor(async () =>
      expect((await other.handlers.calls['runs.list']({}, call)).runs).toMatchObject([{ id: runId, state: 'running' }]),
    );
    const inUse = { code: 'store.in-use', message: expect.stringContaining('in use by another MCUNet Studio') };
    await expect(other.handlers.calls['jobs.resume']({ runId }, call)).rejects.toMatchObject(inUse);
    await expect(other.handlers.calls['runs.remove']({ id: runId }, call)).rejects.toMatchObject(inUse);
    await expect(other.handlers.calls['runs.rename']({ id: runId, title: 'mine' }, call)).rejects.toMatchObject(inUse);
    finish();
    await vi.waitFor(async () =>
      expect((await other.handlers.calls['runs.get']({ id: runId }, call)).state).toBe('done'),
    );
    await other.handlers.calls['runs.rename']({ id: runId, title: 'mine' }, call);
    expect((await busy.handlers.calls['runs.list']({}, call)).runs[0]?.title).toBe('mine');
  });
});

describe.skipIf(!hasBoard)('a path', () => {
  it('of more than 200 characters with spaces, quotes, umlauts and signs of the shell is a path like any other', async () => {
    const odd =
      process.platform === 'win32' ? "Übung & 'Test' $HOME %PATH% (1)" : `Übung & 'Test' "quoted" $HOME %PATH% (1); *`;
    const folder = join(temporaryFolder(), ...Array.from({ length: 5 }, (_, index) => `${odd} ${index}`));
    mkdirSync(folder, { recursive: true });
    expect(folder.length).toBeGreaterThan(200);
    const pictures = join(folder, 'pictures');
    for (const [name, value] of Object.entries({ dark: 10, bright: 240 }))
      for (let number = 0; number < 8; number++) {
        mkdirSync(join(pictures, name), { recursive: true });
        const pixels = new Uint8Array(32 * 32 * 3).fill(value + number);
        writeFileSync(join(pictures, name, `${number}.png`), encodePng({ width: 32, height: 32, pixels }));
      }
    const model = tinyClassifier(folder, 'mein "Modell".tflite', { classes: 2 });
    const out = join(folder, 'run');
    const { exitCode, err, json } = await mcunet([
      'evaluate',
      model,
      '--board',
      'virtual-stm32f405',
      '--dataset',
      pictures,
      '--split',
      'train',
      '--out',
      out,
      '--json',
    ]);
    expect(exitCode, err + JSON.stringify(json?.['error'])).toBe(0);
    expect(existsSync(join(out, 'report.html'))).toBe(true);
    // And the run can be taken along as it is.
    cpSync(out, join(folder, 'copy'), { recursive: true });
    expect(readRecord(join(folder, 'copy'))).toMatchObject({ state: 'done' });
  }, 120_000);
});
