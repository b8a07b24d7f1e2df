/**
 * Depthwise kernels 3 taps wide and up to 3 high: all weights of a channel and the row pointers stay in registers; four
 * outputs at a time.
 */
import { addConstant, repeat } from './assembly.ts';
import { weightBytes } from './depthwiseRecord.ts';
import { oncePerInput, tileShape, tilesOf, type DepthwiseShape } from './depthwiseShape.ts';
import { storeTile } from './depthwiseStore.ts';
import { multiplyWord, tileWords, type TapRegisters, type TileShape } from './depthwiseTile.ts';
import { finishingStaged, parameterWords } from './finish.ts';
import type { Requantization } from './requantization.ts';

const RESIDENT = {
  pointers: ['r0', 'r1', 'r2'],
  accumulators: ['r3', 'r4', 'r5', 'r6'],
  outer: ['r7', 'r8', 'r9'],
  /** The middle taps of rows 0 and 1, and of row 2. */
  middle: ['r10', 'r11'],
  even: 'r12',
  odd: 'lr',
} as const;

const RESIDENT_FRAME = {
  parameters: 0,
  out: 12,
  tileEnd: 16,
  stream: 20,
  offset: 24,
  rowOut: 28,
  channels: 32,
  repeat: 36,
  rows: 40,
};

function residentTaps(row: number): TapRegisters {
  const outer = RESIDENT.outer[row] ?? '';
  const middle = RESIDENT.middle[row === 2 ? 1 : 0];
  return {
    tap: (index) =>
      index === 1
        ? { register: middle, half: row === 1 ? 't' : 'b' }
        : { register: outer, half: index === 0 ? 'b' : 't' },
    pair: () => ({ register: outer, swapped: false }),
  };
}

function residentTile(shape: DepthwiseShape, tile: TileShape, advance: boolean): string[] {
  const { outputs } = tile;
  const fresh = new Set(Array.from({ length: outputs }, (_, index) => index));
  const lines: string[] = [];
  const consumed = (outputs * shape.stride) / 4;
  for (let row = 0; row < shape.rows; row++) {
    const pointer = RESIDENT.pointers[row] ?? '';
    const registers = {
      accumulators: RESIDENT.accumulators,
      even: RESIDENT.even,
      odd: RESIDENT.odd,
      taps: residentTaps(row),
    };
    for (const word of tileWords(tile)) {
      const offset = advance ? (word < consumed ? 'post' : 4 * (word - consumed)) : 4 * word;
      lines.push(...multiplyWord(tile, word, { pointer, offset }, registers, fresh));
    }
  }
  // Of a window that lies in the padding altogether.
  return [...[...fresh].map((output) => `mov ${RESIDENT.accumulators[output] ?? ''}, #0`), ...lines];
}

const slot = (offset: number): string => `[sp, #${String(offset)}]`;

/** Weights into their registers, parameters into the frame, r12 the channel's offset in the rows. */
function loadWeights(shape: DepthwiseShape, words: number): string[] {
  const at = RESIDENT_FRAME;
  const { outer, middle } = RESIDENT;
  const { rows, widened } = shape;
  const parameters = weightBytes(shape);
  const word = (register: string, offset: number): string => `ldr ${register}, [r3, #${String(offset)}]`;
  const packed = [
    // Each kernel row is a word w0 w1 w2 and a byte of what follows.
    ...repeat(rows, (row) => [word(outer[row] ?? '', 3 * row)]),
    `sxtb16 ${middle[0]}, ${outer[0]}, ror #8`,
    ...(rows > 1 ? [`sxtb16 lr, ${outer[1]}, ror #8`, `pkhbt ${middle[0]}, ${middle[0]}, lr, lsl #16`] : []),
    ...(rows > 2 ? [`sxtb16 ${middle[1]}, ${outer[2]}, ror #8`] : []),
    ...repeat(rows, (row) => [`sxtb16 ${outer[row] ?? ''}, ${outer[row] ?? ''}`]),
  ];
  const ready = [
    ...repeat(rows, (row) => [word(outer[row] ?? '', 4 * row)]),
    ...repeat(Math.ceil(rows / 2), (index) => [word(middle[index] ?? '', 4 * (rows + index))]),
  ];
  return [
    `ldr r3, ${slot(at.stream)}`,
    `ldr r12, ${slot(at.offset)}`,
    ...repeat(words, (index) => [word(`r${String(4 + index)}`, parameters + 4 * index)]),
    ...(widened ? ready : packed),
    ...addConstant('r3', 'r3', parameters + 4 * words, 'lr'),
    `str r3, ${slot(at.stream)}`,
    ...repeat(words, (index) => [`str r${String(4 + index)}, ${slot(at.parameters + 4 * index)}`]),
  ];
}

