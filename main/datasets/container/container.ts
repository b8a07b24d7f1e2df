import { BrokenSampleError } from '../errors.ts';

/** One file of a dataset, before anybody reads it. */
export interface Entry {
  /** Path below the dataset's root, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Where a container finds it: meaningless to others. */
  readonly locator: number;
}

/**
 * Files of a dataset, in a folder or in a zip. Nothing outside its root is ever read: entries that lead out of it (by
 * dots, absolute names or links) are refused when the container is opened.
 */
export interface Container {
  readonly entries: readonly Entry[];
  /** Paths of the folders below the root, empty ones as well. */
  readonly folders: readonly string[];
  /** Changes whenever the files change: names, sizes and times. */
  readonly stamp: string;
  /** Throws `BrokenSampleError` where the entry is damaged, or larger than `most` bytes (a sample's limit where absent). */
  read(entry: Entry, most?: number): Uint8Array;
  close(): void;
}

/** Bytes of one sample's file above which it is no sample. */
export const LARGEST_FILE = 64 * 2 ** 20;
/** Bytes of a file that holds many samples: a table is read into memory as a whole. */
export const LARGEST_TABLE = 2 ** 30;
/** Unpacked bytes of a whole zip. */
export const MOST_UNPACKED = 64 * 2 ** 30;
/** Entries above which a dataset is a mistake. */
export const MOST_ENTRIES = 2_000_000;
/** Unpacked bytes for each packed one, above which a zip is a bomb. Photos do not shrink; text and WAV do, a little. */
export const LARGEST_RATIO = 200;

/** Whether a name from an archive stays below the root that it is put under. */
export function staysInside(name: string): boolean {
  if (name.startsWith('/') || name.startsWith('\\') || /^[a-z]:/i.test(name) || name.includes('\0')) return false;
  return !name.split(/[/\\]/).includes('..');
}

/** Leftovers of operating systems that nobody means by a sample. */
export const isLitter = (path: string): boolean => /(^|\/)(\.[^/]*|__MACOSX|Thumbs\.db|desktop\.ini)(\/|$)/i.test(path);

/** Why an entry of this size is not read. */
export const tooLarge = (bytes: number, most: number): BrokenSampleError =>
  new BrokenSampleError(
    'file-too-large',
    `it has ${(bytes / 2 ** 20).toFixed(0)} MiB; ${(most / 2 ** 20).toFixed(0)} MiB is the most`,
  );
