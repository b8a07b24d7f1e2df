import { z } from 'zod';
import type { LongCall } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import type { Session } from '../../link/index.ts';
import { openProbe, startFirmware, type FlashImage } from '../../probes/index.ts';

/** Which probe and port a job names; both may be left to what is plugged in. */
export interface HardwareChoice {
  readonly selector?: string;
  readonly serialPath?: string;
}

/** What the parameters of a job say of the hardware. */
export function hardwareOf(params: unknown): HardwareChoice {
  const { probe, port } = z.object({ probe: z.string(), port: z.string() }).partial().catch({}).parse(params);
  return { ...(probe !== undefined && { selector: probe }), ...(port !== undefined && { serialPath: port }) };
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
  hardware: HardwareChoice = {},
): Promise<RunningBoard> {
  const probe = await openProbe(board, { ...hardware, ...(call.signal && { signal: call.signal }) });
  try {
    const rates = board.uart.baudRates;
    const session = await startFirmware(
      probe,
      image,
      { buildId, raiseTo: Math.max(...rates), ...portOf(hardware) },
      call,
    );
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

function portOf({ serialPath }: HardwareChoice): { serialPath?: string } {
  return serialPath === undefined ? {} : { serialPath };
}