export function residentBody(shape: DepthwiseShape, requantization: Requantization): string[] {
  const { loops, looped, straight } = tilesOf(shape);
  const at = RESIDENT_FRAME;
  const frame = at.rows + 4 * shape.rows;
  const words = parameterWords(requantization.kind);
  const finish = (outputs: number): string[] => [
    ...finishingStaged(
      requantization,
      RESIDENT.accumulators.slice(0, outputs),
      0,
      (index, register) => [`ldr ${register}, ${slot(at.parameters + 4 * index)}`],
      ['r12', 'lr'],
    ),
    `ldr r12, ${slot(at.out)}`,
  ];
  return [
    'push {r4-r11, lr}',
    `sub sp, sp, #${String(frame)}`,
    `str r1, ${slot(at.stream)}`,
    `str r2, ${slot(at.rowOut)}`,
    'mov r3, #0',
    `str r3, ${slot(at.offset)}`,
    `movw r3, #${String(shape.channels)}`,
    `str r3, ${slot(at.channels)}`,
    ...repeat(shape.rows, (row) => [
      `ldr r3, [r0, #${String(4 * row * shape.rowStep)}]`,
      `str r3, ${slot(at.rows + 4 * row)}`,
    ]),
    ...(shape.multiplier > 1 ? [`mov r3, #${String(shape.multiplier)}`, `str r3, ${slot(at.repeat)}`] : []),
    '1:',
    ...loadWeights(shape, words),
    // Pointers of this channel.
    ...repeat(shape.rows, (row) => [`ldr ${RESIDENT.pointers[row] ?? ''}, ${slot(at.rows + 4 * row)}`]),
    ...repeat(shape.rows, (row) => {
      const pointer = RESIDENT.pointers[row] ?? '';
      return [`add ${pointer}, ${pointer}, r12`];
    }),
    ...oncePerInput(shape, 'lr', slot(at.repeat), addConstant('r12', 'r12', shape.channelBytes, 'r4')),
    `str r12, ${slot(at.offset)}`,
    `ldr r3, ${slot(at.rowOut)}`,
    `str r3, ${slot(at.out)}`,
    ...(loops > 0
      ? [...addConstant('r4', 'r3', loops * looped * shape.outputStrides.pixel, 'lr'), `str r4, ${slot(at.tileEnd)}`]
      : []),
    ...addConstant('r3', 'r3', shape.outputStrides.channel, 'lr'),
    `str r3, ${slot(at.rowOut)}`,
    ...(loops > 0
      ? [
          '2:',
          ...residentTile(shape, tileShape(shape, looped, 0), true),
          ...finish(looped),
          `ldr lr, ${slot(at.tileEnd)}`,
          ...storeTile(RESIDENT.accumulators.slice(0, looped), 'r12', shape),
          ...addConstant('r12', 'r12', looped * shape.outputStrides.pixel, 'r3'),
          `str r12, ${slot(at.out)}`,
          'cmp r12, lr',
          'bne.w 2b',
        ]
      : []),
    ...straight.flatMap(({ first, outputs }) => [
      ...residentTile(shape, tileShape(shape, outputs, first), false),
      ...finish(outputs),
      ...storeTile(RESIDENT.accumulators.slice(0, outputs), 'r12', shape, shape.bare === null ? 0 : first, 'lr'),
    ]),
    `ldr r3, ${slot(at.channels)}`,
    'subs r3, r3, #1',
    `str r3, ${slot(at.channels)}`,
    'bne.w 1b',
    `add sp, sp, #${String(frame)}`,
    'pop {r4-r11, pc}',
  ];
}
