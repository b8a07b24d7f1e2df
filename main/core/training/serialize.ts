import { StudioError } from '../../contract/index.ts';
import { readArchitecture } from '../architecture/index.ts';
import { weightLayout, type Network } from './network.ts';

/**
 * A container of named float vectors behind a JSON header, for networks and checkpoints: the letters `MCUN`, the
 * length of the header, the header in UTF-8 (with the vectors' names and lengths), the vectors as little-endian
 * float32, and a CRC-32 of all that.
 */
export interface Container {
  readonly header: Readonly<Record<string, unknown>>;
  readonly vectors: Readonly<Record<string, Float32Array>>;
}

const MAGIC = 0x4e55434d; // 'MCUN', read as a little-endian number

function corrupt(what: string, why: string): StudioError {
  return new StudioError({
    code: 'training.file-corrupt',
    message: `This ${what} cannot be read: ${why}.`,
    remedy: 'Use another copy of it, or train again.',
    details: { what, why },
  });
}

/** CRC-32 (IEEE 802.3), as in zip and PNG. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff];
  return ~crc >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

export function writeContainer({ header, vectors }: Container): Uint8Array {
  const sizes = Object.entries(vectors).map(([name, vector]) => ({ name, length: vector.length }));
  const text = new TextEncoder().encode(JSON.stringify({ header, vectors: sizes }));
  const numbers = sizes.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(8 + text.length + 4 * numbers + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, text.length, true);
  bytes.set(text, 8);
  let at = 8 + text.length;
  for (const vector of Object.values(vectors)) {
    for (const value of vector) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  view.setUint32(at, crc32(bytes.subarray(0, at)), true);
  return bytes;
}

/**
 * @param what the kind of file, for the error's text
 * @throws StudioError `training.file-corrupt`
 */
export function readContainer(bytes: Uint8Array, what: string): Container {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || view.getUint32(0, true) !== MAGIC)
    throw corrupt(what, 'it is not one of MCUNet Studio’s files');
  const end = bytes.length - 4;
  if (crc32(bytes.subarray(0, end)) !== view.getUint32(end, true))
    throw corrupt(what, 'its checksum does not match, so it was cut off or changed');
  const textLength = view.getUint32(4, true);
  const { header, vectors: sizes } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + textLength))) as {
    header: Record<string, unknown>;
    vectors: { name: string; length: number }[];
  };
  let at = 8 + textLength;
  const vectors: Record<string, Float32Array> = {};
  for (const { name, length } of sizes) {
    const vector = new Float32Array(length);
    for (let i = 0; i < length; i++, at += 4) vector[i] = view.getFloat32(at, true);
    vectors[name] = vector;
  }
  return { header, vectors };
}

/** A network as a file. */
export const writeNetwork = ({ architecture, weights }: Network): Uint8Array =>
  writeContainer({ header: { kind: 'network', version: 1, architecture }, vectors: { weights } });

/** @throws StudioError `training.file-corrupt`, `architecture.invalid` */
export function readNetwork(bytes: Uint8Array): Network {
  const { header, vectors } = readContainer(bytes, 'network');
  const architecture = readArchitecture(header['architecture']);
  const weights = vectors['weights'];
  if (header['kind'] !== 'network' || weights === undefined) throw corrupt('network', 'it holds something else');
  const expected = weightLayout(architecture).total;
  if (weights.length !== expected)
    throw corrupt('network', `its architecture has ${expected} weights, but it holds ${weights.length}`);
  return { architecture, weights };
}
