import { StudioError, type LongCall } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import { openSerialStream, openSession, type Session } from '../../link/index.ts';
import { openQemuProbe, type FlashImage, type Probe } from '../../probes/index.ts';

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
 * @throws StudioError of the probe (`probe.…`) and the link (`link.…`); `link.other-build` where something else answers
 */
export async function startOnBoard(
  board: Board,
  image: FlashImage,
  buildId: string,
  call: LongCall = {},
): Promise<RunningBoard> {
  const probe = await openProbe(board, call.signal);
  try {
    await probe.flash(image, call);
    await probe.reset();
    const session = await greet(board, probe, call.signal);
    const answered = session.hello().buildId;
    if (answered !== buildId) {
      await session.close();
      throw otherBuild(board, answered, buildId);
    }
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

async function greet(board: Board, probe: Probe, signal?: AbortSignal): Promise<Session> {
  const path = await probe.serialPath();
  if (path === null)
    throw new StudioError({
      code: 'link.no-port',
      message: `The serial port of ${board.name} was not found.`,
      remedy: 'Unplug the board, plug it in again and repeat.',
      details: { board: board.id, probe: probe.selector },
    });
  const rates = board.uart.baudRates;
  const stream = await openSerialStream(path, Math.min(...rates));
  return openSession(stream, {
    baudRates: rates.toSorted((a, b) => a - b),
    raiseTo: Math.max(...rates),
    ...(signal === undefined ? {} : { signal }),
  });
}

const otherBuild = (board: Board, answered: string, expected: string): StudioError =>
  new StudioError({
    code: 'link.other-build',
    message: `${board.name} answers as build ${answered}, but ${expected} was just written to it.`,
    remedy: 'Check that the serial port belongs to the board that was flashed, then repeat.',
    details: { answered, expected },
  });
