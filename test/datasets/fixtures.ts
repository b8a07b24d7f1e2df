import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import sharp from 'sharp';

/** Files of datasets, made when a test runs: nothing of anybody else's is kept in the project. */

export type Files = Readonly<Record<string, Uint8Array | string>>;

/** Writes files below `folder`; a path that ends with a slash is an empty folder. */
export function writeFiles(folder: string, files: Files): string {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(path.endsWith('/') ? file : dirname(file), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(file, content);
  }
  return folder;
}

/** A picture that no other `seed` gives: a colour and a spot. */
export function picture(seed: number, width = 24, height = 20): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    pixels[i * 3] = (seed * 37) & 255;
    pixels[i * 3 + 1] = (seed * 91 + (i % width) * 5) & 255;
    pixels[i * 3 + 2] = (seed >> 3) & 255;
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** `count` pictures for each class: `cat/0.png` … */
export async function classFolders(classes: readonly string[], count: number, below = ''): Promise<Files> {
  const files: Record<string, Buffer> = {};
  for (const [c, name] of classes.entries()) {
    for (let i = 0; i < count; i++) {
      files[`${below}${name}/${i}.png`] = await picture(c * 1000 + i + below.length * 7919);
    }
  }
  return files;
}

export interface ZipEntry {
  readonly name: string | Buffer;
  readonly data: Uint8Array;
  readonly stored?: boolean;
  /** What the headers claim instead of the truth. */
  readonly claims?: {
    readonly bytes?: number;
    readonly crc?: number;
    readonly method?: number;
    readonly flags?: number;
  };
  /** The upper half of a Unix mode: 0o120777 is a link. */
  readonly mode?: number;
  /** Points into the data of this earlier entry instead of its own. */
  readonly sharesWith?: number;
}

/** A zip, well made or not. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  const places: number[] = [];
  let at = 0;
  for (const { name, data, stored = false, claims = {}, mode = 0o100644, sharesWith } of entries) {
    const packed = stored ? Buffer.from(data) : deflateRawSync(data);
    const nameBytes = Buffer.from(name as string);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(claims.flags ?? 0x800, 2);
    head.writeUInt16LE(claims.method ?? (stored ? 0 : 8), 4);
    head.writeUInt32LE(claims.crc ?? crc32(data), 10);
    head.writeUInt32LE(packed.length, 14);
    head.writeUInt32LE(claims.bytes ?? data.length, 18);
    head.writeUInt16LE(nameBytes.length, 22);
    const place = sharesWith === undefined ? at : places[sharesWith];
    places.push(place);
    const central = Buffer.alloc(20);
    central.writeUInt16LE(0, 0);
    central.writeUInt32LE((mode << 16) >>> 0, 6);
    central.writeUInt32LE(place, 10);
    const made = Buffer.from([20, 3]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), made, head, central.subarray(0, 14), nameBytes]));
    if (sharesWith === undefined) {
      const local = Buffer.concat([Buffer.from('PK\x03\x04'), head, nameBytes, packed]);
      parts.push(local);
      at += local.length;
    }
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, index, end]);
}

/** The same zip with its directory's place in the fields of zip64, as archives above 4 GiB have it. */
export function asZip64(plain: Buffer): Buffer {
  const end = plain.subarray(plain.length - 22);
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 0, 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(end.readUInt16LE(8)), 24);
  record.writeBigUInt64LE(BigInt(end.readUInt16LE(10)), 32);
  record.writeBigUInt64LE(BigInt(end.readUInt32LE(12)), 40);
  record.writeBigUInt64LE(BigInt(end.readUInt32LE(16)), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 0, 'latin1');
  locator.writeBigUInt64LE(BigInt(plain.length - 22), 8);
  locator.writeUInt32LE(1, 16);
  const full = Buffer.from(end);
  full.fill(0xff, 8, 20);
  return Buffer.concat([plain.subarray(0, plain.length - 22), record, locator, full]);
}

export const zipOf = (files: Files): Buffer =>
  zip(Object.entries(files).map(([name, data]) => ({ name, data: Buffer.from(data as Uint8Array) })));

export interface WavSettings {
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly encoding?: 'u8' | 's16' | 's24' | 's32' | 'f32';
}

const bytesOf = { u8: 1, s16: 2, s24: 3, s32: 4, f32: 4 } as const;

/** A WAV file of `samples` (−1 … 1), the same in every channel. */
export function wav(
  samples: ArrayLike<number>,
  { sampleRate = 8000, channels = 1, encoding = 's16' }: WavSettings = {},
): Buffer {
  const width = bytesOf[encoding];
  const data = Buffer.alloc(samples.length * channels * width);
  for (let i = 0; i < samples.length; i++) {
    const value = Math.max(-1, Math.min(1, samples[i]));
    for (let c = 0; c < channels; c++) {
      const at = (i * channels + c) * width;
      if (encoding === 'u8') data.writeUInt8(Math.round(value * 127) + 128, at);
      else if (encoding === 's16') data.writeInt16LE(Math.round(value * 32767), at);
      else if (encoding === 's24') data.writeIntLE(Math.round(value * 8388607), at, 3);
      else if (encoding === 's32') data.writeInt32LE(Math.round(value * 2147483647), at);
      else data.writeFloatLE(value, at);
    }
  }
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(encoding === 'f32' ? 3 : 1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(sampleRate * channels * width, 28);
  head.writeUInt16LE(channels * width, 32);
  head.writeUInt16LE(width * 8, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

export const tone = (hertz: number, seconds: number, sampleRate = 8000, loudness = 0.5): number[] =>
  Array.from(
    { length: Math.round(seconds * sampleRate) },
    (_, i) => loudness * Math.sin((2 * Math.PI * hertz * i) / sampleRate),
  );
