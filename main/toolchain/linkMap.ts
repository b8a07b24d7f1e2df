/** One input section's share of an output section, as GNU ld's map file tells it. */
export interface MapPiece {
  /** `.text`, `.bss`, … of the image. */
  readonly outputSection: string;
  /** The object file as it was named to the linker, or `libc_nano.a(memcpy.o)`. */
  readonly object: string;
  readonly address: number;
  readonly sizeBytes: number;
}

/**
 * The pieces of the "Linker script and memory map" of a GNU ld map file. ld breaks a line after a long section name;
 * fill bytes (`*fill*`) are attributed to no object.
 */
export function readLinkMap(text: string): readonly MapPiece[] {
  const start = text.indexOf('Linker script and memory map');
  const joined = text.slice(Math.max(start, 0)).replace(/^( \.?\S+)\r?\n\s+(?=0x)/gm, '$1 ');
  const pieces: MapPiece[] = [];
  let outputSection = '';
  for (const line of joined.split(/\r?\n/)) {
    const output = line.match(/^(\.[\w.]+)/);
    if (output) outputSection = output[1] ?? '';
    const piece = line.match(/^ (?:\.?\S+|COMMON)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S.*)$/);
    if (!piece || line.startsWith(' *fill*') || outputSection === '') continue;
    const sizeBytes = parseInt(piece[2] ?? '0', 16);
    const object = (piece[3] ?? '').replace(/^.*[\\/](?=[^\\/]+\.a\()/, '');
    if (sizeBytes > 0) pieces.push({ outputSection, object, address: parseInt(piece[1] ?? '0', 16), sizeBytes });
  }
  return pieces;
}
