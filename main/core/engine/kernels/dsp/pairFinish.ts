/**
 * How the sums of four output channels and two pixels become bytes: the end of a block of `pairBlock.ts`. Either it
 * stands in the loops' own code, or it is a function of its own to which the loops jump: then all layers share one copy of
 * the loops, whatever their outputs' scales ask for, for 6 cycles more a block.
 */
import type { Clamp } from '../../../graph/index.ts';
import { nakedFunction } from './assembly.ts';
import { functionBytes, remembered } from './codeSize.ts';
import { clamping, finishingWith, finishInC, loadExact, parameterWords, type FinishTraits } from './finish.ts';
import { at } from './pairFrame.ts';

export interface PairFinish {
  readonly planar: boolean;
  /** The number of output channels is a multiple of four. */
  readonly whole: boolean;
  readonly finish: FinishTraits;
  /** A shortcut is added. */
  readonly sum?: SumTraits;
}

/** `(a·x + b·shortcut + c) >> shift`, saturated and clamped. */
export interface SumTraits {
  readonly shift: number;
  readonly clamp: Clamp;
}

/** The four channels of r2 … r9, as (pixel 0, pixel 1): low and high of the first word, then of the second. */
const CHANNELS = [
  ['r4', 'r5'],
  ['r2', 'r3'],
  ['r8', 'r9'],
  ['r6', 'r7'],
] as const;

function requantized({ finish }: PairFinish): string[] {
  const apart = [
    ['r2', 'r4'],
    ['r3', 'r5'],
    ['r6', 'r8'],
    ['r7', 'r9'],
  ].map(([high = '', low = '']) => `sub ${high}, ${high}, ${low}`);
  const load = finish.kind !== 'fit' || finish.based ? [`ldr r0, ${at('addend')}`] : [];
  if (finish.kind === 'fit') {
    return [
      ...apart,
      ...load,
      ...[0, 2].flatMap((channel) => [
        'ldm r1!, {r10, r11, r12, lr}',
        ...finishingWith(finish, CHANNELS[channel] ?? [], 0, { parameters: ['r10', 'r11'], spare: 'r0', addend: 'r0' }),
        ...finishingWith(finish, CHANNELS[channel + 1] ?? [], 8, {
          parameters: ['r12', 'lr'],
          spare: 'r0',
          addend: 'r0',
        }),
      ]),
    ];
  }
  const { loads, parameters } = loadExact(finish.kind);
  return [
    ...apart,
    ...load,
    ...CHANNELS.flatMap((sums, channel) => [
      ...loads,
      ...finishingWith(finish, sums, channel % 2 === 0 ? 0 : 8, {
        parameters,
        spare: 'lr',
        addend: 'r0',
      }),
    ]),
  ];
}

/** The shortcut's four channels of each pixel added to what r2 … r9 hold; r1 stays. */
function summed({ shift, clamp }: SumTraits): string[] {
  const pixel = (index: 0 | 1): string[] => [
    `ldr r0, ${at('rest')}`,
    `ldr r12, ${at(index === 0 ? 'out0' : 'out1')}`,
    ...(index === 0 ? ['ldr lr, [r0]', 'ldrd r10, r11, [r0, #8]'] : ['ldr r0, [r0, #4]']),
    `ldr r12, [r12, ${index === 0 ? 'lr' : 'r0'}]`,
    ...(index === 0 ? ['ldr lr, [r0, #16]'] : []),
    ...CHANNELS.flatMap((sums, channel) => [
      `sxtb r0, r12${channel === 0 ? '' : `, ror #${String(8 * channel)}`}`,
      'mla r0, r0, r11, lr',
      `mla ${sums[index]}, ${sums[index]}, r10, r0`,
      `ssat ${sums[index]}, #8, ${sums[index]}, asr #${String(shift)}`,
      ...clamping([sums[index]], clamp),
    ]),
  ];
  return [...pixel(0), ...pixel(1)];
}

