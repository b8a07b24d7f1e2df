/**
 * One output row of a depthwise convolution from planar input rows (channel after channel, padding in place), all
 * channels one after the other.
 *
 * 3 taps wide and up to 3 high: all weights of a channel and the row pointers stay in registers; four outputs at a time.
 * Wider or higher: a kernel row's weights are unpacked from the stream for each tile, rows unrolled. A channel's code is
 * straight, the loop over tiles is short.
 *
 * A channel's record in the stream is its weights, row after row, a byte each and nothing between them, and then its
 * parameters. So words are read at any address, which costs a cycle or two where it is odd, less than a percent of a
 * network, and saves 3 of 20 bytes of a 3×3 channel, 3 of 36 of a 5×5 one, 7 of 64 of a 7×7 one.
 */
import { addConstant, nakedFunction, repeat } from './assembly.ts';
import { finishingStaged, parameterWords } from './finish.ts';
import type { FinishKind, Requantization } from './requantization.ts';
import {
  multiplyWord,
  productCount,
  tileRowCycles,
  wordsOfTile,
  type TapRegisters,
  type TileShape,
} from './depthwiseTile.ts';

export interface DepthwiseShape {
  readonly rows: number;
  /** 3, 5 or 7; a narrower kernel has zero taps. */
  readonly taps: number;
  readonly stride: number;
  readonly outputWidth: number;
  readonly channels: number;
  /** Bytes from a channel to the next in an input row. */
  readonly channelBytes: number;
  /** Bytes between the outputs of neighbouring channels and pixels. */
  readonly outputStrides: { readonly channel: number; readonly pixel: number };
}

export const DEPTHWISE_PARAMETERS = 'const int8_t *const *rows, const uint8_t *stream, int8_t *out';

/** The weights of a 3×3 kernel fit in registers. */
export const isResident = ({ rows, taps }: DepthwiseShape): boolean => rows <= 3 && taps === 3;

/** Bytes of a channel's weights in the stream. */
export const weightBytes = ({ rows, taps }: Pick<DepthwiseShape, 'rows' | 'taps'>): number => rows * taps;

/** What a word at a random address costs more than one at a multiple of four, in cycles. */
const UNALIGNED_CYCLES = 1.25;

const TILE = 4;

/** Outputs of the looped tile, how often, and of the one after the loop (0 where none). */
export function tilesOf(shape: DepthwiseShape): { loops: number; looped: number; last: number } {
  const most = isResident(shape) ? TILE : shape.taps === 3 ? 7 : shape.taps === 5 ? 7 : 5;
  if (shape.outputWidth <= most) return { loops: 0, looped: 0, last: shape.outputWidth };
  const looped = TILE;
  return { loops: Math.floor(shape.outputWidth / looped), looped, last: shape.outputWidth % looped };
}

export function depthwiseAssembly(name: string, shape: DepthwiseShape, requantization: Requantization): string {
  return nakedFunction(
    name,
    DEPTHWISE_PARAMETERS,
    isResident(shape) ? residentBody(shape, requantization) : rowwiseBody(shape, requantization),
  );
}

/** The furthest that STRB reaches from its pointer. */
const LONGEST_OFFSET = 4095;

/** Stores the outputs, which are spent then: the first of them becomes the pointer to what lies too far away. */
function storeTile(accumulators: readonly string[], pointer: string, { outputStrides }: DepthwiseShape): string[] {
  const lines: string[] = [];
  let [base, from] = [pointer, 0];
  accumulators.forEach((accumulator, index) => {
    const offset = index * outputStrides.pixel - from;
    if (offset <= LONGEST_OFFSET) {
      lines.push(`strb ${accumulator}, [${base}, #${String(offset)}]`);
      return;
    }
    const [spent = accumulator, scratch = spent] = accumulators;
    lines.push(...addConstant(spent, base, offset, index > 1 ? scratch : spent), `strb ${accumulator}, [${spent}]`);
    [base, from] = [spent, index * outputStrides.pixel];
  });
  return lines;
}

/* ---- weights in registers ---- */

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
  rows: 36,
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

function residentTile(shape: DepthwiseShape, outputs: number, advance: boolean): string[] {
  const tile: TileShape = { taps: 3, stride: shape.stride, outputs };
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
    for (let word = 0; word < wordsOfTile(tile); word++) {
      const offset = advance ? (word < consumed ? 'post' : 4 * (word - consumed)) : 4 * word;
      lines.push(...multiplyWord(tile, word, { pointer, offset }, registers, fresh));
    }
  }
  return lines;
}

