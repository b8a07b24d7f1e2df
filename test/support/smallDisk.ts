import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { runToEnd, type Finished } from './bareMachine.ts';

const unshare = '/usr/bin/unshare';

/** How this user makes a mount namespace, in which disks can be mounted that nobody else sees; null where it may not. */
export function ownMounts(): readonly string[] | null {
  const ways = [['--mount'], ['--map-root-user', '--mount']];
  const mountOne = ['sh', '-c', 'mount -t tmpfs -o size=64k tmpfs /tmp'];
  return ways.find((how) => spawnSync(unshare, [...how, ...mountOne]).status === 0) ?? null;
}

/**
 * Runs a shell script in which `$disk` is a disk of so many KiB in memory, mounted for nobody else, and `"$@"` is a command.
 * `disk size=1m` changes it while it is in use, `disk ro` makes it read-only.
 */
export function onSmallDisk(
  { folder, kib, script, env = {} }: { folder: string; kib: number; script: string; env?: Record<string, string> },
  ...command: string[]
): Promise<Finished> {
  mkdirSync(folder, { recursive: true });
  const set = `disk() { mount -o "remount,$1" tmpfs "$disk"; }; mount -t tmpfs -o size=${kib}k tmpfs "$disk" || exit 99`;
  return runToEnd([unshare, ...(ownMounts() ?? []), 'sh', '-c', `${set}\n${script}`, 'sh', ...command], {
    env: { ...process.env, ...env, disk: folder },
  });
}
