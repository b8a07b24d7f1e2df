import type { Board } from '../boards/index.ts';
import { ramStretches } from './memory.ts';

/** How large stack and frames are where nobody says otherwise: more where there is plenty. */
export function imageDefaults(board: Board): { readonly stackBytes: number; readonly payloadBytes: number } {
  const largest = Math.max(0, ...ramStretches(board).map(({ sizeBytes }) => sizeBytes));
  return {
    stackBytes: largest >= 96 << 10 ? 8192 : 4096,
    payloadBytes: largest >= 256 << 10 ? 4096 : 1024,
  };
}
