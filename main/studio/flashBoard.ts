import type { LongCall } from '../contract/index.ts';
import { findBoard } from '../boards/index.ts';
import { imageBytes, openProbe, readImage, type ChipIdentity } from '../probes/index.ts';

export interface FlashResult {
  readonly board: string;
  readonly selector: string;
  readonly chip: ChipIdentity;
  readonly bytes: number;
}

/**
 * Writes an image file into a board, verifies it and starts it.
 *
 * @param probe which probe, where several fit: `stlink:066DFF…`
 * @throws StudioError `board.unknown`, `probe.…`
 */
export async function flashBoard(
  options: LongCall & { readonly board: string; readonly image: string; readonly probe?: string },
): Promise<FlashResult> {
  const { onProgress, signal } = options;
  const call: LongCall = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
  const board = findBoard(options.board);
  const image = readImage(options.image, board);
  const probe = await openProbe(board, {
    ...(options.probe === undefined ? {} : { selector: options.probe }),
    ...(signal && { signal }),
  });
  try {
    const chip = await probe.identify();
    await probe.flash(image, call);
    await probe.reset();
    return { board: board.id, selector: probe.selector, chip, bytes: imageBytes(image) };
  } finally {
    await probe.close();
  }
}
