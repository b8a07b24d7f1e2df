import type { Board } from '../boards/index.ts';
import { imageDefaults } from './defaults.ts';
import type { MemoryNeed } from './memory.ts';

/** Both directions of the link hold one frame: header, payload, CRC-32, and a byte to spare, aligned. */
const FRAME_OVERHEAD_BYTES = 16;
/** State of link, counters, clock; the stack on which a fault is reported. */
const OTHER_SRAM_BYTES = 1024;
/** An operator's ticks and calls in an image that profiles. */
const PROFILE_ENTRY_BYTES = 16;

export interface FirmwareSize {
  readonly outputBytes: number;
  readonly operators: number;
  readonly stackBytes?: number | undefined;
  readonly payloadBytes?: number | undefined;
}

/** What stack, link and drivers take of RAM; the model's output is kept for the host, and each operator has a counter. */
export function firmwareSramBytes(board: Board, size: FirmwareSize): number {
  const defaults = imageDefaults(board);
  const { stackBytes = defaults.stackBytes, payloadBytes = defaults.payloadBytes } = size;
  const buffers = 2 * (payloadBytes + FRAME_OVERHEAD_BYTES) + size.outputBytes + PROFILE_ENTRY_BYTES * size.operators;
  return stackBytes + buffers + OTHER_SRAM_BYTES;
}

/** What `model.h` says that the model takes; without it, as much as there is. */
export function modelNeeds(
  board: Board,
  header: string,
  options: Pick<FirmwareSize, 'stackBytes' | 'payloadBytes'>,
): MemoryNeed {
  const number = (name: string): number | null => {
    const match = new RegExp(`^#define ${name} (\\d+)\\s*$`, 'm').exec(header);
    return match === null ? null : Number(match[1]);
  };
  const all = number('MODEL_SRAM_BYTES') ?? Infinity;
  const further = [2, 3, 4].map((piece) => number(`MODEL_ARENA_${piece}_BYTES`)).filter((bytes) => bytes !== null);
  return {
    modelPieces: [all - further.reduce((sum, bytes) => sum + bytes, 0), ...further],
    firmwareBytes: firmwareSramBytes(board, {
      outputBytes: number('MODEL_OUTPUT_BYTES') ?? 0,
      operators: number('MODEL_OPERATORS') ?? 0,
      ...options,
    }),
  };
}