function residentBody(shape: DepthwiseShape, requantization: Requantization): string[] {
  const { loops, looped, last } = tilesOf(shape);
  const at = RESIDENT_FRAME;
  const frame = at.rows + 4 * shape.rows;
  const slot = (offset: number): string => `[sp, #${String(offset)}]`;
  const { outer, middle } = RESIDENT;
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
  const weightRows = shape.rows;
  return [
    'push {r4-r11, lr}',
    `sub sp, sp, #${String(frame)}`,
    `str r1, ${slot(at.stream)}`,
    `str r2, ${slot(at.rowOut)}`,
    'mov r3, #0',
    `str r3, ${slot(at.offset)}`,
    `movw r3, #${String(shape.channels)}`,
    `str r3, ${slot(at.channels)}`,
    ...repeat(shape.rows, (row) => [`ldr r3, [r0, #${String(4 * row)}]`, `str r3, ${slot(at.rows + 4 * row)}`]),
    '1:',
    // Weights: each kernel row is a word w0 w1 w2 and a byte of what follows.
    `ldr r3, ${slot(at.stream)}`,
    `ldr r12, ${slot(at.offset)}`,
    ...repeat(weightRows, (row) => [`ldr ${outer[row] ?? ''}, [r3, #${String(3 * row)}]`]),
    ...repeat(words, (index) => [`ldr r${String(4 + index)}, [r3, #${String(3 * weightRows + 4 * index)}]`]),
    ...addConstant('r3', 'r3', 3 * weightRows + 4 * words, 'lr'),
    `str r3, ${slot(at.stream)}`,
    ...repeat(words, (index) => [`str r${String(4 + index)}, ${slot(at.parameters + 4 * index)}`]),
    ...(weightRows > 0 ? [`sxtb16 ${middle[0]}, ${outer[0]}, ror #8`] : []),
    ...(weightRows > 1 ? [`sxtb16 lr, ${outer[1]}, ror #8`, `pkhbt ${middle[0]}, ${middle[0]}, lr, lsl #16`] : []),
    ...(weightRows > 2 ? [`sxtb16 ${middle[1]}, ${outer[2]}, ror #8`] : []),
    ...repeat(weightRows, (row) => [`sxtb16 ${outer[row] ?? ''}, ${outer[row] ?? ''}`]),
    // Pointers of this channel.
    ...repeat(shape.rows, (row) => [`ldr ${RESIDENT.pointers[row] ?? ''}, ${slot(at.rows + 4 * row)}`]),
    ...repeat(shape.rows, (row) => {
      const pointer = RESIDENT.pointers[row] ?? '';
      return [`add ${pointer}, ${pointer}, r12`];
    }),
    ...addConstant('r12', 'r12', shape.channelBytes, 'lr'),
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
          ...residentTile(shape, looped, true),
          ...finish(looped),
          `ldr lr, ${slot(at.tileEnd)}`,
          ...storeTile(RESIDENT.accumulators.slice(0, looped), 'r12', shape),
          ...addConstant('r12', 'r12', looped * shape.outputStrides.pixel, 'r3'),
          `str r12, ${slot(at.out)}`,
          'cmp r12, lr',
          'bne.w 2b',
        ]
      : []),
    ...(last > 0
      ? [
          ...residentTile(shape, last, false),
          ...finish(last),
          ...storeTile(RESIDENT.accumulators.slice(0, last), 'r12', shape),
        ]
      : []),
    `ldr r3, ${slot(at.channels)}`,
    'subs r3, r3, #1',
    `str r3, ${slot(at.channels)}`,
    'bne.w 1b',
    `add sp, sp, #${String(frame)}`,
    'pop {r4-r11, pc}',
  ];
}

/* ---- a kernel row's weights at a time ---- */

const ROWWISE_FRAME = { out: 0, offset: 4, rowOut: 8, channels: 12, tiles: 16, rows: 20 };

/** Registers: r0 row pointer, r1 stream, taps, E, O, then the offset where tiles are looped, then accumulators. */
interface RowwiseRegisters {
  readonly taps: readonly string[];
  readonly even: string;
  readonly odd: string;
  readonly offset: string | null;
  readonly accumulators: readonly string[];
}

