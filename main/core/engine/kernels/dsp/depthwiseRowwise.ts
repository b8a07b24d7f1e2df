/**
 * Depthwise kernels too wide or too high for all weights to stay in registers: a kernel row's weights are loaded for each
 * tile of outputs, rows unrolled. Where a row of outputs is one tile, its loop over the channels is all there is.
 */
import { addConstant, repeat } from './assembly.ts';
import { tapWords, weightBytes } from './depthwiseRecord.ts';
import { isUnsigned, oncePerInput, tileShape, tilesOf, type DepthwiseShape } from './depthwiseShape.ts';
import { storeTile } from './depthwiseStore.ts';
import { multiplyWord, tileWords, UNSIGNED, type TapRegisters, type TileShape } from './depthwiseTile.ts';
import { finishingStaged, parameterWords } from './finish.ts';
import type { Requantization } from './requantization.ts';

const ROWWISE_FRAME = { out: 0, offset: 4, rowOut: 8, channels: 12, tiles: 16, repeat: 20, rows: 24 };

/** Registers: r0 row pointer, r1 stream, taps, E, O, then the offset where tiles are looped, then accumulators. */
interface RowwiseRegisters {
  readonly taps: readonly string[];
  readonly even: string;
  readonly odd: string;
  readonly offset: string | null;
  readonly accumulators: readonly string[];
  readonly bias: string | undefined;
}

/** Whether a register is left to make bytes unsigned with. */
export const hasBias = (shape: DepthwiseShape): boolean => rowwiseRegisters(shape).bias !== undefined;

