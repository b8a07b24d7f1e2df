/**
 * 1×1 convolutions over pairs of pixels, for any number of channels: one function serves all layers that end alike, so
 * that a network of fifty such layers is a few kilobytes of code. The schedule of a step is that of `macBlock.ts`; here
 * the two pixels of a pair are widened side by side, so that offsets do not depend on the shape, and two output
 * pointers make a pair of any two pixels: neighbours, or one of each of two rows.
 *
 * Up to `MAX_STRAIGHT` steps the code is straight; beyond, a first step starts the sums, then a jump into an unrolled
 * loop does the rest (Duff's device): 18 cycles for a block, 6 for each further round of 16 steps. With its own finish
 * in its code such a loop is fastest; where Flash counts more, one copy of it serves all finishes (`pairFinish.ts`).
 */
import { addConstant, nakedFunction, repeat } from './assembly.ts';
import { functionBytes, remembered } from './codeSize.ts';
import { parameterWords } from './finish.ts';
import { finishBlock, pairFinishCycles, pairFinishInC, type PairFinish } from './pairFinish.ts';
import { at, FRAME_BYTES } from './pairFrame.ts';

export const MAX_STRAIGHT = 8;
const UNROLLED = 16;
const STEP_BYTES = 56;

/** All that the code of a pair function depends on. */
export interface PairTraits {
  /** Steps (two input channels each) where the code is straight; null: any number. */
  readonly words: number | null;
  /** What a block ends with; `shared`: whatever finish the job names. */
  readonly end: PairFinish | 'shared';
}

function products(first: boolean): string[] {
  const both = (low: number, weight: string): string[] =>
    ['r10', 'r11'].map((x, pixel) => {
      const sum = `r${String(low + pixel)}`;
      return first ? `smuad ${sum}, ${weight}, ${x}` : `smlad ${sum}, ${weight}, ${x}, ${sum}`;
    });
  return [...both(2, 'r12'), 'sxtb16 r12, r12', ...both(4, 'r12'), ...both(6, 'lr'), 'sxtb16 lr, lr', ...both(8, 'lr')];
}

/** `move`: both pointers go on by so much with this step. */
function step(offset: number, first: boolean, move = false): string[] {
  const mark = move ? '!' : '';
  return [
    `ldr lr, [r1, #${String(offset + 4)}]`,
    `ldr r12, [r1, #${String(offset)}]${mark}`,
    `ldr r11, [r0, #${String(offset + 4)}]`,
    `ldr r10, [r0, #${String(offset)}]${mark}`,
    ...products(first),
  ];
}

function accumulation({ words }: PairTraits): string[] {
  if (words !== null) {
    return [...repeat(words, (index) => step(8 * index, index === 0)), ...addConstant('r1', 'r1', 8 * words, 'r12')];
  }
  return [
    ...step(0, true),
    // Into the loop, so that as many steps are left as there are.
    `ldrd r10, r11, ${at('entry')}`,
    'sub r0, r0, r11',
    'sub r1, r1, r11',
    'bx r10',
    '3:',
    ...repeat(UNROLLED, (index) => step(8 + 8 * index, false, index === UNROLLED - 1)),
    `ldr r12, ${at('limit')}`,
    'cmp r0, r12',
    'bne.w 3b',
    'add r1, r1, #8',
  ];
}

/** Both pixels to int16, side by side. r0 to, r1 words, r2 and r3 from. */
const widenPair: readonly string[] = [
  `ldr r0, ${at('x')}`,
  `ldr r1, ${at('words')}`,
  `ldr r2, ${at('in0')}`,
  `ldr r3, ${at('in1')}`,
  'subs r1, r1, #2',
  'blo 5f',
  '4:',
  'ldr r8, [r2, #4]',
  'ldr r4, [r2], #8',
  'ldr r9, [r3, #4]',
  'ldr r5, [r3], #8',
  ...[4, 5, 8, 9].flatMap((r) => [
    `sxtb16 r${String(r + 2)}, r${String(r)}, ror #8`,
    `sxtb16 r${String(r)}, r${String(r)}`,
  ]),
  'stm r0!, {r4-r11}',
  'subs r1, r1, #2',
  'bhs 4b',
  '5:',
  'adds r1, r1, #2',
  'beq 6f',
  'ldr r4, [r2]',
  'ldr r5, [r3]',
  'sxtb16 r6, r4, ror #8',
  'sxtb16 r4, r4',
  'sxtb16 r7, r5, ror #8',
  'sxtb16 r5, r5',
  'stm r0!, {r4-r7}',
  '6:',
];

export const pairAssembly = (name: string, traits: PairTraits): string =>
  nakedFunction(name, 'const model_pairs *job', pairBody(traits));