function rowwiseRegisters({ taps }: DepthwiseShape, looped: boolean): RowwiseRegisters {
  const tapCount = taps === 3 ? 2 : taps === 5 ? 3 : 5;
  const all = ['r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'r11', 'r12', 'lr'];
  const rest = all.slice(2 + tapCount);
  return {
    even: 'r2',
    odd: 'r3',
    taps: all.slice(2, 2 + tapCount),
    offset: looped ? (rest[0] ?? null) : null,
    accumulators: looped ? rest.slice(1) : rest,
  };
}

/** Loads of one kernel row's weights into registers, and what makes taps of them. */
function rowwiseTaps(
  shape: DepthwiseShape,
  registers: readonly string[],
  row: number,
): { loads: string[]; unpack: string[]; access: TapRegisters } {
  const [a = '', b = '', c = '', d = '', e = ''] = registers;
  const half = (register: string, which: 'b' | 't') => ({ register, half: which });
  const straight = (register: string) => ({ register, swapped: false });
  const swapped = (register: string) => ({ register, swapped: true });
  const { taps } = shape;
  const load = (register: string, tap: number, size = ''): string =>
    `ldr${size} ${register}, [r1, #${String(row * taps + tap)}]`;
  const split = (low: string, high: string): string[] => [`sxtb16 ${high}, ${low}, ror #8`, `sxtb16 ${low}, ${low}`];
  if (taps === 3) {
    return {
      loads: [load(a, 0)],
      unpack: split(a, b),
      access: {
        tap: (index) => [half(a, 'b'), half(b, 'b'), half(a, 't')][index] ?? half(a, 'b'),
        pair: () => straight(a),
      },
    };
  }
  if (taps === 5) {
    return {
      loads: [load(a, 0), load(c, 4, 'sb')],
      // c becomes (w4, w2).
      unpack: [...split(a, b), `pkhbt ${c}, ${c}, ${a}`],
      access: {
        tap: (index) => [half(a, 'b'), half(b, 'b'), half(a, 't'), half(b, 't'), half(c, 'b')][index] ?? half(a, 'b'),
        pair: (index) => [straight(a), straight(b), swapped(c)][index] ?? straight(a),
      },
    };
  }
  return {
    loads: [load(a, 0), load(d, 3)],
    // c becomes (w4, w6), d (w3, w5), e (w4, w2).
    unpack: [...split(a, b), ...split(d, c), `pkhbt ${e}, ${c}, ${a}`],
    access: {
      tap: (index) =>
        [half(a, 'b'), half(b, 'b'), half(a, 't'), half(b, 't'), half(c, 'b'), half(d, 't'), half(c, 't')][index] ??
        half(a, 'b'),
      pair: (index) => [straight(a), straight(b), swapped(e), straight(d), straight(c)][index] ?? straight(a),
    },
  };
}

function rowwiseTile(shape: DepthwiseShape, outputs: number, registers: RowwiseRegisters): string[] {
  const tile: TileShape = { taps: shape.taps, stride: shape.stride, outputs };
  const fresh = new Set(Array.from({ length: outputs }, (_, index) => index));
  const lines: string[] = [];
  for (let row = 0; row < shape.rows; row++) {
    const { loads, unpack, access } = rowwiseTaps(shape, registers.taps, row);
    const { even, odd, accumulators } = registers;
    lines.push(`ldr r0, [sp, #${String(ROWWISE_FRAME.rows + 4 * row)}]`, ...loads);
    if (registers.offset !== null) lines.push(`add r0, r0, ${registers.offset}`);
    lines.push(...unpack);
    for (let word = 0; word < wordsOfTile(tile); word++) {
      const place = { pointer: 'r0', offset: 4 * word };
      lines.push(...multiplyWord(tile, word, place, { accumulators, even, odd, taps: access }, fresh));
    }
  }
  return lines;
}

function rowwiseBody(shape: DepthwiseShape, requantization: Requantization): string[] {
  const { loops, looped, last } = tilesOf(shape);
  const at = ROWWISE_FRAME;
  const frame = at.rows + 4 * shape.rows;
  const slot = (offset: number): string => `[sp, #${String(offset)}]`;
  const registers = rowwiseRegisters(shape, loops > 0);
  const parameters = weightBytes(shape);
  const words = parameterWords(requantization.kind);
  const offset = registers.offset ?? '';
  const finish = (outputs: number): string[] => [
    ...finishingStaged(
      requantization,
      registers.accumulators.slice(0, outputs),
      0,
      (index, register) => [`ldr ${register}, [r1, #${String(parameters + 4 * index)}]`],
      ['r2', 'r3'],
    ),
    `ldr r2, ${slot(at.out)}`,
    ...storeTile(registers.accumulators.slice(0, outputs), 'r2', shape),
  ];
  const loop =
    loops === 0
      ? []
      : [
          `mov r2, #${String(loops)}`,
          `str r2, ${slot(at.tiles)}`,
          '2:',
          ...rowwiseTile(shape, looped, registers),
          ...finish(looped),
          ...addConstant('r2', 'r2', looped * shape.outputStrides.pixel, 'r3'),
          `str r2, ${slot(at.out)}`,
          ...addConstant(offset, offset, looped * shape.stride, 'r3'),
          `ldr r2, ${slot(at.tiles)}`,
          'subs r2, r2, #1',
          `str r2, ${slot(at.tiles)}`,
          'bne.w 2b',
        ];
  const nextChannel =
    loops > 0
      ? [...addConstant(offset, offset, shape.channelBytes - loops * looped * shape.stride, 'r3')]
      : repeat(shape.rows, (row) => [
          `ldr r3, ${slot(at.rows + 4 * row)}`,
          ...addConstant('r3', 'r3', shape.channelBytes, 'r4'),
          `str r3, ${slot(at.rows + 4 * row)}`,
        ]);
  return [
    'push {r4-r11, lr}',
    `sub sp, sp, #${String(frame)}`,
    `str r2, ${slot(at.rowOut)}`,
    `movw r3, #${String(shape.channels)}`,
    `str r3, ${slot(at.channels)}`,
    ...repeat(shape.rows, (row) => [`ldr r3, [r0, #${String(4 * row)}]`, `str r3, ${slot(at.rows + 4 * row)}`]),
    ...(loops > 0 ? [`mov ${offset}, #0`] : []),
    '1:',
    `ldr r2, ${slot(at.rowOut)}`,
    `str r2, ${slot(at.out)}`,
    ...addConstant('r2', 'r2', shape.outputStrides.channel, 'r3'),
    `str r2, ${slot(at.rowOut)}`,
    ...loop,
    ...(last > 0 ? [...rowwiseTile(shape, last, registers), ...finish(last)] : []),
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

/** Modelled cycles of one output row. */
export function depthwiseCycles(shape: DepthwiseShape, kind: FinishKind): number {
  const { loops, looped, last } = tilesOf(shape);
  const tile = (outputs: number): number => {
    if (outputs === 0) return 0;
    const size: TileShape = { taps: shape.taps, stride: shape.stride, outputs };
    const unpack = (shape.taps === 3 ? 6 : shape.taps === 5 ? 7 : 9) + (shape.taps === 7 ? 2 : 1) * UNALIGNED_CYCLES;
    const row = tileRowCycles(size) + (isResident(shape) ? 0 : unpack + (loops > 0 ? 1 : 0));
    const finish = outputs * (kind === 'fit' ? 4 : 7) + (kind === 'fit' ? 6 : 9);
    return shape.rows * row + finish + (isResident(shape) ? 0 : parameterWords(kind) * UNALIGNED_CYCLES);
  };
  const resident = 40 + (kind === 'fit' ? 0 : 2) + (shape.rows + parameterWords(kind)) * UNALIGNED_CYCLES;
  const perChannel = isResident(shape) ? resident : 14 + (loops > 0 ? 4 : 4 * shape.rows);
  return (
    40 +
    shape.rows * 3 +
    shape.channels * (perChannel + loops * (tile(looped) + (isResident(shape) ? 7 : 10)) + tile(last))
  );
}

/** Thumb-2 bytes of the function. */
export function depthwiseCodeBytes(shape: DepthwiseShape): number {
  const { looped, last } = tilesOf(shape);
  const tile = (outputs: number): number => {
    if (outputs === 0) return 0;
    const size: TileShape = { taps: shape.taps, stride: shape.stride, outputs };
    const setUp = isResident(shape) ? 0 : shape.taps === 3 ? 5 : shape.taps === 5 ? 7 : 9;
    return 4 * (shape.rows * (wordsOfTile(size) * 3 + productCount(size) + setUp) + outputs * 4 + 6);
  };
  return 200 + tile(looped) + tile(last);
}
