import type { LongCall } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import type { Session } from '../../link/index.ts';
import { openProbe, startFirmware, type FlashImage } from '../../probes/index.ts';

/** A board with our firmware running, and the conversation with it. */
export interface RunningBoard {
  readonly board: Board;
  readonly session: Session;
  /** Ends the conversation and lets go of the probe; a virtual board is switched off. Idempotent. */
  close(): Promise<void>;
}

/**
 * Writes an image into a board, starts it and greets it.
 *
 * @throws StudioError of the probe (`probe.…`) and the link (`link.…`)
 */
export async function startOnBoard(
  board: Board,
  image: FlashImage,
  buildId: string,
  call: LongCall = {},
): Promise<RunningBoard> {
  const probe = await openProbe(board, call.signal === undefined ? {} : { signal: call.signal });
  try {
    const rates = board.uart.baudRates;
    const session = await startFirmware(probe, image, { buildId, raiseTo: Math.max(...rates) }, call);
    return {
      board,
      session,
      async close() {
        await session.close();
        await probe.close();
      },
    };
  } catch (error) {
    await probe.close();
    throw error;
  }
}