function pairBody(traits: PairTraits): string[] {
  const { end } = traits;
  const loop = traits.words === null;
  return [
    'push {r4-r11, lr}',
    `sub sp, sp, #${String(FRAME_BYTES)}`,
    'mov r12, sp',
    'ldm r0!, {r1-r7}',
    'stm r12!, {r1-r7}',
    'ldm r0!, {r1-r8}',
    'stm r12!, {r1-r8}',
    ...(end === 'shared' || end.sum !== undefined ? [`str r0, ${at('rest')}`] : []),
    ...(end === 'shared'
      ? [
          // Where the finish goes on.
          'adr.w r4, 2f',
          'orr r4, r4, #1',
          `str r4, ${at('block')}`,
          'adr.w r4, 8f',
          'orr r4, r4, #1',
          `str r4, ${at('next')}`,
        ]
      : []),
    ...(loop
      ? [
          // Where the loop is entered, in code and in bytes.
          'adr.w r4, 3f',
          `mov r5, #${String(STEP_BYTES)}`,
          'mla r4, r7, r5, r4',
          'orr r4, r4, #1',
          `str r4, ${at('entry')}`,
          'lsl r7, r7, #3',
          `str r7, ${at('skip')}`,
          `ldr r4, ${at('x')}`,
          `ldr r5, ${at('words')}`,
          'add r4, r4, r5, lsl #4',
          'sub r4, r4, #8',
          `str r4, ${at('limit')}`,
        ]
      : []),
    '1:',
    ...widenPair,
    `ldr r1, ${at('stream')}`,
    `ldr r2, ${at('out0')}`,
    `ldr r3, ${at('extent')}`,
    'add r2, r2, r3',
    `str r2, ${at('end')}`,
    '2:',
    `ldr r0, ${at('x')}`,
    ...accumulation(traits),
    ...(end === 'shared' ? [`ldr pc, ${at('finish')}`, '8:'] : [...finishBlock(end), 'bne.w 2b']),
    // The next pair.
    `ldr r3, ${at('extent')}`,
    `ldr r4, ${at('outStep')}`,
    `ldr r5, ${at('in0')}`,
    `ldr r6, ${at('in1')}`,
    `ldr r7, ${at('inStep')}`,
    `ldr r8, ${at('pairs')}`,
    'sub r4, r4, r3',
    'add r10, r10, r4',
    'add r11, r11, r4',
    `str r10, ${at('out0')}`,
    `str r11, ${at('out1')}`,
    'add r5, r5, r7',
    'add r6, r6, r7',
    `str r5, ${at('in0')}`,
    `str r6, ${at('in1')}`,
    'subs r8, r8, #1',
    `str r8, ${at('pairs')}`,
    'bne.w 1b',
    `add sp, sp, #${String(FRAME_BYTES)}`,
    'pop {r4-r11, pc}',
  ];
}

export function pairTwin(name: string, { end }: PairTraits): string {
  const finish =
    end === 'shared'
      ? '      w = job->finish(w, sums, out + first * job->channel, job->channel, job->addend, job, pixel);'
      : `      for (uint32_t i = 0; i < 4; i++, w += ${String(parameterWords(end.finish.kind))}) {
        const model_word *p = w;
        out[(first + i) * job->channel] = ${pairFinishInC(end, 'sums[i]', 'job->addend', 'out[(first + i) * job->channel]')};
      }`;
  return `static void ${name}(const model_pairs *job) {
  const uint32_t inputs = job->words * 4, outputs = job->extent / job->channel;
  for (uint32_t pixel = 0; pixel < 2 * job->pairs; pixel++) {
    const int8_t *in = (pixel & 1 ? job->in0 : job->in1) + pixel / 2 * job->in_step;
    int8_t *out = (pixel & 1 ? job->out0 : job->out1) + pixel / 2 * job->out_step;
    const model_word *w = job->stream;
    for (uint32_t c = 0; c < outputs; c += 4) {
      const uint32_t first = c + 4 <= outputs ? c : outputs - 4;
      uint32_t raw[2] = {0, 0}, low[2] = {0, 0};
      for (uint32_t i = 0; i < inputs; i += 2) {
        const uint32_t even = (i & ~3u) + (i >> 1 & 1);
        const int32_t a = in[even], b = in[even + 2];
        for (int half = 0; half < 2; half++) {
          const uint32_t pair = *w++;
          raw[half] += (uint32_t)((int16_t)pair * a + (int16_t)(pair >> 16) * b);
          low[half] += (uint32_t)((int8_t)pair * a + (int8_t)(pair >> 16) * b);
        }
      }
      const int32_t sums[4] = {(int32_t)low[0], (int32_t)(raw[0] - low[0]) >> 8, (int32_t)low[1],
                               (int32_t)(raw[1] - low[1]) >> 8};
${finish}
    }
  }
}`;
}

/** Modelled cycles of one pair. */
export function pairCycles(
  inputChannels: number,
  outputChannels: number,
  ends: PairFinish,
  traits: PairTraits,
): number {
  const words = inputChannels / 2;
  const loop = traits.words === null;
  const steps = 15 * words + (loop ? 9 + 6 * Math.ceil((words - 1) / UNROLLED) - 2 : 1);
  const blocks = Math.ceil(outputChannels / 4);
  const jumps = traits.end === 'shared' ? 6 : 0;
  return blocks * (2 + steps + pairFinishCycles(ends) + jumps) + 52 + Math.ceil(inputChannels / 8) * 26;
}

/** Thumb-2 bytes of a pair function. */
export const pairCodeBytes = (traits: PairTraits): number =>
  remembered(`pair ${JSON.stringify(traits)}`, () => functionBytes(pairBody(traits)));
