import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32, inflateRawSync } from 'node:zlib';
import { BrokenSampleError, datasetError } from '../errors.ts';
import {
  isLitter,
  LARGEST_FILE,
  LARGEST_RATIO,
  MOST_ENTRIES,
  MOST_UNPACKED,
  staysInside,
  tooLarge,
  type Container,
  type Entry,
} from './container.ts';
import { decodeName } from './zipNames.ts';

/** Signatures of PKWARE's APPNOTE.TXT 6.3.10, §4.3. */
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;
const LARGEST_COMMENT = 0xffff;
const END_BYTES = 22;
/** Bytes of a directory of as many entries as are allowed, with long names. */
const LARGEST_DIRECTORY = 512 * 2 ** 20;
const LOCAL_HEADER_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;

interface Packed {
  readonly method: number;
  readonly packedBytes: number;
  readonly crc: number;
  readonly headerAt: number;
}

/**
 * Opens a zip by its central directory; entries are inflated one at a time, when they are read. Throws
 * `dataset.zip-broken`, `dataset.zip-encrypted`, `dataset.zip-escapes`, `dataset.zip-bomb`.
 */
export function openZip(file: string): Container {
  const handle = openSync(file, 'r');
  try {
    const { size, mtimeMs } = fstatSync(handle);
    const { directory, count } = readDirectory(handle, size, file);
    const packed: Packed[] = [];
    const entries = new Map<string, Entry>();
    const folders: string[] = [];
    let unpacked = 0;
    let at = 0;
    for (let i = 0; i < count; i++) {
      if (at + 46 > directory.length || directory.readUInt32LE(at) !== CENTRAL_HEADER) {
        throw broken(file, `its directory ends after ${i} of ${count} entries`);
      }
      const nameLength = directory.readUInt16LE(at + 28);
      const extraLength = directory.readUInt16LE(at + 30);
      const next = at + 46 + nameLength + extraLength + directory.readUInt16LE(at + 32);
      if (next > directory.length) throw broken(file, `entry ${i} reaches beyond its directory`);
      const flags = directory.readUInt16LE(at + 8);
      const name = decodeName(directory.subarray(at + 46, at + 46 + nameLength), flags).replaceAll('\\', '/');
      const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
      const [bytes, packedBytes, headerAt] = readSizes(directory, at, extra);
      const entry = { path: name, bytes, locator: packed.length };
      checkEntry(file, entry, packedBytes, flags, directory.readUInt32LE(at + 38));
      unpacked += bytes;
      if (name.endsWith('/')) {
        if (!isLitter(name)) folders.push(name.slice(0, -1));
      } else if (!isLitter(name)) {
        packed.push({
          method: directory.readUInt16LE(at + 10),
          packedBytes,
          crc: directory.readUInt32LE(at + 16),
          headerAt,
        });
        // Of two entries with one name the later one counts, as when unpacking.
        entries.set(name, entry);
      }
      at = next;
    }
    checkOverlap(file, packed);
    if (unpacked > MOST_UNPACKED) {
      throw bomb(
        file,
        `it unpacks to ${(unpacked / 2 ** 30).toFixed(0)} GiB; ${MOST_UNPACKED / 2 ** 30} GiB is the most`,
      );
    }
    return {
      entries: [...entries.values()],
      folders,
      stamp: `${size}:${mtimeMs}:${count}`,
      read: (entry, most) => readEntry(handle, size, entry, packed[entry.locator], most),
      close: () => closeSync(handle),
    };
  } catch (error) {
    closeSync(handle);
    throw error;
  }
}

const broken = (file: string, why: string): Error =>
  datasetError(
    'zip-broken',
    `${file} is not a usable zip: ${why}.`,
    'Make the archive again, or unpack it and give its folder.',
    { file },
  );

const bomb = (file: string, why: string): Error =>
  datasetError('zip-bomb', `${file} is made to exhaust this machine: ${why}.`, 'Do not use this archive.', { file });

/** A well-known bomb lets thousands of entries share one stretch of data. */
function checkOverlap(file: string, packed: readonly Packed[]): void {
  const ordered = [...packed].sort((a, b) => a.headerAt - b.headerAt);
  for (let i = 1; i < ordered.length; i++) {
    const before = ordered[i - 1];
    if (before.headerAt + LOCAL_HEADER_BYTES + before.packedBytes > ordered[i].headerAt)
      throw bomb(file, 'its entries share their data');
  }
}

function readAt(handle: number, at: number, length: number): Buffer {
  // Zip64 has room for places that no file has.
  if (!Number.isSafeInteger(at)) return Buffer.alloc(0);
  const buffer = Buffer.alloc(length);
  const got = readSync(handle, buffer, 0, length, at);
  return buffer.subarray(0, got);
}

