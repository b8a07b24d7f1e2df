/**
 * The inner loops of all convolutions but depthwise: four output channels × two pixels at a time, from rows of input
 * that were widened to int16.
 *
 * Offline, one 16-bit lane of a weight word holds 256·wB + wA: the same input channel of two output channels. SMLAD with
 * that word accumulates 256·B + A; SMLAD with its SXTB16 accumulates A; their difference is 256·B. So weights stay one
 * byte in Flash and one unpack serves four of them. Two taps of four channels and two pixels are 4 adjacent LDR, 2
 * SXTB16, 8 SMLAD: 15 cycles for 16 products, in exactly the 14 registers there are. Adjacent LDR are pipelined (one
 * cycle each after the first), so nothing is gained by LDM, and one pointer with immediate offsets serves both pixels.
 *
 * The weights are read strictly in sequence, once for each pair of pixels: the order that suits a Flash prefetcher. Loops
 * are bounded to `MAX_UNROLLED_STEPS` so that they stay within the instruction caches of usual parts (1 to 4 KB).
 */
import type { RowLayout } from '../kernel.ts';
import { addConstant, nakedFunction, repeat, withTwin, type Instructions } from './assembly.ts';
import { functionBytes, remembered } from './codeSize.ts';
import {
  addendOf,
  baseInto,
  channelParameters,
  finishing,
  finishInC,
  finishName,
  isConstantChannel,
  loadExact,
  parameterWords,
  traitsOf,
} from './finish.ts';
import type { FinishKind, Requantization } from './requantization.ts';
import type { WeightedData } from './convolutionData.ts';

/** What a window reads: `rows` runs of `words` int16 pairs. Fewer than four output channels are four, of which some are
 * not stored. */
export interface BlockShape {
  readonly rows: number;
  readonly words: number;
  /** From one pixel's window to the next one's, in bytes of widened input. */
  readonly pixelBytes: number;
  readonly outputChannels: number;
}

export const MAX_UNROLLED_STEPS = 24;

/**
 * A step is one word of each pixel: two taps of four channels. Few steps are straight code; otherwise one loop runs over
 * the rows, and inside it, where a row is long, another one over equal parts of the row.
 */
interface RowLoop {
  /** Steps of a row before the parts. */
  readonly rest: number;
  readonly part: number;
  readonly parts: number;
}

function rowLoop({ rows, words }: BlockShape): RowLoop | 'straight' {
  if (rows * words <= MAX_UNROLLED_STEPS) return 'straight';
  if (words <= MAX_UNROLLED_STEPS) return { rest: 0, part: words, parts: 1 };
  for (let part = MAX_UNROLLED_STEPS; part >= 12; part--) {
    if (words % part === 0) return { rest: 0, part, parts: words / part };
  }
  return { rest: words % 16, part: 16, parts: Math.floor(words / 16) };
}

const FRAME = { out: 0, end: 4, weights: 8, pixels: 12, cursor: 16, limit: 20, rows: 24 };

/** r2 to r9 by pixel: 256·B + A, A, 256·D + C, C. */
const registersOf = (pixel: number): readonly [string, string, string, string] => [
  `r${String(2 + pixel)}`,
  `r${String(4 + pixel)}`,
  `r${String(6 + pixel)}`,
  `r${String(8 + pixel)}`,
];

function step(pixels: number, loads: Instructions, first: boolean): string[] {
  const multiply = (index: 0 | 1 | 2 | 3, weight: string): string[] =>
    Array.from({ length: pixels }, (_, pixel) => {
      const target = registersOf(pixel)[index];
      const x = `r${String(10 + pixel)}`;
      return first ? `smuad ${target}, ${weight}, ${x}` : `smlad ${target}, ${weight}, ${x}, ${target}`;
    });
  return [
    ...loads,
    ...multiply(0, 'r12'),
    'sxtb16 r12, r12',
    ...multiply(1, 'r12'),
    ...multiply(2, 'lr'),
    'sxtb16 lr, lr',
    ...multiply(3, 'lr'),
  ];
}

/** Loads at fixed offsets from r1 (weights) and r0 (input), which move there where `move` says so. */
function loadsAt(
  pixels: number,
  pixelBytes: number,
  weightOffset: number,
  inputOffset: number,
  move = false,
): string[] {
  const mark = move ? '!' : '';
  return [
    `ldr lr, [r1, #${String(weightOffset + 4)}]`,
    `ldr r12, [r1, #${String(weightOffset)}]${mark}`,
    ...(pixels > 1 ? [`ldr r11, [r0, #${String(inputOffset + pixelBytes)}]`] : []),
    `ldr r10, [r0, #${String(inputOffset)}]${mark}`,
  ];
}

