import type { Board } from '../boards/index.ts';
import { linkMemory } from './memory.ts';

/** How large stack and frames are where nobody says otherwise: more where there is plenty. */
export function imageDefaults(board: Board): { readonly stackBytes: number; readonly payloadBytes: number } {
  const { ram } = linkMemory(board);
  return {
    stackBytes: ram.sizeBytes >= 96 << 10 ? 8192 : 4096,
    payloadBytes: ram.sizeBytes >= 256 << 10 ? 4096 : 1024,
  };
}
