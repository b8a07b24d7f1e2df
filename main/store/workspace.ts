import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  noFigures,
  runSummarySchema,
  settingsSchema,
  StudioError,
  type RunFilter,
  type RunKind,
  type RunRecord,
  type RunSummary,
  type Settings,
} from '../contract/index.ts';
import { makeFolder, removeHalfWritten, writeFileAtomic } from './atomic.ts';
import { lockOrThrow } from './lock.ts';
import { formatOf, migrateDocument, workspaceMigrations } from './migrations/index.ts';
import { asItStands, expectOwnRun, isRunHeld, readRecord, recordFile, removeRun, RunFolder } from './runFolder.ts';
import { RecordStamps } from './recordStamps.ts';
import { RunIndex, type IndexedRun } from './runIndex.ts';

const workspaceFile = 'workspace.json';
/** Runs in these states change by themselves, or are about to. */
const lively: ReadonlySet<string> = new Set(['queued', 'running', 'interrupted']);

export interface NewRun {
  readonly kind: RunKind;
  readonly title: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly boardId?: string | null;
  readonly model?: string | null;
  readonly dataset?: string | null;
}

/** A run that nobody has begun yet. */
export function newRecord(run: NewRun, now = Date.now()): RunRecord {
  return {
    id: newRunId(run.kind, now),
    kind: run.kind,
    title: run.title,
    state: 'queued',
    createdAt: now,
    updatedAt: now,
    finishedAt: null,
    boardId: run.boardId ?? null,
    model: run.model ?? null,
    dataset: run.dataset ?? null,
    figures: noFigures,
    params: { ...run.params },
    steps: [],
    artefacts: [],
    error: null,
    imageSha256: null,
    environment: {},
  };
}

