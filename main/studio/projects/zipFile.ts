import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { crc32, deflateRawSync } from 'node:zlib';
import { Zip, type ZipInputFile } from 'fflate';
import { StudioError } from '../../contract/index.ts';
import { writeFailed } from '../../store/index.ts';
import { unreadable } from './errors.ts';
import type { StoredFile } from './manifest.ts';

/** What a plain zip can hold (APPNOTE.TXT 6.3.10, §4.4.1.4), with room for its directory. */
const mostBytes = 0xf000_0000;
const mostEntries = 65_000;
/** Read as a whole. */
const mostFileBytes = 2 ** 30;
const stored = 0;
const deflated = 8;
/** Smaller than this is not tried to be made smaller: pictures, archives. */
const packedAlready = /\.(zip|png|jpe?g|webp|gz|xz)$/i;
/** What shrinks by more looks like a bomb to whoever opens it, and is stored as it is. */
const largestRatio = 100;

/** A zip that is written file by file, and stands under its name only when it is whole. */
export class ZipFile {
  readonly #target: string;
  readonly #temporary: string;
  readonly #descriptor: number;
  readonly #zip: Zip;
  readonly #files: StoredFile[] = [];
  #written = 0;

  /** @throws StudioError `store.write-failed` */
  constructor(target: string, temporary: string) {
    this.#target = target;
    this.#temporary = temporary;
    try {
      this.#descriptor = openSync(temporary, 'w');
    } catch (error) {
      throw writeFailed(target, error);
    }
    this.#zip = new Zip((error, chunk) => {
      if (error !== null) throw error;
      this.#append(chunk);
    });
  }

  /** What was put in so far. */
  get files(): readonly StoredFile[] {
    return this.#files;
  }

  get bytes(): number {
    return this.#written;
  }

  /** @throws StudioError `project.unreadable`, `project.too-large`, `store.write-failed` */
  addFile(path: string, source: string, bytes: number): void {
    if (bytes > mostFileBytes) throw tooLarge(this.#target, `${source} alone has more than a GiB`);
    let content: Buffer;
    try {
      content = readFileSync(source);
    } catch (error) {
      throw unreadable(source, error);
    }
    this.add(path, content);
  }

  add(path: string, content: Uint8Array): void {
    const packed = packedAlready.test(path) ? content : deflateRawSync(content);
    const smaller = packed.length < content.length && content.length <= packed.length * largestRatio;
    const body = smaller ? packed : content;
    if (this.#written + body.length > mostBytes) throw tooLarge(this.#target, 'it would have more than 4 GB');
    if (this.#files.length >= mostEntries) throw tooLarge(this.#target, `it would hold more than ${mostEntries} files`);
    const entry: ZipInputFile = {
      filename: path,
      size: content.length,
      crc: crc32(content),
      compression: smaller ? deflated : stored,
      // The same runs give the same bytes, whenever they are packed.
      mtime: new Date(1980, 0, 1),
    };
    this.#zip.add(entry);
    entry.ondata?.(null, new Uint8Array(body), true);
    this.#files.push({ path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
  }

  /** Ends the archive and puts it under its name. */
  finish(): void {
    this.#zip.end();
    try {
      fsyncSync(this.#descriptor);
      closeSync(this.#descriptor);
      renameSync(this.#temporary, this.#target);
    } catch (error) {
      throw writeFailed(this.#target, error);
    }
  }

  #append(chunk: Uint8Array): void {
    try {
      for (let at = 0; at < chunk.length;) at += writeSync(this.#descriptor, chunk, at);
    } catch (error) {
      throw writeFailed(this.#target, error);
    }
    this.#written += chunk.length;
  }
}

const tooLarge = (target: string, why: string): StudioError =>
  new StudioError({
    code: 'project.too-large',
    message: `${target} cannot be packed: ${why}.`,
    remedy: 'Pack fewer runs, or refer to the datasets instead of copying them.',
    details: { target, why },
  });
