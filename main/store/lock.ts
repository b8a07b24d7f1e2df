import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { StudioError } from '../contract/index.ts';
import { isAlive, machineStart, processStart } from '../processes/index.ts';
import { writeFailed } from './atomic.ts';

/** Who holds a lock. The start time tells a process from a later one that got the same number. */
interface Holder {
  readonly pid: number;
  readonly processStart: string | null;
  /** What `machineStart` said; null in locks of older versions. */
  readonly machineStart: number | null;
  readonly token: string;
}

export interface FileLock {
  /** Idempotent. */
  release(): void;
}

/** A lock that is being written has no content for a moment; after this it is a leftover of a crash. */
const writingMs = 5_000;

/**
 * Takes a lock file, or answers null where a living process holds it. A lock whose holder died is taken over.
 *
 * Only who holds `FILE.takeover` removes a dead holder's lock, and looks once more before doing so: a lock that somebody
 * else has just taken is never removed.
 */
export function tryLock(file: string): FileLock | null {
  mkdirSync(dirname(file), { recursive: true });
  for (let attempt = 0; attempt < 20; attempt++) {
    const own: Holder = {
      pid: process.pid,
      processStart: processStart(process.pid),
      machineStart: machineStart().at,
      token: randomBytes(8).toString('hex'),
    };
    if (create(file, JSON.stringify(own))) return lockOf(file, own);
    if (isHeld(file)) return null;
    const takeover = `${file}.takeover`;
    if (!create(takeover, '')) {
      if (ageMs(takeover) > writingMs) rmSync(takeover, { force: true });
      continue;
    }
    try {
      if (!isHeld(file)) rmSync(file, { force: true });
    } finally {
      rmSync(takeover, { force: true });
    }
  }
  return null;
}

/** @throws StudioError `store.in-use` where a living process holds it */
export function lockOrThrow(file: string, what: string): FileLock {
  const lock = tryLock(file);
  if (lock !== null) return lock;
  const pid = readHolder(file)?.pid ?? null;
  throw new StudioError({
    code: 'store.in-use',
    message: `${what} is in use by another MCUNet Studio${pid === null ? '' : ` (process ${pid})`}.`,
    remedy: 'Wait until it is done or stop it there, or choose another folder.',
    details: { lock: file, pid },
  });
}

/** Whether a living process holds this lock. */
export function isHeld(file: string): boolean {
  const holder = readHolder(file);
  if (holder === undefined) return false;
  if (holder === null) return ageMs(file) < writingMs;
  if (!isAlive(holder.pid)) return false;
  if (holder.processStart !== null) return processStart(holder.pid) === holder.processStart;
  return holder.machineStart === null || !isEarlierStart(holder.machineStart);
}

/** Where no process tells when it began, this much is known: none of before the machine's start is alive. */
function isEarlierStart(start: number): boolean {
  const { at, toleranceMs } = machineStart();
  return start < at - toleranceMs;
}

function lockOf(file: string, own: Holder): FileLock {
  let released = false;
  return {
    release() {
      if (released) return;
      released = true;
      if (readHolder(file)?.token === own.token) rmSync(file, { force: true });
    },
  };
}

function create(file: string, content: string): boolean {
  try {
    const descriptor = openSync(file, 'wx');
    try {
      writeSync(descriptor, content);
    } catch (error) {
      // A full disk takes the name and no content; left there it would pass for a lock.
      rmSync(file, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw writeFailed(file, error);
  }
}

/** Undefined where there is no lock file, null where it says nothing (yet). */
function readHolder(file: string): Holder | null | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    if (typeof holder?.pid !== 'number' || typeof holder.token !== 'string') return null;
    const { pid, token, processStart: began = null, machineStart: started = null } = holder;
    return { pid, token, processStart: began, machineStart: started };
  } catch {
    return null;
  }
}

function ageMs(file: string): number {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
