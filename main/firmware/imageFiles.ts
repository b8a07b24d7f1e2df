import MemoryMap from 'nrf-intel-hex';
import type { ElfSegment } from '../toolchain/index.ts';

/** What is written to Flash, in ascending order. */
export const storedPieces = (segments: readonly ElfSegment[]): { address: number; bytes: Uint8Array }[] =>
  segments
    .filter(({ bytes }) => bytes.length > 0)
    .map(({ loadAddress, bytes }) => ({ address: loadAddress, bytes }))
    .sort((a, b) => a.address - b.address);

/** Flash from its lowest written byte to its highest; gaps are 0xFF, as erased Flash is. */
export function toBinary(segments: readonly ElfSegment[]): Uint8Array {
  const pieces = storedPieces(segments);
  const first = pieces[0]?.address ?? 0;
  const end = Math.max(first, ...pieces.map(({ address, bytes }) => address + bytes.length));
  const binary = new Uint8Array(end - first).fill(0xff);
  for (const { address, bytes } of pieces) binary.set(bytes, address - first);
  return binary;
}

/** Intel HEX, 16 bytes a record. */
export function toIntelHex(segments: readonly ElfSegment[]): string {
  const map = new MemoryMap();
  for (const { address, bytes } of storedPieces(segments)) map.set(address, bytes);
  return `${map.join().asHexString(16)}\n`;
}
