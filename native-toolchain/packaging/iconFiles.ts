/** A square picture as a PNG file. */
export interface SizedPng {
  /** Pixels of an edge. */
  readonly size: number;
  readonly png: Uint8Array;
}

/**
 * An icon for Windows: a directory of pictures, then the pictures, as PNG files (which Windows takes since Vista). At most 256
 * pixels: larger ones have no place in its directory, whose byte for 256 is 0.
 */
export function icoFile(images: readonly SizedPng[]): Uint8Array {
  const fitting = images.filter(({ size }) => size <= 256);
  const directory = Buffer.alloc(6 + 16 * fitting.length);
  directory.writeUInt16LE(1, 2);
  directory.writeUInt16LE(fitting.length, 4);
  let offset = directory.length;
  for (const [index, { size, png }] of fitting.entries()) {
    const at = 6 + 16 * index;
    directory.writeUInt8(size % 256, at);
    directory.writeUInt8(size % 256, at + 1);
    directory.writeUInt16LE(1, at + 4);
    directory.writeUInt16LE(32, at + 6);
    directory.writeUInt32LE(png.length, at + 8);
    directory.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([directory, ...fitting.map(({ png }) => png)]);
}

/** The types under which macOS looks for a PNG of so many pixels: plain, and as the double resolution of half the size. */
const ICNS_TYPES: Readonly<Record<number, readonly string[]>> = {
  16: ['icp4'],
  32: ['icp5', 'ic11'],
  64: ['icp6', 'ic12'],
  128: ['ic07'],
  256: ['ic08', 'ic13'],
  512: ['ic09', 'ic14'],
  1024: ['ic10'],
};

/** An icon for macOS: `icns`, the length of the file, then pieces of type, length (these eight bytes included) and PNG. */
export function icnsFile(images: readonly SizedPng[]): Uint8Array {
  const piece = (type: string, content: Uint8Array): Buffer => {
    const header = Buffer.alloc(8);
    header.write(type, 'latin1');
    header.writeUInt32BE(8 + content.length, 4);
    return Buffer.concat([header, content]);
  };
  const pieces = images.flatMap(({ size, png }) => (ICNS_TYPES[size] ?? []).map((type) => piece(type, png)));
  return piece('icns', Buffer.concat(pieces));
}
