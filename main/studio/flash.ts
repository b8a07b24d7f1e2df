import { findBoard } from '../boards/index.ts';
import { StudioError, type LongCall } from '../contract/index.ts';
import { assertFits, imageBytes, openProbe, readImage, type ChipIdentity } from '../probes/index.ts';
import type { HardwareChoice } from './pipeline/index.ts';

export interface Flashed {
  readonly board: string;
  readonly selector: string;
  readonly chip: ChipIdentity;
  readonly bytes: number;
  readonly serialPath: string | null;
}

/**
 * Writes an image file into a board, verifies it and starts it.
 * @throws StudioError `board.unknown`, `probe.…`
 */
export async function flashBoard(
  boardId: string,
  file: string,
  hardware: HardwareChoice = {},
  call: LongCall = {},
): Promise<Flashed> {
  const board = findBoard(boardId);
  const image = readImage(file, board);
  assertFits(board, image);
  const probe = await openProbe(board, { ...hardware, ...(call.signal && { signal: call.signal }) });
  try {
    const chip = await probe.identify();
    await probe.flash(image, call);
    await probe.reset();
    const serialPath = hardware.serialPath ?? (await probe.serialPath());
    return { board: boardId, selector: probe.selector, chip, bytes: imageBytes(image), serialPath };
  } finally {
    await probe.close();
  }
}

/** What has to be typed before a chip is erased to unlock it. */
export const unlockConfirmation = (boardId: string): string => `erase ${boardId}`;

/**
 * Erases all of a read-protected chip, which unlocks it. Nothing is touched unless the confirmation was typed.
 * @throws StudioError `probe.not-confirmed`, `probe.unsupported`, `probe.…`
 */
export async function unlockBoard(
  boardId: string,
  typed: string,
  hardware: HardwareChoice = {},
  call: LongCall = {},
): Promise<void> {
  const board = findBoard(boardId);
  if (typed.trim() !== unlockConfirmation(boardId)) {
    throw new StudioError({
      code: 'probe.not-confirmed',
      message: `Unlocking erases everything in the chip of ${board.name}, and that was not confirmed.`,
      remedy: `If the firmware in it may be lost, confirm with the words: ${unlockConfirmation(boardId)}`,
      details: { board: boardId },
    });
  }
  const probe = await openProbe(board, { ...hardware, ...(call.signal && { signal: call.signal }) });
  try {
    if (probe.unlock === undefined) {
      throw new StudioError({
        code: 'probe.unsupported',
        message: `Read protection cannot be lifted through ${probe.selector}.`,
        remedy: 'Name the probe as openocd:SERIAL with --probe.',
        details: { selector: probe.selector },
      });
    }
    await probe.unlock(call);
  } finally {
    await probe.close();
  }
}