function straightAccumulation(shape: BlockShape, pixels: number): string[] {
  const lines: string[] = [];
  for (let row = 0; row < shape.rows; row++) {
    if (shape.rows > 1) lines.push(`ldr r0, [sp, #${String(FRAME.rows + 4 * row)}]`);
    for (let index = 0; index < shape.words; index++) {
      const loads = loadsAt(pixels, shape.pixelBytes, 8 * (row * shape.words + index), 4 * index);
      lines.push(...step(pixels, loads, row === 0 && index === 0));
    }
  }
  return [...lines, ...addConstant('r1', 'r1', 8 * shape.rows * shape.words, 'r12')];
}

/** What is subtracted from the pointers while loads move them. */
const INPUT_BIAS = 4;
const WEIGHT_BIAS = 8;

function loopedAccumulation(shape: BlockShape, pixels: number, { rest, part, parts }: RowLoop): string[] {
  const run = (count: number): string[] =>
    repeat(count, (index) =>
      step(pixels, loadsAt(pixels, shape.pixelBytes, 8 + 8 * index, 4 + 4 * index, index === count - 1), false),
    );
  const cursor = `[sp, #${String(FRAME.cursor)}]`;
  const limit = `[sp, #${String(FRAME.limit)}]`;
  const inner =
    parts === 1
      ? run(part)
      : [
          ...addConstant('r10', 'r0', 4 * part * parts, 'r12'),
          `str r10, ${limit}`,
          '30:',
          ...run(part),
          `ldr r10, ${limit}`,
          'cmp r0, r10',
          'bne.w 30b',
        ];
  return [
    ...repeat(8, (index) => (index % 2 < pixels ? [`mov r${String(2 + index)}, #0`] : [])),
    `sub r1, r1, #${String(WEIGHT_BIAS)}`,
    `add r10, sp, #${String(FRAME.rows)}`,
    '3:',
    'ldr r0, [r10], #4',
    `str r10, ${cursor}`,
    ...run(rest),
    ...inner,
    `ldr r10, ${cursor}`,
    `add r11, sp, #${String(FRAME.rows + 4 * shape.rows)}`,
    'cmp r10, r11',
    'bne.w 3b',
    `add r1, r1, #${String(WEIGHT_BIAS)}`,
  ];
}

function accumulation(shape: BlockShape, pixels: number): string[] {
  const loop = rowLoop(shape);
  return loop === 'straight' ? straightAccumulation(shape, pixels) : loopedAccumulation(shape, pixels, loop);
}

function finishBlock(requantization: Requantization, pixels: number): string[] {
  const all = Array.from({ length: pixels }, (_, pixel) => registersOf(pixel));
  const of = (index: 0 | 1 | 2 | 3): string[] => all.map((registers) => registers[index]);
  const apart = all.flatMap(([ab, a, cd, c]) => [`sub ${ab}, ${ab}, ${a}`, `sub ${cd}, ${cd}, ${c}`]);
  if (requantization.kind === 'fit') {
    const pair = (low: string[], high: string[]): string[] => [
      'ldm r1!, {r10, r11, r12, lr}',
      ...finishing(requantization, low, 0, { parameters: ['r10', 'r11'], spare: 'r0' }),
      ...finishing(requantization, high, 8, { parameters: ['r12', 'lr'], spare: 'r0' }),
    ];
    return [...apart, ...baseInto('r0', requantization), ...pair(of(1), of(0)), ...pair(of(3), of(2))];
  }
  const { loads, parameters } = loadExact(requantization.kind);
  const one = (registers: string[], scale: number): string[] => [
    ...loads,
    ...finishing(requantization, registers, scale, { parameters, spare: 'lr' }),
  ];
  return [...apart, ...one(of(1), 0), ...one(of(0), 8), ...one(of(3), 0), ...one(of(2), 8)];
}

/** Bytes between the outputs of neighbouring channels and of neighbouring pixels. */
export function outputStrides(layout: RowLayout, channels: number): { channel: number; pixel: number } {
  return layout.kind === 'hwc' ? { channel: 1, pixel: channels } : { channel: layout.channelBytes, pixel: 1 };
}

/** STRB takes offsets up to 4095. */
export function canStore(layout: RowLayout, channels: number): boolean {
  const strides = outputStrides(layout, channels);
  return 3 * strides.channel + strides.pixel <= 4095;
}

