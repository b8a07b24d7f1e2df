import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import {
  runRecordSchema,
  StudioError,
  writeRefusals,
  type Artefact,
  type LogLine,
  type RunRecord,
} from '../contract/index.ts';
import { makeFolder, removeHalfWritten, writeFileAtomic } from './atomic.ts';
import { isHeld, lockOrThrow, type FileLock } from './lock.ts';
import { LogFile, readLog } from './logFile.ts';
import { formatOf, migrateDocument, runMigrations } from './migrations/index.ts';

export const recordFile = 'run.json';
const logFile = 'log.jsonl';
const lockFile = 'run.lock';
/** What a system says where there is no room for a file. */
const fullDisk: readonly unknown[] = ['ENOSPC', 'EDQUOT'];

/** What a finished step left behind: its answer, and the files that belong to it. */
interface StepResult {
  readonly inputHash: string;
  readonly artefacts: readonly Artefact[];
  readonly output: unknown;
}

/**
 * One run on the disk, open for writing: `run.json` (where it stands), `log.jsonl`, `steps/NAME.json` (what each finished
 * step gave) and the files that the steps made. Held by one process at a time. Every file is written whole or not at
 * all, and a step counts as finished only when its result is there with all its files: a kill loses nothing finished.
 */
export class RunFolder {
  readonly folder: string;
  readonly #lock: FileLock;
  readonly #log: LogFile;
  #record: RunRecord;

