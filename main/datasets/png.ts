import { crc32, deflateSync } from 'node:zlib';
import type { Picture } from './picture.ts';

/** PNG (ISO/IEC 15948) of 8-bit RGB: a signature, then chunks of length, type, data, CRC. */
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

const TRUE_COLOUR = 2;
/** Each pixel is kept as its difference from the one to its left: photos and plots shrink well by that. */
const SUB = 1;

/** A picture as the bytes of a PNG file. The same picture gives the same bytes. */
export function encodePng({ width, height, pixels }: Picture): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = TRUE_COLOUR;
  const lineBytes = width * 3;
  const filtered = new Uint8Array(height * (1 + lineBytes));
  for (let row = 0; row < height; row++) {
    const from = row * lineBytes;
    const to = row * (1 + lineBytes);
    filtered[to] = SUB;
    for (let i = 0; i < lineBytes; i++) {
      filtered[to + 1 + i] = pixels[from + i] - (i < 3 ? 0 : pixels[from + i - 3]);
    }
  }
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filtered)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}