function blockBody(shape: BlockShape, pixels: number, layout: RowLayout, requantization: Requantization): string[] {
  const strides = outputStrides(layout, shape.outputChannels);
  const extent = shape.outputChannels * strides.channel;
  const advance = 4 * strides.channel;
  const straight = rowLoop(shape) === 'straight';
  const rowCopies = repeat(shape.rows, (row) => [
    `ldr r4, [r0, #${String(4 * row)}]`,
    ...(straight ? [] : [`sub r4, r4, #${String(INPUT_BIAS)}`]),
    `str r4, [sp, #${String(FRAME.rows + 4 * row)}]`,
  ]);
  const fixed = shape.rows === 1 && straight;
  const loadInput = [`ldr r0, [sp, #${String(FRAME.rows)}]`];
  const keptInput = fixed && !(requantization.kind === 'fit' && requantization.base !== 0);
  const frame = FRAME.rows + 4 * shape.rows;
  const stores = [1, 0, 3, 2]
    .slice(0, shape.outputChannels)
    .flatMap((accumulator, channel) =>
      Array.from(
        { length: pixels },
        (_, pixel) =>
          `strb ${registersOf(pixel)[accumulator] ?? ''}, [r10, #${String(channel * strides.channel + pixel * strides.pixel)}]`,
      ),
    );
  return [
    'push {r4-r11, lr}',
    `sub sp, sp, #${String(frame)}`,
    `str r2, [sp, #${String(FRAME.out)}]`,
    `str r1, [sp, #${String(FRAME.weights)}]`,
    `str r3, [sp, #${String(FRAME.pixels)}]`,
    ...rowCopies,
    '1:',
    `ldr r1, [sp, #${String(FRAME.weights)}]`,
    `ldr r2, [sp, #${String(FRAME.out)}]`,
    ...addConstant('r2', 'r2', extent, 'r4'),
    `str r2, [sp, #${String(FRAME.end)}]`,
    ...(keptInput ? loadInput : []),
    '2:',
    ...(fixed && !keptInput ? loadInput : []),
    ...accumulation(shape, pixels),
    ...finishBlock(requantization, pixels),
    'ldrd r10, r11, [sp]',
    ...stores,
    ...(shape.outputChannels < 4
      ? addConstant('r10', 'r10', extent, 'r12')
      : [
          ...addConstant('r10', 'r10', advance, 'r12'),
          'cmp r10, r11',
          ...(shape.outputChannels % 4 === 0
            ? [`str r10, [sp, #${String(FRAME.out)}]`, 'bne.w 2b']
            : [
                // The last block overlaps the one before it.
                'beq 4f',
                ...addConstant('r11', 'r11', -advance, 'r12'),
                'cmp r10, r11',
                'it hi',
                'movhi r10, r11',
                `str r10, [sp, #${String(FRAME.out)}]`,
                'b.w 2b',
                '4:',
              ]),
        ]),
    ...addConstant('r10', 'r10', pixels * strides.pixel - extent, 'r12'),
    `str r10, [sp, #${String(FRAME.out)}]`,
    ...repeat(shape.rows, (row) => {
      const slot = `[sp, #${String(FRAME.rows + 4 * row)}]`;
      return [`ldr r4, ${slot}`, ...addConstant('r4', 'r4', pixels * shape.pixelBytes, 'r5'), `str r4, ${slot}`];
    }),
    `ldr r3, [sp, #${String(FRAME.pixels)}]`,
    'subs r3, r3, #1',
    `str r3, [sp, #${String(FRAME.pixels)}]`,
    'bne.w 1b',
    `add sp, sp, #${String(frame)}`,
    'pop {r4-r11, pc}',
  ];
}

const BLOCK_PARAMETERS = 'const int16_t *const *rows, const model_word *stream, int8_t *out, uint32_t count';

function blockTwin(
  name: string,
  shape: BlockShape,
  pixels: number,
  layout: RowLayout,
  requantization: Requantization,
): string {
  const strides = outputStrides(layout, shape.outputChannels);
  const words = parameterWords(requantization.kind);
  return `static void ${name}(${BLOCK_PARAMETERS}) {
  for (uint32_t x = 0; x < count * ${String(pixels)}; x++) {
    const model_word *w = stream;
    for (int c = 0; c < ${String(shape.outputChannels)}; c += 4) {
      const int first = c + 4 <= ${String(shape.outputChannels)} ? c : ${String(Math.max(0, shape.outputChannels - 4))};
      uint32_t raw[2] = {0, 0}, low[2] = {0, 0};
      for (int row = 0; row < ${String(shape.rows)}; row++) {
        const int16_t *tap = rows[row] + x * ${String(shape.pixelBytes / 2)};
        for (int i = 0; i < ${String(shape.words)}; i++, tap += 2) {
          for (int half = 0; half < 2; half++) {
            const uint32_t pair = *w++;
            raw[half] += (uint32_t)((int16_t)pair * tap[0] + (int16_t)(pair >> 16) * tap[1]);
            low[half] += (uint32_t)((int8_t)pair * tap[0] + (int8_t)(pair >> 16) * tap[1]);
          }
        }
      }
      for (int i = 0; i < ${String(Math.min(4, shape.outputChannels))}; i++) {
        const model_word *p = w + i * ${String(words)};
        const int32_t sum = i % 2 ? (int32_t)(raw[i / 2] - low[i / 2]) >> 8 : (int32_t)low[i / 2];
        out[(first + i) * ${String(strides.channel)} + x * ${String(strides.pixel)}] =
            ${finishInC(traitsOf(requantization), 'sum', String(addendOf(requantization)))};
      }
      w += ${String(4 * words)};
    }
  }
}`;
}

