import { readdirSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '../contract/index.ts';
import { recordFile } from './runFolder.ts';

/** Runs whose records are looked at in each turn, though nothing says that they changed. */
const leastSlice = 250;
/** A turn looks at one of so many parts of them, where they are many. */
const turnsForAll = 10;
/** A folder that changed this lately may have changed again within the same tick of its clock. */
const settledAfterMs = 2000;
/** The list of folders is read anew after so many turns, whatever its time says: some file systems do not keep it. */
const listEvery = 15;

/** Which of the runs may have changed, and the stamps of their records; null where a folder holds none. */
export interface Look {
  readonly present: ReadonlySet<string>;
  readonly stamps: ReadonlyMap<string, string | null>;
}

/**
 * Looks at the records of a folder of runs, cheaply: those that are new or being done in every turn, the others a part in
 * each turn, so that thousands of finished runs cost no more than a few hundred.
 */
export class RecordStamps {
  readonly #folder: string;
  #names: readonly string[] = [];
  #present: ReadonlySet<string> = new Set();
  #listedAt = -1;
  #turn = 0;
  #next = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param isLively whether a run is looked at in any case */
  async look(isLively: (id: string) => boolean): Promise<Look> {
    this.#list();
    const lively = this.#names.filter(isLively);
    const asked = new Set([...lively, ...this.#slice()]);
    const stamps = new Map<string, string | null>();
    const together = 64;
    const ids = [...asked];
    for (let at = 0; at < ids.length; at += together) {
      await Promise.all(ids.slice(at, at + together).map(async (id) => stamps.set(id, await this.#stampOf(id))));
    }
    return { present: this.#present, stamps };
  }

  /** @throws StudioError `store.no-workspace` */
  #list(): void {
    try {
      this.#listFolder();
    } catch (error) {
      throw new StudioError({
        code: 'store.no-workspace',
        message: `The folder of the runs, ${this.#folder}, cannot be read: ${(error as Error).message}.`,
        remedy: 'Bring it back (its drive may have been pulled), or open another workspace.',
        details: { folder: this.#folder },
        cause: error,
      });
    }
  }

  #listFolder(): void {
    const { mtimeMs } = statSync(this.#folder);
    const settled = Date.now() - mtimeMs > settledAfterMs;
    if (mtimeMs === this.#listedAt && this.#turn++ % listEvery !== 0) return;
    this.#names = readdirSync(this.#folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    this.#present = new Set(this.#names);
    this.#listedAt = settled ? mtimeMs : -1;
  }

  /** The part of all runs whose turn it is. */
  #slice(): readonly string[] {
    const size = Math.max(leastSlice, Math.ceil(this.#names.length / turnsForAll));
    const from = this.#next >= this.#names.length ? 0 : this.#next;
    this.#next = from + size;
    return this.#names.slice(from, from + size);
  }

  /** Renamed over when it is written, so that size, time and inode together tell. */
  async #stampOf(id: string): Promise<string | null> {
    const found = await stat(join(this.#folder, id, recordFile)).catch(() => null);
    return found === null ? null : `${found.ino}-${found.size}-${found.mtimeMs}`;
  }
}
