import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** Whether a process of this number lives, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * When a process began, in clock ticks since the machine's start (field 22 of /proc/PID/stat, proc(5)): tells it from a later
 * one that got the same number. Null where there is no /proc.
 */
export function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/**
 * When this machine started, in milliseconds since 1970, by what its clock says now: within a minute, and a part in ten
 * thousand of what has passed since, by which the two clocks that are asked may drift apart.
 */
export function machineStart(): { readonly at: number; readonly toleranceMs: number } {
  const upMs = uptime() * 1000;
  return { at: Date.now() - upMs, toleranceMs: 60_000 + upMs / 10_000 };
}
