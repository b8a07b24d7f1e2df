import { describe, expect, it } from 'vitest';
import { loadBoards, type Board } from '../../main/boards/index.ts';
import { buildImage, type BuiltImage } from '../../main/firmware/index.ts';
import { openSession } from '../../main/link/index.ts';
import { handModel } from '../firmware/handModel.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { FirmwareRun } from '../support/virtualProbe/silicon/firmwareRun.ts';

/**
 * Every devkit's image: it links, its vectors are sound, and it really starts: instruction by instruction on a model of the
 * chip's memories and peripherals, until the link answers with the board's own clock.
 */
const devkits = loadBoards().filter((board) => !board.virtual);
const startLimit = 40_000_000;

const built = new Map<string, Promise<BuiltImage>>();
function imageOf(board: Board): Promise<BuiltImage> {
  const before = built.get(board.id);
  if (before !== undefined) return before;
  const image = buildImage({ board, model: handModel(), outDir: temporaryFolder() });
  built.set(board.id, image);
  return image;
}

describe.skipIf(!programOnPath('arm-none-eabi-gcc'))('the image of every devkit', () => {
  describe.each(devkits.map((board) => [board.id, board] as const))('%s', (_, board) => {
    it('has a vector table with its stack in RAM and its code in Flash', async () => {
      const image = await imageOf(board);
      const first = image.flashImage.segments[0];
      const flash = board.memory.find((region) => region.kind === 'flash');
      expect(first?.address).toBe(flash?.start);
      const vectors = wordsOf(first?.bytes ?? new Uint8Array(), 16 + 32);
      const [stack = 0, ...handlers] = vectors;
      expect(stack % 8).toBe(0);
      expect(inside(board, 'ram', stack - 4)).toBe(true);
      expect(handlers.every((handler) => (handler & 1) === 1 && inside(board, 'flash', handler))).toBe(true);
    });

    it('starts at the full clock, answers the link, and touches nothing that the chip has not', async () => {
      const image = await imageOf(board);
      const run = new FirmwareRun(board, image.flashImage.segments);
      run.runUntilIdle(startLimit);
      const session = await openSession(run.stream, { greetingMs: 20_000 });
      const hello = session.hello();
      expect(hello.boardId).toBe(board.id);
      expect(hello.buildId).toBe(image.buildId);
      expect(hello.clockHz).toBe(board.clockHz);
      expect(hello.clockSource).toBe(board.clockTree?.source);
      // The UART divides the clock it gets: two per cent is what eight bits without parity bear.
      expect(Math.abs(hello.baudRate / 115_200 - 1)).toBeLessThan(0.02);
      const input = Int8Array.from({ length: hello.inputBytes }, (_, at) => at - 20);
      const output = await session.run(input);
      expect(output).toEqual(Int8Array.from([...input].reverse(), (value) => value + 1));
      expect(run.violations).toEqual([]);
      await session.close();
    });
  });

  it('is caught where it touches what a chip has not', async () => {
    const l4 = devkits.find((board) => board.id === 'nucleo-l476rg');
    if (l4 === undefined) throw new Error('no such board');
    const image = await imageOf(l4);
    const run = new FirmwareRun({ ...l4, family: 'stm32f4' }, image.flashImage.segments);
    expect(() => {
      run.runUntilIdle(startLimit);
    }).toThrow(/bus fault/);
    expect(run.violations[0]).toContain('0x48000020');
  });

  const withOscillator = devkits.filter((board) => board.clockTree?.source !== 'internal');
  it.each(perFamily(withOscillator))(
    '%s runs on the internal oscillator where the crystal does not start, and says so',
    async (_, board) => {
      const image = await imageOf(board);
      const run = new FirmwareRun(board, image.flashImage.segments, { broken: ['crystal'] });
      run.runUntilIdle(startLimit);
      const session = await openSession(run.stream, { greetingMs: 20_000 });
      expect(session.hello().clockSource).toBe('internal');
      expect(session.hello().clockHz).toBe(board.clockHz);
      await session.close();
    },
  );

  const withPll = devkits.filter((board) => board.family.startsWith('stm32'));
  it.each(perFamily(withPll))(
    '%s stays at its reset clock where nothing locks, and answers all the same',
    async (_, board) => {
      const image = await imageOf(board);
      const run = new FirmwareRun(board, image.flashImage.segments, { broken: ['crystal', 'pll'] });
      run.runUntilIdle(startLimit);
      const session = await openSession(run.stream, { greetingMs: 20_000 });
      expect(session.hello().clockSource).toBe('as-reset');
      expect(session.hello().clockHz).toBeLessThan(board.clockHz);
      await session.close();
    },
  );
});

function perFamily(boards: readonly Board[]): (readonly [string, Board])[] {
  return [...new Map(boards.map((board) => [board.family, board])).entries()];
}

function inside(board: Board, kind: 'flash' | 'ram', address: number): boolean {
  return board.memory.some(
    (region) => region.kind === kind && address >= region.start && address < region.start + region.sizeBytes,
  );
}

function wordsOf(bytes: Uint8Array, count: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, at) => view.getUint32(4 * at, true));
}