/** Sorts by time, reads well in a file manager, and does not collide: `demo-20261122-071530-4f9a`. */
function newRunId(kind: string, now: number): string {
  const time = new Date(now).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${kind}-${time}-${randomBytes(2).toString('hex')}`;
}

/** Whether a folder is a workspace. */
export const isWorkspace = (folder: string): boolean => existsSync(join(folder, workspaceFile));

/**
 * A workspace: a folder with a `runs` folder in it, one folder a run, and an index that can be made again from them.
 * Several processes may have the same workspace open; each run belongs to one of them at a time.
 */
export class Workspace {
  readonly folder: string;
  readonly #index: RunIndex;
  /** What the index holds of each run's record. */
  readonly #known: Map<string, { readonly stamp: string; readonly state: string }>;
  readonly #stamps: RecordStamps;
  /** Runs that were opened here: their records may change at any time. */
  readonly #opened = new Set<string>();
  readonly #listeners = new Set<(changed: readonly string[]) => void>();
  #refreshing: Promise<readonly string[]> | null = null;

  private constructor(folder: string, index: RunIndex) {
    this.folder = folder;
    this.#index = index;
    this.#known = index.stamps();
    this.#stamps = new RecordStamps(this.runsFolder);
  }

  /** Opens the workspace, and makes it where there is none. @throws StudioError `store.newer-format`, `store.write-failed` */
  static open(folder: string): Workspace {
    const file = join(folder, workspaceFile);
    makeFolder(join(folder, 'runs'), folder);
    if (!existsSync(file)) writeWorkspaceFile(file, { name: 'MCUNet Studio workspace', settings: {} });
    else readWorkspaceFile(file);
    tidyUp(folder);
    return new Workspace(folder, new RunIndex(join(folder, 'index.sqlite')));
  }

  /** Preferences that belong to the work. @throws StudioError `store.broken-workspace`, `store.newer-format` */
  get settings(): Settings {
    return readWorkspaceFile(join(this.folder, workspaceFile)).settings;
  }

  /** Puts settings in the place of those of the same names; null removes one. */
  changeSettings(changes: Settings): Settings {
    const file = join(this.folder, workspaceFile);
    const lock = lockOrThrow(`${file}.lock`, file);
    try {
      const before = readWorkspaceFile(file);
      const kept = Object.entries({ ...before.settings, ...changes }).filter(([, value]) => value !== null);
      const settings = Object.fromEntries(kept);
      writeWorkspaceFile(file, { ...before, settings });
      return settings;
    } finally {
      lock.release();
    }
  }

  get runsFolder(): string {
    return join(this.folder, 'runs');
  }

  createRun(run: NewRun): RunFolder {
    const record = newRecord(run);
    this.#opened.add(record.id);
    return RunFolder.create(this.folderOf(record.id), record);
  }

  openRun(id: string): RunFolder {
    const folder = this.folderOf(id);
    this.#opened.add(id);
    return RunFolder.open(folder);
  }

  readRun(id: string): RunRecord {
    return { ...readRecord(this.folderOf(id)), id };
  }

  /** @throws StudioError `store.no-run`, `store.in-use` while it is being done */
  renameRun(id: string, title: string): void {
    expectOwnRun(this.folderOf(id));
    const run = this.openRun(id);
    try {
      run.update({ title });
    } finally {
      run.close();
    }
    this.#tell([id]);
  }

  /** @throws StudioError `store.no-run`, `store.in-use` while it is being done, `store.not-removed` */
  removeRun(id: string): void {
    removeRun(this.folderOf(id));
    try {
      this.#index.remove([id]);
    } catch (error) {
      this.#indexAnew(error);
    }
    this.#known.delete(id);
    this.#opened.delete(id);
    this.#tell([id]);
  }

  /** Calls back with the ids of runs that were found changed or gone, whoever looked. */
  onChange(listener: (changed: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws StudioError `store.no-run` for what is no run's id */
  folderOf(id: string): string {
    if (/^[a-z0-9-]{1,80}$/.test(id)) return join(this.runsFolder, id);
    throw new StudioError({
      code: 'store.no-run',
      message: `${JSON.stringify(id.slice(0, 80))} is not the id of a run.`,
      remedy: 'Choose a run from the list of runs.',
    });
  }

  /** The runs that a filter leaves, newest first unless it says otherwise. */
  async listRuns(filter: RunFilter = {}): Promise<{ total: number; runs: RunSummary[] }> {
    await this.refresh();
    try {
      return this.#index.list(filter);
    } catch (error) {
      this.#indexAnew(error);
      await this.refresh();
      return this.#index.list(filter);
    }
  }

  /** Brings the index to what the folders hold, whoever wrote them; gives the ids of the runs that changed. */
  async refresh(): Promise<readonly string[]> {
    this.#refreshing ??= this.#compare().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  close(): void {
    this.#index.close();
  }

  async #compare(): Promise<readonly string[]> {
    const known = this.#known;
    const { present, stamps } = await this.#stamps.look((id) => {
      const before = known.get(id);
      return before === undefined || lively.has(before.state) || this.#opened.has(id);
    });
    const gone = [...known.keys()].filter((id) => !present.has(id));
    const changed: IndexedRun[] = [];
    for (const [id, stamp] of stamps) {
      const before = known.get(id);
      if (stamp === null) {
        if (before !== undefined && present.has(id)) gone.push(id);
        continue;
      }
      // A record that says `running` stays as it is when its process dies, but means something else then.
      const claimed = before?.state === 'running' || before?.state === 'queued';
      if (before?.stamp === stamp && (!claimed || isRunHeld(this.folderOf(id)))) continue;
      const summary = this.#summaryOf(id);
      if (summary !== null) changed.push({ summary, stamp });
      else if (before !== undefined) gone.push(id);
    }
    try {
      this.#index.put(changed);
      this.#index.remove(gone);
    } catch (error) {
      this.#indexAnew(error);
      if (gone.length > 0) this.#tell(gone);
      return [...gone, ...(await this.#compare())];
    }
    for (const { summary, stamp } of changed) known.set(summary.id, { stamp, state: summary.state });
    for (const id of gone) known.delete(id);
    const ids = [...changed.map(({ summary }) => summary.id), ...gone];
    if (ids.length > 0) this.#tell(ids);
    return ids;
  }

  /** Where the index's file fails, on a full disk or one that is gone, a table in memory is begun; the next look fills it. */
  #indexAnew(error: unknown): void {
    if (!this.#index.moveToMemory()) throw error;
    this.#known.clear();
  }

  #tell(changed: readonly string[]): void {
    for (const listener of this.#listeners) listener(changed);
  }

  /**
   * Null for a folder whose record cannot be read; opening it by id tells why. A run is known by its folder: one that was
   * copied or renamed by hand is another run, whatever its record calls itself.
   */
  #summaryOf(id: string): RunSummary | null {
    try {
      const document = migrateDocument(readObject(join(this.folderOf(id), recordFile)), id);
      return { ...asItStands(this.folderOf(id), runSummarySchema.parse(document)), id };
    } catch {
      return null;
    }
  }
}

/** What a kill left of a file that was being written. A disk that takes no changes keeps it. */
function tidyUp(folder: string): void {
  try {
    removeHalfWritten(folder, { recursive: false });
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function readObject(file: string): Record<string, unknown> {
  const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof document !== 'object' || document === null) throw new SyntaxError(`${file} holds no object`);
  return document as Record<string, unknown>;
}

const workspaceSchema = z.looseObject({ name: z.string(), settings: settingsSchema });

/** Brought to the present format where it is older; on the disk it is so from the first change on. */
function readWorkspaceFile(file: string): z.infer<typeof workspaceSchema> {
  let document: Record<string, unknown>;
  try {
    document = readObject(file);
  } catch (error) {
    throw brokenWorkspace(file, error instanceof Error ? error.message : String(error), error);
  }
  const parsed = workspaceSchema.safeParse(migrateDocument(document, file, workspaceMigrations));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw brokenWorkspace(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`, parsed.error);
}

const writeWorkspaceFile = (file: string, workspace: z.infer<typeof workspaceSchema>): void =>
  writeFileAtomic(file, `${JSON.stringify({ ...workspace, format: formatOf(workspaceMigrations) }, null, 2)}\n`);

const brokenWorkspace = (file: string, why: string, cause: unknown): StudioError =>
  new StudioError({
    code: 'store.broken-workspace',
    message: `${file} cannot be read: ${why}.`,
    remedy: 'Remove this one file; it is made again, and the runs stay as they are.',
    details: { file },
    cause,
  });
