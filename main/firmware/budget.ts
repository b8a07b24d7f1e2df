import type { Board } from '../boards/index.ts';
import { imageDefaults } from './defaults.ts';
import { linkMemory } from './memory.ts';

/** What of a board is left to a model: all its static memory on the one side, its code and constants on the other. */
export interface ModelBudget {
  readonly sramBytes: number;
  readonly flashBytes: number;
  /** What the firmware keeps of those two memories: stack, link, drivers. */
  readonly firmwareSramBytes: number;
  readonly firmwareFlashBytes: number;
}

/** Both directions of the link hold one frame: header, payload, CRC-32, and a byte to spare, aligned. */
const FRAME_OVERHEAD_BYTES = 16;
/** State of link, counters, clock; the stack on which a fault is reported. */
const OTHER_SRAM_BYTES = 1024;
/** An operator's ticks and calls in an image that profiles. */
const PROFILE_ENTRY_BYTES = 16;
/** Start-up, drivers, link, and what the generated driver calls of the C library. */
const FLASH_BYTES = 8 << 10;

/**
 * The memory that an image of ours leaves to a model, so that what is planned within it links. `outputBytes` and
 * `operators` are the model's: its output is kept for the host, and each operator has a counter.
 */
export function modelBudget(
  board: Board,
  model: { readonly outputBytes: number; readonly operators: number },
): ModelBudget {
  const { flash, ram, fast } = linkMemory(board);
  const { stackBytes, payloadBytes } = imageDefaults(board);
  const buffers = 2 * (payloadBytes + FRAME_OVERHEAD_BYTES) + model.outputBytes + PROFILE_ENTRY_BYTES * model.operators;
  // Where there is a second memory, only initialized data stays beside the model.
  const firmwareSramBytes = fast === null ? stackBytes + buffers + OTHER_SRAM_BYTES : 64;
  return {
    sramBytes: ram.sizeBytes - firmwareSramBytes,
    flashBytes: flash.sizeBytes - FLASH_BYTES,
    firmwareSramBytes,
    firmwareFlashBytes: FLASH_BYTES,
  };
}
