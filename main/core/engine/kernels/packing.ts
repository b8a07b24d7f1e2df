/** Constants of different types, put one after the other into one block of bytes. */

export type Packable = Int8Array | Uint8Array | Int16Array | Int32Array | Uint32Array;

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** The bytes of the parts in little-endian order, each part at a multiple of 4, the whole a multiple of 4 long. */
export function packConstants(parts: readonly Packable[]): Uint8Array {
  const aligned = (bytes: number): number => (bytes + 3) & ~3;
  const packed = new Uint8Array(parts.reduce((total, part) => total + aligned(part.byteLength), 0));
  let offset = 0;
  for (const part of parts) {
    packed.set(littleEndianBytes(part), offset);
    offset += aligned(part.byteLength);
  }
  return packed;
}

function littleEndianBytes(part: Packable): Uint8Array {
  const bytes = new Uint8Array(part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength));
  if (littleEndian || part.BYTES_PER_ELEMENT === 1) return bytes;
  for (let start = 0; start < bytes.length; start += part.BYTES_PER_ELEMENT) {
    bytes.subarray(start, start + part.BYTES_PER_ELEMENT).reverse();
  }
  return bytes;
}