/** Stores, and r10, r11 four channels on. The second pixel first: a pair may be one pixel twice. */
function stored({ planar }: PairFinish): string[] {
  const pixels = ['r11', 'r10'];
  if (!planar) {
    return [
      ...pixels.flatMap((pointer, index) =>
        CHANNELS.map((sums, channel) => `strb ${sums[1 - index] ?? ''}, [${pointer}, #${String(channel)}]`),
      ),
      'add r10, r10, #4',
      'add r11, r11, #4',
    ];
  }
  return pixels.flatMap((pointer, index) =>
    CHANNELS.flatMap((sums) => [`strb ${sums[1 - index] ?? ''}, [${pointer}]`, `add ${pointer}, ${pointer}, lr`]),
  );
}

/** From the end of the sums to where the next block's pointers are in the frame; then r10 is compared with the last. */
export function finishBlock(traits: PairFinish): string[] {
  return [
    ...requantized(traits),
    ...(traits.sum === undefined ? [] : summed(traits.sum)),
    `ldr r10, ${at('out0')}`,
    `ldr r11, ${at('out1')}`,
    ...(traits.planar ? [`ldr lr, ${at('channel')}`] : []),
    `ldr r12, ${at('end')}`,
    ...stored(traits),
    ...(traits.whole ? [] : overlapping(traits)),
    `str r10, ${at('out0')}`,
    `str r11, ${at('out1')}`,
    'cmp r10, r12',
  ];
}

/** The last block overlaps the one before it. */
const overlapping = ({ planar }: PairFinish): string[] => [
  'cmp r10, r12',
  'beq 7f',
  planar ? 'sub r0, r12, lr, lsl #2' : 'sub r0, r12, #4',
  'subs r0, r10, r0',
  'bls 7f',
  'sub r10, r10, r0',
  'sub r11, r11, r0',
  '7:',
];

const PARAMETERS =
  'const model_word *p, const int32_t *sums, int8_t *out, uint32_t channel, int32_t addend, const void *job, uint32_t pixel';

/** The finish as a function: back to the loops for the next block, or for the next pair. */
export function pairFinishAssembly(name: string, traits: PairFinish): string {
  return nakedFunction(name, PARAMETERS, functionBody(traits), 'const model_word *');
}

const functionBody = (traits: PairFinish): string[] => [
  ...finishBlock(traits),
  'it ne',
  `ldrne pc, ${at('block')}`,
  `ldr pc, ${at('next')}`,
];

export function pairFinishTwin(name: string, traits: PairFinish): string {
  return `static const model_word *${name}(${PARAMETERS}) {
  (void)job;
  (void)pixel;
  for (uint32_t i = 0; i < 4; i++, p += ${String(parameterWords(traits.finish.kind))})
    out[i * channel] = ${pairFinishInC(traits, 'sums[i]', 'addend', 'out[i * channel]')};
  return p;
}`;
}

/** What goes to `target`, in C, for `pixel` of a `job`. */
export function pairFinishInC({ finish, sum }: PairFinish, value: string, addend: string, target: string): string {
  const alone = finishInC(finish, value, addend);
  if (sum === undefined) return alone;
  const { min, max } = sum.clamp;
  return `model_clamp(model_sum(${alone}, &${target}, job, pixel) >> ${String(sum.shift)}, ${String(min)}, ${String(max)})`;
}

/** Modelled cycles of a block's end, stores included. */
export function pairFinishCycles({ planar, whole, finish, sum }: PairFinish): number {
  const sums = finish.kind === 'fit' ? 10 + 4 + 24 + (finish.based ? 2 : 0) : 16 + 4 + 50;
  const shortcut = sum === undefined ? 0 : 52;
  return shortcut + sums + 8 + (planar ? 9 : 2) + 4 + 2 + 4 + (whole ? 0 : 5);
}

/** Its Thumb-2 bytes. */
export const pairFinishBytes = (traits: PairFinish): number =>
  remembered(`finish ${JSON.stringify(traits)}`, () => functionBytes(functionBody(traits)));
