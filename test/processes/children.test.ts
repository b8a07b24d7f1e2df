import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProcess, startProcess } from '../../main/processes/index.ts';

const node = (source: string): [string, string[]] => [process.execPath, ['-e', source]];

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A zombie that waits for its parent is dead for our purposes.
  return !existsSync(`/proc/${pid}/stat`) || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

async function until(condition: () => boolean, withinMs = 10_000): Promise<boolean> {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(20)) if (condition()) return true;
  return condition();
}

describe('runProcess', () => {
  it('hands arguments on untouched, as no shell would', async () => {
    const [command, args] = node('console.log(process.argv[1])');
    const awkward = 'a "b" $HOME; `ls` ü *';
    expect((await runProcess(command, [...args, awkward])).stdout).toBe(`${awkward}\n`);
  });

  it('works in folders with spaces and umlauts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'Prüf stand '));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const result = await runProcess(...node('console.log(process.cwd())'), { cwd: folder });
    expect(
      result.stdout
        .normalize()
        .trim()
        .endsWith(folder.split('/').at(-1) ?? ''),
    ).toBe(true);
  });

  it('resolves with the exit code and both outputs', async () => {
    const result = await runProcess(...node('console.log("out"); console.error("err"); process.exit(3)'));
    expect(result).toEqual({ exitCode: 3, signal: null, stdout: 'out\n', stderr: 'err\n', truncated: false });
  });

  it('feeds standard input', async () => {
    const result = await runProcess(...node('process.stdin.pipe(process.stdout)'), { input: 'äöü' });
    expect(result.stdout).toBe('äöü');
  });

  it('keeps the end of an output that is too long', async () => {
    const source = 'for (let i = 0; i < 100000; i++) console.log(i)';
    const result = await runProcess(...node(source), { maxOutputBytes: 1000 });
    expect(result.truncated).toBe(true);
    expect(result.stdout.length).toBe(1000);
    expect(result.stdout.endsWith('99999\n')).toBe(true);
  });

  it('says which program could not be started', async () => {
    await expect(runProcess('no-such-program-here', [])).rejects.toMatchObject({ code: 'process.not-started' });
  });

  it('ends a child that takes too long', async () => {
    const run = runProcess(...node('setInterval(() => {}, 1000)'), { timeoutMs: 300 });
    await expect(run).rejects.toMatchObject({ code: 'process.timeout' });
  });

  it('ends a child on request', async () => {
    const run = runProcess(...node('setInterval(() => {}, 1000)'), { signal: AbortSignal.timeout(200) });
    await expect(run).rejects.toMatchObject({ code: 'process.aborted' });
  });
});

describe('startProcess', () => {
  it('gives the child duplex pipes', async () => {
    const source = `const s = new (require('net').Socket)({ fd: 3 }); s.on('data', (d) => s.write('echo ' + d))`;
    const child = await startProcess(...node(source), { extraPipes: 1 });
    const [pipe] = child.pipes;
    pipe?.write('hello');
    const [answer] = (await once(pipe!, 'data')) as [Buffer];
    expect(answer.toString()).toBe('echo hello');
    expect((await child.kill()).signal).toBe('SIGKILL');
  });

  it('ends what the child started, too', async () => {
    const source = `const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 999)']);
      console.log(c.pid); setInterval(() => {}, 999)`;
    const child = await startProcess(...node(source));
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const grandchild = Number(line.toString());
    expect(isAlive(grandchild)).toBe(true);
    await child.kill();
    expect(await until(() => !isAlive(grandchild))).toBe(true);
  });
});

/** A process of ours that owns a child which would run for ever; `ending` is what it does next. */
async function startOwner(ending: string): Promise<{ owner: ReturnType<typeof spawn>; childPid: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'owner-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = join(folder, 'owner.mts');
  const door = new URL('../../main/processes/index.ts', import.meta.url).href;
  writeFileSync(
    script,
    `import { startProcess } from ${JSON.stringify(door)};
     const child = await startProcess(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
     console.log(child.pid);
     ${ending}`,
  );
  const root = join(import.meta.dirname, '../..');
  const owner = spawn(process.execPath, ['--import', 'tsx', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(owner, 'exit').then(([code]) => Promise.reject(new Error(`the owner ended early: ${code}`)));
  const [line] = (await Promise.race([once(owner.stdout!, 'data'), ended])) as [Buffer];
  ended.catch(() => undefined);
  return { owner, childPid: Number(line.toString()) };
}

describe.skipIf(process.platform === 'win32')('a child that would run for ever ends with us', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)('when we are ended by %s', async (signal) => {
    const { owner, childPid } = await startOwner('setInterval(() => {}, 1000);');
    expect(isAlive(childPid)).toBe(true);
    owner.kill(signal);
    expect(await until(() => !isAlive(childPid))).toBe(true);
  });

  it.skipIf(!existsSync('/proc/self'))('when even the one who watches over us was killed before', async () => {
    const { owner, childPid } = await startOwner('setInterval(() => {}, 1000);');
    const [watcher] = reapersOf(owner.pid ?? 0);
    process.kill(watcher ?? 0, 'SIGKILL');
    expect(await until(() => reapersOf(owner.pid ?? 0).some((pid) => pid !== watcher))).toBe(true);
    // The new watcher has to learn of the child first.
    await sleep(300);
    owner.kill('SIGKILL');
    expect(await until(() => !isAlive(childPid))).toBe(true);
  });

  it.each(['process.exit(0)', 'throw new Error("crash")', 'process.abort()'])('when we end by %s', async (ending) => {
    const { childPid } = await startOwner(`setTimeout(() => { ${ending} }, 50);`);
    expect(await until(() => !isAlive(childPid))).toBe(true);
  });
});

/** The watchers that a process has started, by their command line. */
function reapersOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const isChild = new RegExp(`^PPid:\\s+${parent}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
        return isChild && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('reaper.mjs') && isAlive(pid);
      } catch {
        return false;
      }
    });
}