  /** Lets go of the lock where the folder cannot be written to. */
  private constructor(folder: string, record: RunRecord, lock: FileLock) {
    this.folder = folder;
    this.#record = record;
    this.#lock = lock;
    try {
      this.#log = new LogFile(join(folder, logFile));
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * @throws StudioError `store.folder-taken` where the folder holds something else, `store.in-use`
   */
  static create(folder: string, record: RunRecord): RunFolder {
    if (existsSync(join(folder, recordFile)))
      throw new StudioError({
        code: 'store.folder-taken',
        message: `${folder} already holds a run.`,
        remedy: 'Choose another folder.',
        details: { folder },
      });
    makeFolder(folder);
    const lock = lockOrThrow(join(folder, lockFile), folder);
    const run = new RunFolder(folder, record, lock);
    run.begin({});
    return run;
  }

  /** @throws StudioError `store.no-run`, `store.broken-run`, `store.newer-format`, `store.in-use` */
  static open(folder: string): RunFolder {
    const record = readRecord(folder);
    const run = new RunFolder(folder, record, lockOrThrow(join(folder, lockFile), folder));
    try {
      removeHalfWritten(folder, { recursive: true });
    } catch (error) {
      run.close();
      throw error;
    }
    return run;
  }

  get record(): RunRecord {
    return this.#record;
  }

  update(change: Partial<Omit<RunRecord, 'id' | 'createdAt'>>, now = Date.now()): RunRecord {
    this.#record = { ...this.#record, ...change, updatedAt: now };
    const document = { format: formatOf(runMigrations), ...this.#record };
    writeFileAtomic(join(this.folder, recordFile), `${JSON.stringify(document, null, 2)}\n`);
    return this.#record;
  }

  /** The first change after opening: a run that does not take it is let go of. */
  begin(change: Parameters<RunFolder['update']>[0]): void {
    try {
      this.update(change);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  log(line: LogLine): void {
    this.#log.append(line);
  }

  /** Where a file of this run stands. @throws StudioError `store.bad-name` for what would leave the folder */
  path(file: string): string {
    return pathInside(this.folder, file);
  }

  /** Describes a file that a step has put into the folder. */
  artefact(step: string, file: string, name = file): Artefact {
    const bytes = readFileSync(this.path(file));
    return { name, file, bytes: bytes.length, sha256: sha256(bytes), step };
  }

  /** Writes a file of a step, whole or not at all. */
  writeArtefact(step: string, file: string, content: string | Uint8Array): Artefact {
    writeFileAtomic(this.path(file), content);
    return this.artefact(step, file);
  }

  /** Ends a step: from here on a resumed run takes this result. */
  finishStep(name: string, result: StepResult): void {
    this.#log.flush();
    writeFileAtomic(this.path(`steps/${name}.json`), `${JSON.stringify(result, null, 1)}\n`);
    this.keepArtefacts(name, result.artefacts);
  }

  /** Records what a step has written, in place of what it had written before. */
  keepArtefacts(name: string, artefacts: readonly Artefact[]): void {
    const others = this.#record.artefacts.filter(({ step }) => step !== name);
    this.update({ artefacts: [...others, ...artefacts] });
  }

  /** What the step gave when it was last finished with this very input, if all its files are still as they were. */
  finishedStep(name: string, inputHash: string): StepResult | null {
    const file = this.path(`steps/${name}.json`);
    if (!existsSync(file)) return null;
    let result: StepResult;
    try {
      result = JSON.parse(readFileSync(file, 'utf8')) as StepResult;
    } catch {
      return null;
    }
    if (result.inputHash !== inputHash || !Array.isArray(result.artefacts)) return null;
    return result.artefacts.every((artefact) => this.#isUnchanged(artefact)) ? result : null;
  }

  close(): void {
    try {
      this.#log.close();
    } finally {
      this.#lock.release();
    }
  }

  #isUnchanged({ file, bytes, sha256: expected }: Artefact): boolean {
    const path = this.path(file);
    if (!existsSync(path) || statSync(path).size !== bytes) return false;
    return sha256(readFileSync(path)) === expected;
  }
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** @throws StudioError `store.bad-name` */
export function pathInside(folder: string, file: string): string {
  const path = normalize(join(folder, file));
  if (path.startsWith(normalize(folder) + sep)) return path;
  throw badName(file);
}

/** A file that is there, and that no link leads out of the folder to. @throws StudioError `store.bad-name` */
export function fileInside(folder: string, file: string): string {
  const path = realpathSync(pathInside(folder, file));
  if (path.startsWith(realpathSync(folder) + sep)) return path;
  throw badName(file);
}

/**
 * Removes files, those that are there: all of them or, where one is elsewhere, none. A link is removed, not what it leads to.
 *
 * @throws StudioError `store.bad-name`
 */
export function removeInside(folder: string, files: readonly string[]): void {
  const paths = files.map((file) => {
    const path = pathInside(folder, file);
    const within = dirname(path);
    if (existsSync(within) && !`${realpathSync(within)}${sep}`.startsWith(realpathSync(folder) + sep))
      throw badName(file);
    return path;
  });
  for (const path of paths) rmSync(path, { force: true });
}

const badName = (file: string): StudioError =>
  new StudioError({
    code: 'store.bad-name',
    message: `${JSON.stringify(file)} does not name a file inside a run.`,
    remedy: 'Use a name that the run’s list of files gives.',
    details: { file },
  });

/** Whether a folder holds a run. */
export const isRun = (folder: string): boolean => existsSync(join(folder, recordFile));

/** Whether a living process has this run open. */
export const isRunHeld = (folder: string): boolean => isHeld(join(folder, lockFile));

/** A run as it stands on the disk; one that says `running` but whose process is gone is `interrupted`. */
export function readRecord(folder: string): RunRecord {
  const file = join(folder, recordFile);
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw noRun(folder);
    throw brokenRun(file, error instanceof Error ? error.message : String(error), error);
  }
  if (typeof document !== 'object' || document === null) throw brokenRun(file, 'it holds no object');
  const migrated = migrateDocument(document as Record<string, unknown>, file);
  const parsed = runRecordSchema.safeParse(migrated);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw brokenRun(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
  }
  return asItStands(folder, parsed.data);
}

/** What a record's state means now. */
export function asItStands<R extends Pick<RunRecord, 'state'>>(folder: string, record: R): R {
  const claimed = record.state === 'running' || record.state === 'queued';
  return claimed && !isRunHeld(folder) ? { ...record, state: 'interrupted' } : record;
}

export const readRunLog = (folder: string, from: number): { lines: LogLine[]; next: number } =>
  readLog(join(folder, logFile), from);

/** That a run is there itself: a link in its place could lead to anybody's folder. @throws StudioError `store.no-run` */
export function expectOwnRun(folder: string): void {
  const isFolder = lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isFolder || !isRun(folder)) throw noRun(folder);
}

/**
 * Removes a run's folder. Of what links in it lead to, nothing is touched.
 *
 * @throws StudioError `store.no-run`, `store.in-use` while it is being done, `store.not-removed`
 */
export function removeRun(folder: string): void {
  expectOwnRun(folder);
  const lock = lockForRemoval(folder);
  try {
    // The record first: without it the folder is no run any more, whatever happens to the rest.
    rmSync(join(folder, recordFile));
    rmSync(folder, { recursive: true, maxRetries: 3 });
  } catch (error) {
    throw notRemoved(folder, error as NodeJS.ErrnoException);
  } finally {
    lock?.release();
  }
}

/** A full disk takes no lock, and removing runs is what frees it: one that nobody holds is removed without. */
function lockForRemoval(folder: string): FileLock | null {
  try {
    return lockOrThrow(join(folder, lockFile), folder);
  } catch (error) {
    const isFull = error instanceof StudioError && fullDisk.includes(error.details['systemCode']);
    if (isFull && !isRunHeld(folder)) return null;
    throw error;
  }
}

function notRemoved(folder: string, error: NodeJS.ErrnoException): StudioError {
  const [reason] = writeRefusals[error.code ?? ''] ?? [error.message];
  return new StudioError({
    code: 'store.not-removed',
    message: `${folder} cannot be removed, or not all of it: ${reason}.`,
    remedy: 'Close what has its files open, allow this user to write there, and remove what is left by hand.',
    details: { folder, systemCode: error.code },
    cause: error,
  });
}

const noRun = (folder: string): StudioError =>
  new StudioError({
    code: 'store.no-run',
    message: `There is no run in ${folder}.`,
    remedy: 'Choose a run from the list of runs.',
    details: { folder },
  });

const brokenRun = (file: string, why: string, cause?: unknown): StudioError =>
  new StudioError({
    code: 'store.broken-run',
    message: `${file} cannot be read as a run: ${why}.`,
    remedy: 'Restore the file from a backup, or remove its folder.',
    details: { file, why },
    cause,
  });
