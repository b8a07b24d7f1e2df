import { describe, expect, it } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import { smokeTest } from '../../main/studio/index.ts';

/**
 * A board on the desk: `MCUNET_TEST_BOARD=nucleo-f446re npx vitest run test/probes/realBoard.test.ts`, with
 * `MCUNET_TEST_PROBE` and `MCUNET_TEST_PORT` where they are not found by themselves. What it holds is overwritten.
 */
const boardId = process.env['MCUNET_TEST_BOARD'];
const selector = process.env['MCUNET_TEST_PROBE'];
const serialPath = process.env['MCUNET_TEST_PORT'];

describe.skipIf(boardId === undefined)(`the board on the desk${boardId === undefined ? '' : `: ${boardId}`}`, () => {
  const id = boardId ?? '';
  const hardware = { ...(selector !== undefined && { selector }), ...(serialPath !== undefined && { serialPath }) };

  it('is flashed three times in a row, each time greets with the new image, computes rightly and keeps its clock', async () => {
    const board = findBoard(id);
    for (let time = 0; time < 3; time++) {
      const { hello, blinks, measuredClockHz } = await smokeTest(id, hardware);
      expect(hello.boardId).toBe(id);
      expect(blinks).toBe(4);
      expect(hello.clockHz).toBe(board.clockHz);
      // The conversation over the serial line is part of what the host measures: a hundredth is as near as it gets.
      if (!board.virtual) expect(Math.abs((measuredClockHz ?? 0) / board.clockHz - 1)).toBeLessThan(0.01);
    }
  }, 300_000);
});