function readDirectory(handle: number, size: number, file: string): { directory: Buffer; count: number } {
  const tailLength = Math.min(size, END_BYTES + LARGEST_COMMENT);
  const tail = readAt(handle, size - tailLength, tailLength);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END) end--;
  if (end < 0) throw broken(file, 'it has no directory at its end, as if it were cut off');
  let count = tail.readUInt16LE(end + 10);
  let length = tail.readUInt32LE(end + 12);
  let start = tail.readUInt32LE(end + 16);
  const locator = end - 20;
  if (locator >= 0 && tail.readUInt32LE(locator) === END_64_LOCATOR) {
    const record = readAt(handle, Number(tail.readBigUInt64LE(locator + 8)), 56);
    if (record.length < 56 || record.readUInt32LE(0) !== END_64) throw broken(file, 'its zip64 directory is missing');
    count = Number(record.readBigUInt64LE(32));
    length = Number(record.readBigUInt64LE(40));
    start = Number(record.readBigUInt64LE(48));
  }
  // Each entry takes at least 46 bytes: a count that claims more is a lie.
  if (start + length > size || count * 46 > length) throw broken(file, 'its directory claims more than the file holds');
  if (length > LARGEST_DIRECTORY) throw broken(file, `its directory has ${(length / 2 ** 20).toFixed(0)} MiB`);
  if (count > MOST_ENTRIES) throw broken(file, `it has more than ${MOST_ENTRIES} entries`);
  return { directory: readAt(handle, start, length), count };
}

/** Unpacked bytes, packed bytes, place of the local header; from the zip64 field where the plain ones are full. */
function readSizes(directory: Buffer, at: number, extra: Buffer): [number, number, number] {
  const plain: [number, number, number] = [
    directory.readUInt32LE(at + 24),
    directory.readUInt32LE(at + 20),
    directory.readUInt32LE(at + 42),
  ];
  for (let e = 0; e + 4 <= extra.length; e += 4 + extra.readUInt16LE(e + 2)) {
    if (extra.readUInt16LE(e) !== 1) continue;
    let value = e + 4;
    for (let i = 0; i < plain.length; i++) {
      if (plain[i] !== 0xffffffff || value + 8 > extra.length) continue;
      plain[i] = Number(extra.readBigUInt64LE(value));
      value += 8;
    }
  }
  return plain;
}

const UNIX_LINK = 0o120000;

function checkEntry(
  file: string,
  { path, bytes }: Entry,
  packedBytes: number,
  flags: number,
  attributes: number,
): void {
  if (!staysInside(path)) {
    throw datasetError(
      'zip-escapes',
      `${file} holds the name ${path}, which leads out of the archive.`,
      'Do not use this archive; it may be meant to do harm.',
      { name: path },
    );
  }
  if (((attributes >>> 16) & 0o170000) === UNIX_LINK) {
    throw datasetError(
      'zip-escapes',
      `${file} holds the link ${path}; links in archives are not followed.`,
      'Make the archive again with the files themselves.',
      { name: path },
    );
  }
  if ((flags & 1) !== 0) {
    throw datasetError(
      'zip-encrypted',
      `${file} is encrypted (${path}).`,
      'Unpack it with its password and give the folder.',
      { name: path },
    );
  }
  if (bytes > 2 ** 20 && bytes > packedBytes * LARGEST_RATIO) {
    throw bomb(file, `it says that ${path} unpacks to ${bytes} bytes from ${packedBytes}, and no sample does`);
  }
}

function readEntry(handle: number, size: number, { bytes }: Entry, packed: Packed, most = LARGEST_FILE): Uint8Array {
  if (bytes > most || packed.packedBytes > most) throw tooLarge(Math.max(bytes, packed.packedBytes), most);
  const header = readAt(handle, packed.headerAt, LOCAL_HEADER_BYTES);
  if (header.length < LOCAL_HEADER_BYTES || header.readUInt32LE(0) !== LOCAL_HEADER) {
    throw new BrokenSampleError('zip-entry', 'its place in the archive holds something else');
  }
  const start = packed.headerAt + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (start + packed.packedBytes > size) throw new BrokenSampleError('zip-entry', 'it is cut off');
  const stored = readAt(handle, start, packed.packedBytes);
  const data = unpack(stored, packed.method, bytes);
  if (data.length !== bytes || crc32(data) !== packed.crc) {
    throw new BrokenSampleError('zip-entry', 'its checksum is wrong');
  }
  return data;
}

function unpack(stored: Buffer, method: number, bytes: number): Uint8Array {
  if (method === STORED) return stored;
  if (method !== DEFLATED)
    throw new BrokenSampleError('zip-entry', `it is packed by method ${method}, which is not known`);
  try {
    // Whatever it claims, it does not grow beyond what the directory said.
    return inflateRawSync(stored, { maxOutputLength: Math.max(1, bytes) });
  } catch {
    throw new BrokenSampleError('zip-entry', 'its data is damaged');
  }
}
