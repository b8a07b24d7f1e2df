import { readFileSync } from 'node:fs';
import MemoryMap from 'nrf-intel-hex';
import type { Board } from '../boards/index.ts';
import { imageOutsideFlash, imageTooLarge, imageUnreadable } from './errors.ts';
import type { FlashImage } from './probe.ts';

type Segment = FlashImage['segments'][number];

/**
 * Reads an image file: ELF (its loadable segments at their load addresses), Intel HEX, or plain binary (put at the
 * start of the board's Flash).
 * @throws StudioError `probe.image-unreadable`
 */
export function readImage(file: string, board: Board): FlashImage {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw imageUnreadable(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const segments = segmentsOf(file, bytes, board).filter((segment) => segment.bytes.length > 0);
  if (segments.length === 0) throw imageUnreadable(file, 'there is nothing in it to write');
  return { file, segments: segments.sort((a, b) => a.address - b.address) };
}

export function imageBytes(image: FlashImage): number {
  return image.segments.reduce((sum, segment) => sum + segment.bytes.length, 0);
}

/**
 * Checks that every byte of the image has a place in the board's Flash.
 * OpenOCD says "Programming Finished" of an image that is larger than Flash, so nobody is asked before this has passed.
 * @throws StudioError `probe.image-too-large`, `probe.image-outside-flash`
 */
export function assertFits(board: Board, image: FlashImage, flashBytesOfChip: number | null = null): void {
  const regions = board.memory.filter((region) => region.kind === 'flash');
  const capacity = regions.reduce((sum, region) => sum + region.sizeBytes, 0);
  const usable = flashBytesOfChip === null ? capacity : Math.min(capacity, flashBytesOfChip);
  if (imageBytes(image) > usable) throw imageTooLarge(board, imageBytes(image), usable);
  for (const { address, bytes } of image.segments) {
    const home = regions.find((region) => address >= region.start && address < region.start + region.sizeBytes);
    if (home === undefined) throw imageOutsideFlash(board, address);
    const end = address + bytes.length - home.start;
    if (end > Math.min(home.sizeBytes, usable)) throw imageTooLarge(board, end, Math.min(home.sizeBytes, usable));
  }
}

/** One piece that lies within whole erase sectors; pieces do not share sectors. */
export interface Slice extends Segment {
  /** The sectors, in order of address, that have to be erased for it. */
  readonly sectors: readonly { readonly index: number; readonly start: number; readonly bytes: number }[];
}

/**
 * Cuts an image at the borders of erase sectors into slices of about `wantedBytes`, so that each can be erased, written
 * and reported by itself. Bytes between two segments in one sector become 0xFF, as the erase leaves them.
 */
export function sliceBySectors(board: Board, image: FlashImage, wantedBytes: number): Slice[] {
  const sectors = sectorsOf(board).filter(({ start, bytes }) =>
    image.segments.some((segment) => segment.address < start + bytes && segment.address + segment.bytes.length > start),
  );
  const groups: (typeof sectors)[] = [];
  for (const sector of sectors) {
    const last = groups[groups.length - 1];
    const before = last?.[last.length - 1];
    const adjoins = before !== undefined && before.start + before.bytes === sector.start;
    const size = last?.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0;
    if (last !== undefined && adjoins && size + sector.bytes <= wantedBytes) last.push(sector);
    else groups.push([sector]);
  }
  return groups.map((group) => contentOf(image, group));
}

function contentOf(image: FlashImage, sectors: Slice['sectors']): Slice {
  const from = sectors[0]?.start ?? 0;
  const last = sectors[sectors.length - 1];
  const until = last === undefined ? from : last.start + last.bytes;
  const parts = image.segments
    .map((segment) => ({
      start: Math.max(segment.address, from),
      end: Math.min(segment.address + segment.bytes.length, until),
      segment,
    }))
    .filter(({ start, end }) => start < end);
  const address = Math.min(...parts.map(({ start }) => start));
  const bytes = new Uint8Array(Math.max(...parts.map(({ end }) => end)) - address).fill(0xff);
  for (const { start, end, segment } of parts) {
    bytes.set(segment.bytes.subarray(start - segment.address, end - segment.address), start - address);
  }
  return { address, bytes, sectors };
}

/** Every erase sector of the board, numbered as its controller numbers them, from the start of Flash. */
export function sectorsOf(board: Board): { index: number; start: number; bytes: number }[] {
  const sectors: { index: number; start: number; bytes: number }[] = [];
  for (const run of board.flash?.sectors ?? []) {
    for (let at = 0; at < run.count; at++) {
      sectors.push({ index: sectors.length, start: run.start + at * run.sizeBytes, bytes: run.sizeBytes });
    }
  }
  return sectors;
}

function segmentsOf(file: string, bytes: Uint8Array, board: Board): Segment[] {
  if (bytes[0] === 0x7f && bytes[1] === 0x45) return elfSegments(file, bytes);
  if (bytes[0] === 0x3a) return hexSegments(file, bytes);
  const flash = board.memory.find((region) => region.kind === 'flash');
  return [{ address: flash?.start ?? 0, bytes }];
}

/** The loadable segments of a 32-bit little-endian ELF file (TIS ELF specification 1.2, program header table). */
function elfSegments(file: string, bytes: Uint8Array): Segment[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 52 || bytes[4] !== 1 || bytes[5] !== 1) {
    throw imageUnreadable(file, 'it is not a 32-bit little-endian ELF file');
  }
  const table = view.getUint32(28, true);
  const [entryBytes, count] = [view.getUint16(42, true), view.getUint16(44, true)];
  const segments: Segment[] = [];
  for (let at = 0; at < count; at++) {
    const header = table + at * entryBytes;
    if (header + 32 > bytes.length) throw imageUnreadable(file, 'it is cut off in its program headers');
    const [offset, size] = [view.getUint32(header + 4, true), view.getUint32(header + 16, true)];
    if (view.getUint32(header, true) !== 1 || size === 0) continue;
    if (offset + size > bytes.length) throw imageUnreadable(file, 'it is cut off in a segment');
    segments.push({ address: view.getUint32(header + 12, true), bytes: bytes.subarray(offset, offset + size) });
  }
  return segments;
}

function hexSegments(file: string, bytes: Uint8Array): Segment[] {
  try {
    const map = MemoryMap.fromHex(new TextDecoder().decode(bytes));
    return [...map.entries()].map(([address, block]) => ({ address, bytes: block }));
  } catch (cause) {
    throw imageUnreadable(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}
