import { BrokenSampleError } from '../errors.ts';

/** Height × width × RGB bytes, the top row first. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

const FILE_HEADER = 14;
const INFO_HEADER = 40;
const UNCOMPRESSED = 0;
const BIT_FIELDS = 3;
const MOST_PIXELS = 100_000_000;

export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d;

const broken = (why: string): BrokenSampleError => new BrokenSampleError('unreadable-image', why);

/**
 * Reads a Windows bitmap without compression: 1, 4, 8 bits with a palette, 24, or 32 bits with the usual order of
 * colours (BITMAPINFOHEADER and its successors). Rows are padded to four bytes and stand bottom up unless the height
 * is negative.
 */
export function readBmp(bytes: Uint8Array): Bitmap {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < FILE_HEADER + INFO_HEADER) throw broken('its header is cut off');
  const start = view.getUint32(10, true);
  const headerBytes = view.getUint32(14, true);
  const width = view.getInt32(18, true);
  const signedHeight = view.getInt32(22, true);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  const height = Math.abs(signedHeight);
  if (headerBytes < INFO_HEADER) throw broken('it is a bitmap of OS/2, which is not read');
  if (width <= 0 || height === 0) throw broken(`it claims ${width}×${height} pixels`);
  if (width * height > MOST_PIXELS) throw broken('it claims more than 100 million pixels');
  const plain = compression === UNCOMPRESSED || (compression === BIT_FIELDS && bits === 32);
  if (!plain || ![1, 4, 8, 24, 32].includes(bits)) {
    throw broken(`its encoding (${bits} bits, compression ${compression}) is not read`);
  }
  const rowBytes = Math.floor((bits * width + 31) / 32) * 4;
  if (start + rowBytes * height > bytes.length) throw broken('it is cut off');
  const palette = bits <= 8 ? paletteOf(view, FILE_HEADER + headerBytes, bits, start) : null;
  const pixels = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const line = start + (signedHeight > 0 ? height - 1 - row : row) * rowBytes;
    for (let column = 0; column < width; column++) {
      const to = (row * width + column) * 3;
      const from = palette ? -1 : line + column * (bits / 8);
      if (palette) {
        const perByte = 8 / bits;
        const byte = bytes[line + Math.floor(column / perByte)];
        const entry = (byte >> (8 - bits * (1 + (column % perByte)))) & ((1 << bits) - 1);
        pixels.set(palette.subarray(entry * 3, entry * 3 + 3), to);
      } else {
        pixels[to] = bytes[from + 2];
        pixels[to + 1] = bytes[from + 1];
        pixels[to + 2] = bytes[from];
      }
    }
  }
  return { width, height, pixels };
}

/** Red, green, blue for each value; those that the file leaves out are black. */
function paletteOf(view: DataView, at: number, bits: number, end: number): Uint8Array {
  const palette = new Uint8Array(3 << bits);
  for (let i = 0; i < 1 << bits && at + i * 4 + 4 <= Math.min(end, view.byteLength); i++) {
    palette[i * 3] = view.getUint8(at + i * 4 + 2);
    palette[i * 3 + 1] = view.getUint8(at + i * 4 + 1);
    palette[i * 3 + 2] = view.getUint8(at + i * 4);
  }
  return palette;
}
