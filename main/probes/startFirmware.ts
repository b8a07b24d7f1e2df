import { StudioError, type LongCall } from '../contract/index.ts';
import { countsAsStated } from '../boards/index.ts';
import { openSerialStream, openSession, type BoardHello, type Session, type SessionOptions } from '../link/index.ts';
import type { FlashImage, Probe } from './probe.ts';

export interface StartOptions extends SessionOptions {
  /** What the running firmware must report; another answer means that an old image still runs. */
  readonly buildId?: string;
  /** The port on which it answers, where the probe does not know. */
  readonly serialPath?: string;
}

/**
 * Flashes an image, starts it and opens a session with it.
 * @throws StudioError `probe.…`, `link.…`, `probe.other-image` (what answers is not what was flashed)
 */
export async function startFirmware(
  probe: Probe,
  image: FlashImage,
  options: StartOptions = {},
  call: LongCall = {},
): Promise<Session> {
  call.onProgress?.({ stage: 'writing', done: 0, total: null, remainingMs: null });
  await probe.flash(image, call);
  call.onProgress?.({ stage: 'greeting', done: 0, total: null, remainingMs: null });
  await probe.reset();
  return connect(probe, { ...options, ...(call.signal ? { signal: call.signal } : {}) });
}

/** What the firmware before it sent may still be in the line when a board begins anew: so long its name is asked again. */
const STALE_MS = 1500;

/**
 * Opens a session with the firmware that runs on a probe's board.
 * @throws StudioError `link.…`, `probe.no-serial-port`, `probe.other-image`, `probe.counts-otherwise` (an emulator whose
 * counter runs at another rate than the board file says)
 */
export async function connect(probe: Probe, options: StartOptions = {}): Promise<Session> {
  const path = options.serialPath ?? (await probe.serialPath());
  if (path === null) {
    throw new StudioError({
      code: 'probe.no-serial-port',
      message: `It is not known on which serial port ${probe.board.name} answers.`,
      remedy: 'Name the port.',
      details: { board: probe.board.id, selector: probe.selector },
    });
  }
  // Slowest first: that is what the firmware starts with.
  const baudRates = options.baudRates ?? [...probe.board.uart.baudRates].sort((a, b) => a - b);
  const believedFrom = performance.now() + STALE_MS;
  for (;;) {
    const stream = await openSerialStream(path, baudRates[0] ?? 115_200);
    const session = await openSession(stream, { ...options, baudRates });
    const problem = otherImage(session.hello(), options.buildId, path) ?? countsOtherwise(probe, session.hello());
    if (problem === null) return session;
    await session.close();
    if (problem.code !== 'probe.other-image' || performance.now() >= believedFrom) throw problem;
  }
}

function otherImage({ buildId, boardId }: BoardHello, wanted: string | undefined, path: string): StudioError | null {
  if (wanted === undefined || wanted === buildId) return null;
  return new StudioError({
    code: 'probe.other-image',
    message: `The board answers with build ${buildId} for ${boardId}, not with ${wanted}, which was flashed.`,
    remedy: 'Check that the serial port belongs to the board that was flashed.',
    details: { found: buildId, wanted, boardId, path },
  });
}

function countsOtherwise(
  { board }: Probe,
  { calibrationTicks, calibrationInstructions }: BoardHello,
): StudioError | null {
  if (countsAsStated(board, calibrationTicks, calibrationInstructions)) return null;
  return new StudioError({
    code: 'probe.counts-otherwise',
    message: `${board.name} took ${calibrationTicks} ticks for ${calibrationInstructions} instructions, which is not what its file says.`,
    remedy: 'Use QEMU 7.2 to 10, or correct counterHz in the board file.',
    details: { calibrationTicks, calibrationInstructions },
  });
}