function rowwiseRegisters(shape: DepthwiseShape): RowwiseRegisters {
  const { loops, looped: inLoop, straight } = tilesOf(shape);
  const looped = loops > 0;
  const most = Math.max(inLoop, ...straight.map(({ outputs }) => outputs));
  const tapCount = tapWords(shape);
  const all = ['r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'r11', 'r12', 'lr'];
  const rest = all.slice(2 + tapCount);
  return {
    even: 'r2',
    odd: 'r3',
    taps: all.slice(2, 2 + tapCount),
    offset: looped ? (rest[0] ?? null) : null,
    accumulators: (looped ? rest.slice(1) : rest).slice(0, most),
    bias: isUnsigned(shape) ? (looped ? rest.slice(1) : rest)[most] : undefined,
  };
}

/** Where the taps are once they are unpacked: the pairs of `depthwiseRecord.ts`. */
function tapAccess(taps: number, registers: readonly string[]): TapRegisters {
  const [a = '', b = '', c = '', d = '', e = ''] = registers;
  const half = (register: string, which: 'b' | 't') => ({ register, half: which });
  const straight = (register: string) => ({ register, swapped: false });
  const swapped = (register: string) => ({ register, swapped: true });
  const halves = [half(a, 'b'), half(b, 'b'), half(a, 't'), half(b, 't'), half(c, 'b'), half(d, 't'), half(c, 't')];
  const pairs = {
    3: [straight(a)],
    5: [straight(a), straight(b), swapped(c)],
    7: [straight(a), straight(b), swapped(e), straight(d), straight(c)],
  }[taps];
  return { tap: (index) => halves[index] ?? half(a, 'b'), pair: (index) => pairs?.[index] ?? straight(a) };
}

/** Loads of one kernel row's weights into registers, and what makes tap pairs of them. */
function rowwiseTaps(
  { taps, widened }: DepthwiseShape,
  registers: readonly string[],
  row: number,
): { loads: string[]; unpack: string[] } {
  const [a = '', b = '', c = '', d = '', e = ''] = registers;
  const load = (register: string, offset: number, size = ''): string =>
    `ldr${size} ${register}, [r1, #${String(offset)}]`;
  if (widened) {
    const first = 4 * row * registers.length;
    return { loads: registers.map((register, index) => load(register, first + 4 * index)), unpack: [] };
  }
  const first = row * taps;
  const split = (low: string, high: string): string[] => [`sxtb16 ${high}, ${low}, ror #8`, `sxtb16 ${low}, ${low}`];
  if (taps === 3) return { loads: [load(a, first)], unpack: split(a, b) };
  if (taps === 5) {
    return { loads: [load(a, first), load(c, first + 4, 'sb')], unpack: [...split(a, b), `pkhbt ${c}, ${c}, ${a}`] };
  }
  return {
    loads: [load(a, first), load(d, first + 3)],
    unpack: [...split(a, b), ...split(d, c), `pkhbt ${e}, ${c}, ${a}`],
  };
}

/** The kernel's rows in the order of their turn: the first one gives the accumulators their values, so it is never skipped. */
function rowOrder({ rows, steadyRow }: DepthwiseShape): number[] {
  const all = Array.from({ length: rows }, (_, row) => row);
  return steadyRow === null ? all : [steadyRow, ...all.filter((row) => row !== steadyRow)];
}

function rowwiseTile(shape: DepthwiseShape, tile: TileShape, registers: RowwiseRegisters): string[] {
  const fresh = new Set(Array.from({ length: tile.outputs }, (_, index) => index));
  const { even, odd, accumulators, offset, bias } = registers;
  const access = tapAccess(shape.taps, registers.taps);
  const lines = rowOrder(shape).flatMap((row, turn) => {
    const { loads, unpack } = rowwiseTaps(shape, registers.taps, row);
    const skips = shape.steadyRow !== null && turn > 0;
    const skip = skips ? ['cmp r0, #0', `beq.w ${String(10 + row)}f`] : [];
    const pointer = `ldr r0, [sp, #${String(ROWWISE_FRAME.rows + 4 * row)}]`;
    const products = tileWords(tile).flatMap((word) =>
      multiplyWord(
        tile,
        word,
        { pointer: 'r0', offset: 4 * word },
        { accumulators, even, odd, taps: access, bias },
        fresh,
      ),
    );
    const channel = `[sp, #${String(ROWWISE_FRAME.offset)}]`;
    return [
      ...(offset === null
        ? [pointer, `ldr ${even}, ${channel}`, ...skip, ...loads, `add r0, r0, ${even}`]
        : [pointer, ...loads, ...skip, `add r0, r0, ${offset}`]),
      ...unpack,
      ...products,
      ...(skips ? [`${String(10 + row)}:`] : []),
    ];
  });
  // Of a window that lies in the padding altogether.
  return [...[...fresh].map((output) => `mov ${accumulators[output] ?? ''}, #0`), ...lines];
}

export function rowwiseBody(shape: DepthwiseShape, requantization: Requantization): string[] {
  const { loops, looped, straight } = tilesOf(shape);
  const at = ROWWISE_FRAME;
  const frame = at.rows + 4 * shape.rows;
  const slot = (offset: number): string => `[sp, #${String(offset)}]`;
  const registers = rowwiseRegisters(shape);
  const parameters = weightBytes(shape);
  const words = parameterWords(requantization.kind);
  const offset = registers.offset ?? '';
  const finish = (outputs: number, first = 0): string[] => [
    ...finishingStaged(
      requantization,
      registers.accumulators.slice(0, outputs),
      0,
      (index, register) => [`ldr ${register}, [r1, #${String(parameters + 4 * index)}]`],
      ['r2', 'r3'],
    ),
    `ldr r2, ${slot(at.out)}`,
    ...storeTile(registers.accumulators.slice(0, outputs), 'r2', shape, first, 'r3'),
  ];
  const loop =
    loops === 0
      ? []
      : [
          `mov r2, #${String(loops)}`,
          `str r2, ${slot(at.tiles)}`,
          '2:',
          ...rowwiseTile(shape, tileShape(shape, looped, 0), registers),
          ...finish(looped),
          ...addConstant('r2', 'r2', looped * shape.outputStrides.pixel, 'r3'),
          `str r2, ${slot(at.out)}`,
          ...addConstant(offset, offset, looped * shape.stride, 'r3'),
          `ldr r2, ${slot(at.tiles)}`,
          'subs r2, r2, #1',
          `str r2, ${slot(at.tiles)}`,
          'bne.w 2b',
        ];
  const back = loops * looped * shape.stride;
  const nextInput =
    loops > 0
      ? addConstant(offset, offset, shape.channelBytes - (shape.multiplier > 1 ? 0 : back), 'r3')
      : [
          `ldr r3, ${slot(at.offset)}`,
          ...addConstant('r3', 'r3', shape.channelBytes, 'r4'),
          `str r3, ${slot(at.offset)}`,
        ];
  const nextChannel = [
    ...(loops > 0 && shape.multiplier > 1 ? addConstant(offset, offset, -back, 'r3') : []),
    ...oncePerInput(shape, 'r2', slot(at.repeat), nextInput),
  ];
  return [
    'push {r4-r11, lr}',
    `sub sp, sp, #${String(frame)}`,
    `str r2, ${slot(at.rowOut)}`,
    `movw r3, #${String(shape.channels)}`,
    `str r3, ${slot(at.channels)}`,
    ...repeat(shape.rows, (row) => [
      `ldr r3, [r0, #${String(4 * row * shape.rowStep)}]`,
      `str r3, ${slot(at.rows + 4 * row)}`,
    ]),
    ...(shape.multiplier > 1 ? [`mov r3, #${String(shape.multiplier)}`, `str r3, ${slot(at.repeat)}`] : []),
    ...(loops > 0 ? [`mov ${offset}, #0`] : ['mov r3, #0', `str r3, ${slot(at.offset)}`]),
    ...(registers.bias === undefined ? [] : [`mov ${registers.bias}, #${String(UNSIGNED)}`]),
    '1:',
    `ldr r2, ${slot(at.rowOut)}`,
    `str r2, ${slot(at.out)}`,
    ...addConstant('r2', 'r2', shape.outputStrides.channel, 'r3'),
    `str r2, ${slot(at.rowOut)}`,
    ...loop,
    ...straight.flatMap(({ first, outputs }) => [
      ...rowwiseTile(shape, tileShape(shape, outputs, first), registers),
      ...finish(outputs, shape.bare === null ? 0 : first),
    ]),
    ...nextChannel,
    ...addConstant('r1', 'r1', parameters + 4 * words, 'r3'),
    `ldr r2, ${slot(at.channels)}`,
    'subs r2, r2, #1',
    `str r2, ${slot(at.channels)}`,
    'bne.w 1b',
    `add sp, sp, #${String(frame)}`,
    'pop {r4-r11, pc}',
  ];
}
