import { crc32 } from 'node:zlib';

/** One frame of the link; `resources/firmware/common/link.c` is the other end. */
export interface Frame {
  readonly kind: number;
  /** 16 bits, chosen at random by the host for each session. */
  readonly session: number;
  /** 16 bits, one more for each request. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

const HEADER_BYTES = 5;
const CRC_BYTES = 4;

/** The frame with its CRC-32, COBS-coded, between two zero bytes: the first ends whatever rubbish came before it. */
export function encodeFrame(frame: Frame): Uint8Array {
  const plain = new Uint8Array(HEADER_BYTES + frame.payload.length + CRC_BYTES);
  const view = new DataView(plain.buffer);
  view.setUint8(0, frame.kind);
  view.setUint16(1, frame.session, true);
  view.setUint16(3, frame.sequence, true);
  plain.set(frame.payload, HEADER_BYTES);
  const end = plain.length - CRC_BYTES;
  view.setUint32(end, crc32(plain.subarray(0, end)), true);
  const coded = cobsEncode(plain);
  const framed = new Uint8Array(coded.length + 2);
  framed.set(coded, 1);
  return framed;
}

/** The frame between two zero bytes, or null where a byte of it is wrong. */
export function decodeFrame(coded: Uint8Array): Frame | null {
  const plain = cobsDecode(coded);
  if (plain === null || plain.length < HEADER_BYTES + CRC_BYTES) return null;
  const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
  const end = plain.length - CRC_BYTES;
  if (crc32(plain.subarray(0, end)) !== view.getUint32(end, true)) return null;
  return {
    kind: view.getUint8(0),
    session: view.getUint16(1, true),
    sequence: view.getUint16(3, true),
    payload: plain.slice(HEADER_BYTES, end),
  };
}

/** Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): no zero byte is left. */
export function cobsEncode(bytes: Uint8Array): Uint8Array {
  const coded = new Uint8Array(bytes.length + Math.floor(bytes.length / 254) + 1);
  let length = 0;
  // As if a zero followed the bytes: each block ends before a zero, or is 254 bytes without one.
  for (let from = 0; from <= bytes.length;) {
    let to = from;
    while (to < bytes.length && bytes[to] !== 0 && to - from < 254) to++;
    coded[length++] = to - from + 1;
    coded.set(bytes.subarray(from, to), length);
    length += to - from;
    if (to - from < 254) from = to + 1;
    else if (to === bytes.length) break;
    else from = to;
  }
  return coded.subarray(0, length);
}

/** Null where the blocks do not end with the bytes, where a zero is among them, or an empty block follows that nobody would write. */
export function cobsDecode(coded: Uint8Array): Uint8Array | null {
  if (coded.length === 0 || coded.includes(0)) return null;
  const bytes = new Uint8Array(coded.length);
  let length = 0;
  let before = 0;
  for (let at = 0; at < coded.length;) {
    const code = coded[at] ?? 0;
    const next = at + code;
    if (next > coded.length) return null;
    const isSpare = code === 1 && next === coded.length && before === 0xff;
    if (isSpare) return null;
    before = code;
    bytes.set(coded.subarray(at + 1, next), length);
    length += code - 1;
    if (code < 0xff && next < coded.length) bytes[length++] = 0;
    at = next;
  }
  return bytes.subarray(0, length);
}

/** Cuts a stream into frames. A frame that grows beyond `largestBytes` is dropped: it cannot be one. */
export class FrameReader {
  private pieces: Uint8Array[] = [];
  private pending = 0;
  /** Frames with a wrong byte, so far. */
  damaged = 0;
  private readonly onFrame: (frame: Frame) => void;
  private readonly onRubbish: (bytes: Uint8Array) => void;
  private readonly largestBytes: number;

  /** @param onRubbish is given what stood between two zero bytes and was no frame: noise, or text of another program */
  constructor(
    onFrame: (frame: Frame) => void,
    largestBytes = 1 << 17,
    onRubbish: (bytes: Uint8Array) => void = () => undefined,
  ) {
    this.onFrame = onFrame;
    this.largestBytes = largestBytes;
    this.onRubbish = onRubbish;
  }

  push(bytes: Uint8Array): void {
    let from = 0;
    for (let zero = bytes.indexOf(0); zero >= 0; zero = bytes.indexOf(0, from)) {
      this.keep(bytes.subarray(from, zero));
      this.end();
      from = zero + 1;
    }
    this.keep(bytes.subarray(from));
  }

  private keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.pending += piece.length;
    if (this.pending <= this.largestBytes) this.pieces.push(piece.slice());
    else this.pieces = [];
  }

  private end(): void {
    const { pieces, pending } = this;
    this.pieces = [];
    this.pending = 0;
    if (pending === 0) return;
    const bytes = Buffer.concat(pieces);
    const frame = pending > this.largestBytes ? null : decodeFrame(bytes);
    if (frame !== null) return this.onFrame(frame);
    this.damaged++;
    this.onRubbish(bytes);
  }
}
