import { findBoard } from '../boards/index.ts';
import { StudioError, type LongCall } from '../contract/index.ts';
import { buildImage, smokeModel } from '../firmware/index.ts';
import type { BoardHello, Session } from '../link/index.ts';
import { withScratch } from '../processes/index.ts';
import type { HardwareChoice } from './pipeline/index.ts';
import { startOnBoard } from './pipeline/index.ts';

export interface SmokeResult {
  readonly board: string;
  readonly hello: BoardHello;
  /** How often the LED was lit, where the board has one. */
  readonly blinks: number;
  /**
   * What the host's clock makes of the board's, in Hz: ticks counted by the board over seconds that passed here, the time of
   * the conversation taken off. Null on a virtual board, whose time is not the host's.
   */
  readonly measuredClockHz: number | null;
}

const blinks = 4;

/**
 * The first thing to do with a new board: flashes firmware that says hello, blinks, and lets the host measure its clock.
 * @throws StudioError `probe.…`, `link.…`, `smoke.wrong-answer`
 */
export async function smokeTest(
  boardId: string,
  hardware: HardwareChoice = {},
  call: LongCall = {},
): Promise<SmokeResult> {
  const board = findBoard(boardId);
  return withScratch('smoke', async (outDir) => {
    const image = await buildImage({ board, model: smokeModel(), outDir, options: { profile: false } }, call);
    const running = await startOnBoard(board, image.flashImage, image.buildId, call, hardware);
    try {
      const { session } = running;
      const ratio = await blinkAndMeasure(session);
      return {
        board: boardId,
        hello: session.hello(),
        blinks,
        measuredClockHz: board.virtual ? null : Math.round(ratio),
      };
    } finally {
      await running.close();
    }
  });
}

/** Ticks of the board for each second of the host. */
async function blinkAndMeasure(session: Session): Promise<number> {
  const input = Int8Array.from({ length: session.hello().inputBytes }, (_, at) => at);
  await session.load(input);
  const before = performance.now();
  await session.echo(new Uint8Array(4));
  const conversationMs = performance.now() - before;
  let [ticks, milliseconds] = [0, 0];
  for (let blink = 0; blink < blinks; blink++) {
    const started = performance.now();
    ticks += (await session.invoke()).ticks;
    milliseconds += performance.now() - started - conversationMs;
  }
  const output = await session.output();
  const wrong = output.findIndex((value, at) => value !== (input[at] ?? 0) + 1);
  if (wrong >= 0) {
    throw new StudioError({
      code: 'smoke.wrong-answer',
      message: `The board answered ${output[wrong] ?? 'nothing'} instead of ${(input[wrong] ?? 0) + 1} at place ${wrong}.`,
      remedy: 'Flash again; if it repeats, the memory of this board is damaged.',
      details: { output: [...output] },
    });
  }
  return (1000 * ticks) / milliseconds;
}
