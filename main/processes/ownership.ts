import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

/**
 * Who belongs to this process. Children are ended when we exit; should we be killed without a chance to do so, the
 * reaper (a small process at the other end of a pipe) sees the pipe close and ends them.
 */
const mark = `${process.pid}-${randomUUID()}`;
const owned = new Set<number>();
let reaper: ChildProcess | null = null;
let leaving = false;

/** What the environment of every child must carry. */
export const ownershipEnvironment: Readonly<Record<string, string>> = { MCUNET_OWNER: mark };

/** Starts the watch before the first child exists; idempotent. */
export function watchChildren(): void {
  if (reaper !== null || leaving) return;
  const started = spawn(process.execPath, [fileURLToPath(new URL('./reaper.mjs', import.meta.url)), mark], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    // In Electron, execPath is Electron itself. Where we are somebody's child, our reaper must not end with us.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '', MCUNET_OWNER: '' },
  });
  reaper = started;
  started.unref();
  started.stdin.on('error', () => undefined);
  // A pipe of an unref'ed child must not keep us alive either.
  (started.stdin as unknown as { unref?: () => void }).unref?.();
  const replace = (): void => {
    if (reaper !== started) return;
    reaper = null;
    if (owned.size > 0) watchChildren();
  };
  started.once('exit', replace).once('error', replace);
  for (const pid of owned) started.stdin.write(`+${pid}\n`);
}

export function own(pid: number): void {
  owned.add(pid);
  reaper?.stdin?.write(`+${pid}\n`);
}

export function disown(pid: number): void {
  owned.delete(pid);
  reaper?.stdin?.write(`-${pid}\n`);
}

/** Ends a child and all that it started. The child leads its own process group. */
export function killTree(pid: number): void {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/T', '/F', '/PID', String(pid)]);
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

process.on('exit', () => {
  leaving = true;
  for (const pid of owned) killTree(pid);
});
