import { existsSync, rmSync } from 'node:fs';
import sqlite from 'node-sqlite3-wasm';
import { runSummarySchema, StudioError, type RunFilter, type RunSummary } from '../contract/index.ts';
import { tryLock, type FileLock } from './lock.ts';

/** Raised whenever the tables change; an index of another version is thrown away and made again from the folders. */
const indexVersion = 1;

const schema = `
  CREATE TABLE runs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL, createdAt REAL NOT NULL,
    boardId TEXT, boardAccuracy REAL, latencyMs REAL, sramBytes REAL, flashBytes REAL,
    searchText TEXT NOT NULL, stamp TEXT NOT NULL, summary TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX runs_by_time ON runs (createdAt);
  PRAGMA user_version = ${indexVersion};
`;

/** A run's summary, and the stamp of the file that it was read from. */
export interface IndexedRun {
  readonly summary: RunSummary;
  readonly stamp: string;
}

/**
 * A table of runs for listing, filtering and sorting; nothing in it is not in the folders. One process has the file;
 * another that comes meanwhile, or cannot write there, keeps its table in memory.
 */
export class RunIndex {
  #database: InstanceType<typeof sqlite.Database>;
  /** Null where the table is in memory. */
  #lock: FileLock | null;

  constructor(file: string) {
    const owned = openOwned(file);
    this.#lock = owned?.lock ?? null;
    this.#database = owned?.database ?? inMemory();
  }

  /** Goes over to an empty table in memory; false where it is there already. */
  moveToMemory(): boolean {
    if (this.#lock === null) return false;
    try {
      this.close();
    } catch {
      // What such a disk keeps of the file is no loss: it is made again from the folders.
    }
    this.#lock = null;
    this.#database = inMemory();
    return true;
  }

  stamps(): Map<string, { readonly stamp: string; readonly state: string }> {
    const rows = this.#database.all('SELECT id, stamp, state FROM runs');
    return new Map(
      rows.map((row) => [String(row['id']), { stamp: String(row['stamp']), state: String(row['state']) }]),
    );
  }

  put(runs: readonly IndexedRun[]): void {
    if (runs.length === 0) return;
    this.#transaction(() => {
      const insert = this.#database.prepare('INSERT OR REPLACE INTO runs VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)');
      try {
        for (const { summary, stamp } of runs) insert.run(rowOf(summary, stamp));
      } finally {
        insert.finalize();
      }
    });
  }

  remove(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.#transaction(() => {
      for (const id of ids) this.#database.run('DELETE FROM runs WHERE id = ?', [id]);
    });
  }

  list(filter: RunFilter): { total: number; runs: RunSummary[] } {
    const { where, values } = conditionsOf(filter);
    const total = Number(this.#database.get(`SELECT count(*) AS n FROM runs ${where}`, values)?.['n'] ?? 0);
    // The column is one of the schema's closed list, never a text of the caller's.
    const column = filter.sortBy ?? 'createdAt';
    const direction = (filter.descending ?? true) ? 'DESC' : 'ASC';
    const rows = this.#database.all(
      `SELECT summary FROM runs ${where} ORDER BY ${column} IS NULL, ${column} ${direction}, id LIMIT ? OFFSET ?`,
      [...values, filter.limit ?? 1000, filter.offset ?? 0],
    );
    return { total, runs: rows.map((row) => runSummarySchema.parse(JSON.parse(String(row['summary'])))) };
  }

  close(): void {
    try {
      this.#database.close();
    } finally {
      this.#lock?.release();
    }
  }

  #transaction(work: () => void): void {
    this.#database.run('BEGIN');
    try {
      work();
      this.#database.run('COMMIT');
    } catch (error) {
      if (this.#database.inTransaction) this.#database.run('ROLLBACK');
      throw error;
    }
  }
}

function inMemory(): InstanceType<typeof sqlite.Database> {
  const database = new sqlite.Database(':memory:');
  database.exec(schema);
  return database;
}

/** Who may not write beside the runs may still look at them. */
function ownOrNull(file: string): FileLock | null {
  try {
    return tryLock(`${file}.owner`);
  } catch (error) {
    if (error instanceof StudioError && error.code === 'store.write-failed') return null;
    throw error;
  }
}

/** The file and its lock; null where another process has it, or the disk takes none. */
function openOwned(file: string): { lock: FileLock; database: InstanceType<typeof sqlite.Database> } | null {
  const lock = ownOrNull(file);
  if (lock === null) return null;
  try {
    // SQLite's own lock is a folder here, and a kill leaves it behind; who holds our lock may clear it.
    rmSync(`${file}.lock`, { recursive: true, force: true });
    return { lock, database: openFile(file) };
  } catch {
    lock.release();
    return null;
  }
}

function openFile(file: string): InstanceType<typeof sqlite.Database> {
  if (existsSync(file)) {
    try {
      const database = new sqlite.Database(file);
      if (Number(database.get('PRAGMA user_version')?.['user_version']) === indexVersion) {
        database.all('SELECT id FROM runs LIMIT 1');
        return database;
      }
      database.close();
    } catch {
      // A broken index is no loss: it is made again from the folders.
    }
    for (const leftover of [file, `${file}-journal`, `${file}-wal`]) rmSync(leftover, { force: true });
    rmSync(`${file}.lock`, { recursive: true, force: true });
  }
  const database = new sqlite.Database(file);
  database.exec(schema);
  return database;
}

function rowOf(run: RunSummary, stamp: string): (string | number | null)[] {
  const { figures } = run;
  const searchText = [run.title, run.model, run.dataset, run.boardId, run.kind, run.state].join('\n').toLowerCase();
  return [
    run.id,
    run.kind,
    run.title,
    run.state,
    run.createdAt,
    run.boardId,
    figures.boardAccuracy,
    figures.latencyMs,
    figures.sramBytes,
    figures.flashBytes,
    searchText,
    stamp,
    JSON.stringify(run),
  ];
}

function conditionsOf(filter: RunFilter): { where: string; values: (string | number)[] } {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const oneOf = (column: string, allowed: readonly string[] | undefined): void => {
    if (allowed === undefined) return;
    conditions.push(`${column} IN (${allowed.map(() => '?').join(',')})`);
    values.push(...allowed);
  };
  oneOf('kind', filter.kinds);
  oneOf('state', filter.states);
  if (filter.boardId !== undefined) oneOf('boardId', [filter.boardId]);
  for (const word of filter.text?.toLowerCase().split(/\s+/).filter(Boolean) ?? []) {
    conditions.push(`instr(searchText, ?) > 0`);
    values.push(word);
  }
  return { where: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, values };
}
