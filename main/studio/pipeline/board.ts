import { StudioError, type LongCall } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import type { Session } from '../../link/index.ts';
import { openQemuProbe, startFirmware, type FlashImage, type Probe } from '../../probes/index.ts';

/** Opens what writes to this board. */
export async function openProbe(board: Board, signal?: AbortSignal): Promise<Probe> {
  if (board.virtual) return openQemuProbe(board, signal === undefined ? {} : { signal });
  throw new StudioError({
    code: 'probe.no-board',
    message: `${board.name} is not plugged in, as far as this computer can tell.`,
    remedy:
      'Plug it in with a data cable, or take a virtual board: virtual-stm32f405, virtual-mps2-m4, virtual-mps2-m7.',
    details: { board: board.id, probes: board.probes.map(({ kind }) => kind) },
  });
}

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
  const probe = await openProbe(board, call.signal);
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