/** The C of one block function for pairs of pixels (2) or single ones (1). */
export function blockFunction(
  name: string,
  shape: BlockShape,
  pixels: 1 | 2,
  layout: RowLayout,
  requantization: Requantization,
): string {
  return withTwin(
    nakedFunction(name, BLOCK_PARAMETERS, blockBody(shape, pixels, layout, requantization)),
    blockTwin(name, shape, pixels, layout, requantization),
  );
}

/**
 * True where two channels' products can be summed as 256·B + A: 256·wB + wA fits 16 bits for all pairs of weights, and B, which
 * is 256·B modulo 2^32 when A was taken away, is not needed beyond 24 bits: a finish that scales it up by as much or more is
 * modulo 2^32 itself, any other takes it for what it is.
 */
export function canPack({ weights, requantization, largestSum }: WeightedData): boolean {
  const isModular = requantization.kind === 'fit' && requantization.scaleBits >= 8;
  return (isModular || largestSum < 2 ** 23) && weights.every((weight) => weight > -128);
}

/**
 * The stream of a layer: for each four channels, the pairs of each step, then their parameters.
 *
 * @param tap the weight of an output channel at a row's element; 0 beyond the window
 */
export function packBlocks(
  shape: BlockShape,
  requantization: Requantization,
  order: (element: number) => number,
  tap: (channel: number, row: number, element: number) => number,
): Int32Array {
  const blocks = Math.ceil(shape.outputChannels / 4);
  const words = blocks * (2 * shape.rows * shape.words + 4 * parameterWords(requantization.kind));
  const stream = new Int32Array(words);
  let at = 0;
  for (let block = 0; block < blocks; block++) {
    const first = Math.max(0, Math.min(4 * block, shape.outputChannels - 4));
    const weight = (channel: number, row: number, element: number): number =>
      channel >= shape.outputChannels || isConstantChannel(requantization, channel)
        ? 0
        : tap(channel, row, order(element));
    for (let row = 0; row < shape.rows; row++) {
      for (let word = 0; word < shape.words; word++) {
        for (const channel of [first, first + 2]) {
          const lane = (element: number): number =>
            256 * weight(channel + 1, row, element) + weight(channel, row, element);
          stream[at++] = (lane(2 * word) & 0xffff) | (lane(2 * word + 1) << 16);
        }
      }
    }
    for (let channel = first; channel < first + 4; channel++) {
      const there = Math.min(channel, shape.outputChannels - 1);
      for (const parameter of channelParameters(requantization, there)) stream[at++] = parameter;
    }
  }
  return stream;
}

/** Modelled cycles for one pair (or one) of pixels. */
export function blockCycles(shape: BlockShape, pixels: 1 | 2, kind: FinishKind): number {
  const loop = rowLoop(shape);
  const perStep = pixels === 2 ? 15 : 10;
  const overhead =
    loop === 'straight'
      ? (shape.rows > 1 ? 2 * shape.rows : 0) + 1
      : 4 * pixels + 1 + shape.rows * (10 + (loop.parts > 1 ? 2 + 6 * loop.parts - 2 : 0));
  const finish = kind === 'fit' ? 10 + 2 * pixels + pixels * 4 * 4 : 16 + 2 * pixels + pixels * 4 * 7;
  const blocks = Math.ceil(shape.outputChannels / 4);
  const overlap = shape.outputChannels % 4 === 0 || shape.outputChannels < 4 ? 0 : 7;
  const steps = perStep * shape.rows * shape.words;
  return blocks * (steps + overhead + finish + 9 + overlap) + 20 + 4 * shape.rows;
}

/** Thumb-2 bytes of a block function. */
export function blockCodeBytes(
  shape: BlockShape,
  pixels: 1 | 2,
  layout: RowLayout,
  requantization: Requantization,
): number {
  const { rows, words, pixelBytes, outputChannels } = shape;
  const where = layout.kind === 'hwc' ? 'hwc' : layout.channelBytes;
  const key = [rows, words, pixelBytes, outputChannels, pixels, where, finishName(requantization)];
  return remembered(`block ${key.join()}`, () => functionBytes(blockBody(shape, pixels, layout, requantization)));
}
