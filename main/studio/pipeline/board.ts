import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { LongCall } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import { describeFault } from '../../firmware/index.ts';
import type { FaultRegisters, Session } from '../../link/index.ts';
import { openProbe, startFirmware, type FlashImage } from '../../probes/index.ts';
import { readElf } from '../../toolchain/index.ts';
import { noteLine } from '../serialLines.ts';

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
 * Writes an image into a board, starts it and greets it. Should it stop with a fault, the error speaks of the image's
 * functions and of the model's operators by their names.
 *
 * @throws StudioError of the probe (`probe.…`) and the link (`link.…`)
 */
export async function startOnBoard(
  board: Board,
  image: FlashImage,
  buildId: string,
  call: LongCall = {},
  hardware: HardwareChoice = {},
  operators: readonly { readonly name: string }[] = [],
): Promise<RunningBoard> {
  const probe = await openProbe(board, { ...hardware, ...(call.signal && { signal: call.signal }) });
  try {
    const rates = board.uart.baudRates;
    const session = await startFirmware(
      probe,
      image,
      { buildId, raiseTo: Math.max(...rates), describeFault: faultTeller(image, operators), ...portOf(hardware) },
      call,
    );
    const closed = noteLine(board, session);
    return {
      board,
      session,
      async close() {
        closed();
        await session.close();
        await probe.close();
      },
    };
  } catch (error) {
    await probe.close();
    throw error;
  }
}

/** What a fault was, in the words of the image (an ELF file) and the model. */
function faultTeller(
  { file }: FlashImage,
  operators: readonly { readonly name: string }[],
): (registers: FaultRegisters) => string {
  const names = operators.map(({ name }) => name);
  return (registers) => describeFault(registers, readElf(readFileSync(file), file), names);
}

function portOf({ serialPath }: HardwareChoice): { serialPath?: string } {
  return serialPath === undefined ? {} : { serialPath };
}
