import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readRecord } from '../../main/store/index.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { mcunet, tinyClassifier } from './commandLine.ts';

const hasBoard =
  programOnPath('arm-none-eabi-gcc') && programOnPath('qemu-system-arm') && existsSync('/proc/self/stat');
const main = join(import.meta.dirname, '../../main/cli/main.ts');
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(argv: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (bytes: Buffer) => (said.out += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (said.err += bytes.toString()));
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const says = (text: string): Promise<void> =>
    vi.waitFor(() => expect(said.err).toContain(text), { timeout: 50_000, interval: 50 });
  return { child, said, ended, says };
}

/** Every living process whose ancestors include `pid`, with its command. */
function descendants(pid: number): { pid: number; command: string }[] {
  const parents = new Map<number, { parent: number; command: string }>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const command = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      parents.set(Number(name), { parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), command });
    } catch {
      // It ended while we looked.
    }
  }
  const found: { pid: number; command: string }[] = [];
  const add = (ancestor: number): void => {
    for (const [child, { parent, command }] of parents)
      if (parent === ancestor) {
        found.push({ pid: child, command });
        add(child);
      }
  };
  add(pid);
  return found;
}

const qemusOf = (child: ChildProcess): number[] =>
  descendants(child.pid ?? 0)
    .filter(({ command }) => command.startsWith('qemu-system'))
    .map(({ pid }) => pid);
const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

describe.skipIf(!hasBoard)('a command that is stopped while boards are working', () => {
  const evaluation = (folder: string): string[] => [
    ...['evaluate', tinyClassifier(folder), '--board', 'virtual-stm32f405', '--out', join(folder, 'out'), '--json'],
    ...['--dataset', 'generated:road-signs?train=16&validation=16&test=3000'],
  ];

  it('by Ctrl-C: says so, leaves no QEMU, and goes on where it was', async () => {
    const folder = temporaryFolder();
    const argv = evaluation(folder);
    const { child, said, ended, says } = start(argv);
    await says('evaluating');
    const qemus = qemusOf(child);
    expect(qemus.length).toBeGreaterThan(0);
    child.kill('SIGINT');
    expect((await ended)[0]).toBe(130);
    expect(JSON.parse(said.out)).toMatchObject({ error: { code: 'cancelled' } });
    expect(qemus.filter(isAlive)).toEqual([]);
    expect(readRecord(join(folder, 'out'))).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } });

    const stop = new AbortController();
    let told = '';
    const again = mcunet(argv, {
      signal: stop.signal,
      err: (text) => {
        told += text;
        if (told.includes('evaluating')) stop.abort();
      },
    });
    expect((await again).exitCode).toBe(130);
    expect(told).toMatch(/✓ Compiling and linking the firmware {2}from before/);
    expect(told).toMatch(/✓ Measuring on .* {2}from before/);
  }, 120_000);

  it('by a kill: leaves no QEMU, and a run that can be gone on with', async () => {
    const folder = temporaryFolder();
    const { child, ended, says } = start(evaluation(folder));
    await says('evaluating');
    const qemus = qemusOf(child);
    expect(qemus.length).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await ended;
    await vi.waitFor(() => expect(qemus.filter(isAlive)).toEqual([]), { timeout: 15_000, interval: 100 });
    const record = readRecord(join(folder, 'out'));
    expect(record.state).toBe('interrupted');
    expect(record.steps.filter(({ state }) => state === 'done').map(({ name }) => name)).toEqual([
      'model',
      'compile',
      'image',
      'dataset',
      'profile',
    ]);
  }, 120_000);
});

describe('a training that is stopped', () => {
  it('by Ctrl-C keeps its checkpoint', async () => {
    const folder = temporaryFolder();
    const { child, said, ended, says } = start([
      ...['train', '--dataset', 'generated:road-signs?size=32&train=64&validation=16&test=16', '--minutes', '30'],
      ...['--board', 'virtual-stm32f405', '--workers', '1', '--out', join(folder, 'out')],
    ]);
    await says('epoch 2');
    child.kill('SIGINT');
    expect((await ended)[0]).toBe(130);
    expect(said.err).toContain('Stopped by Ctrl-C.');
    expect(said.out).toBe('');
    const half = readdirSync(join(folder, 'out', 'unfinished'), { recursive: true, encoding: 'utf8' });
    expect(half.some((name) => name.endsWith('training.checkpoint'))).toBe(true);
  }, 120_000);
});
