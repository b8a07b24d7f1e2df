/**
 * FULLY_CONNECTED: each weight is used once, so loading it is most of the work. Eight outputs at a time share a loaded
 * pair of inputs; the weights are packed in pairs of channels as in `macBlock.ts`, so that a word is four products: one
 * load, SMLAD, SXTB16, SMLAD. Two inputs of eight outputs: 5 loads, 4 SXTB16, 8 SMLAD in 19 cycles for 16 products.
 * The input is widened once; where that would take much scratch, each pair is widened when it is needed, for one cycle
 * more a step.
 */
import { inputOf, outputOf, type Model } from '../../../graph/index.ts';
import { allRows, rowShapeOf } from '../../rows.ts';
import { hwc, type KernelMaker, type KernelVariant } from '../kernel.ts';
import { addConstant, nakedFunction, withTwin } from './assembly.ts';
import { finishFor, weightedData, type Weighted } from './convolutionData.ts';
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
import { canPack } from './macBlock.ts';
import { functionBytes, remembered } from './codeSize.ts';
import type { Requantization } from './requantization.ts';
import { finishHelpers, widenGrouped, widenGroupedCode, widenPlain, widenPlainCode } from './shared.ts';

interface Shape {
  readonly inputs: number;
  readonly outputs: number;
  readonly batches: number;
}

const GROUP = 8;
const UNROLLED = 16;
/** Flash of the compiled entry. */
const ENTRY_BYTES = 36;
const text = String;

/** Inputs beyond which, in fours, they are widened where they are used. */
const MOST_WIDENED = 256;
const isNarrow = ({ inputs }: Shape): boolean => inputs > MOST_WIDENED && inputs % 4 === 0;

const wordsOf = ({ inputs }: Shape): number => Math.ceil(inputs / 2);
const groupsOf = ({ outputs }: Shape): number => Math.ceil(outputs / GROUP);

export const dspFullyConnected: KernelMaker = ({ model, operator }) => {
  return operator.kind === 'fully_connected' ? denseVariants(model, operator) : [];
};

/** Of a fully connected layer, or of a 1×1 convolution of a single pixel, which is the same. */
export function denseVariants(model: Model, operator: Weighted): readonly KernelVariant[] {
  const weights = inputOf(model, operator, 1).shape;
  const outputs = weights[0] ?? 1;
  const inputs = weights.at(-1) ?? 1;
  const { height, width, channels } = rowShapeOf(outputOf(model, operator));
  const shape = { inputs, outputs, batches: (height * width * channels) / outputs };
  const data = weightedData(model, operator);
  if (data === 'unfit' || (data !== 'absent' && !canPack(data))) return [];
  return [variant(model, operator, shape, finishFor(model, operator, data))];
}

function variant(model: Model, operator: Weighted, shape: Shape, finish: Requantization): KernelVariant {
  const { kind } = finish;
  const { inputs, outputs, batches } = shape;
  const name = `fully_connected_${batches > 1 ? `${text(batches)}x` : ''}${text(inputs)}_${text(outputs)}`;
  const grouped = inputs % 4 === 0;
  const words = wordsOf(shape);
  const perGroup =
    words * (isNarrow(shape) ? 20 : 19) +
    Math.floor(words / UNROLLED) * 7 +
    GROUP * (kind === 'fit' ? 4 : 7) +
    (kind === 'fit' ? 34 : 44) +
    14;
  return {
    name: `${name}_${kind}_m4`,
    steps: 1,
    inputs: [allRows],
    inputLayouts: [hwc],
    outputs: [allRows],
    writesPlanar: false,
    scratchBytes: isNarrow(shape) ? 0 : (2 * inputs + 4 + 15) & ~15,
    stateBytes: 0,
    edgeRowBytes: 0,
    constantBytes: 4 * groupsOf(shape) * (4 * words + GROUP * parameterWords(kind)),
    codeBytes: 0,
    sharedCode: [
      { name: `${name}_${finishName(finish)}_m4`, bytes: codeBytes(shape, finish) + ENTRY_BYTES },
      ...(isNarrow(shape) ? [] : [grouped ? widenGroupedCode : widenPlainCode]),
    ],
    cycles: Math.round(
      batches * (groupsOf(shape) * perGroup + (isNarrow(shape) ? 0 : inputs * (grouped ? 1.63 : 3.3)) + 70),
    ),
    emit: () => {
      const data = weightedData(model, operator);
      if (typeof data === 'string') throw new TypeError(`${operator.name}: no data for its weights`);
      const { weights, requantization } = data;
      const entry = `${name}_${finishName(requantization)}_m4`;
      const loops = `${entry}_loops`;
      const widen = grouped
        ? `model_widen_grouped(x, in, ${text(inputs / 4)})`
        : `x[${text(inputs)}] = 0;\n    model_widen_plain(x, in, ${text(inputs)})`;
      return {
        functions: [
          finishHelpers,
          ...(isNarrow(shape) ? [] : [grouped ? widenGrouped : widenPlain]),
          {
            name: loops,
            code: `/* Eight outputs of ${text(inputs)} inputs at a time. */\n${withTwin(
              nakedFunction(loops, parametersOf(shape), body(shape, requantization)),
              twin(loops, shape, requantization),
            )}`,
          },
          {
            name: entry,
            code: `/* Fully connected: ${text(outputs)} outputs from ${text(inputs)} inputs${batches > 1 ? `, ${text(batches)} times` : ''}, ${text(inputs * outputs * batches)} MACs. */
void ${entry}(const model_step *step) {
  const int8_t *in = step->in[0];
  int8_t *out = step->out[0];
${isNarrow(shape) ? '' : '  int16_t *x = (int16_t *)step->scratch;\n'}  for (int batch = 0; batch < ${text(batches)}; batch++, in += ${text(inputs)}, out += ${text(outputs)}) {
${isNarrow(shape) ? '' : `    ${widen};\n`}    ${loops}(${isNarrow(shape) ? 'in' : 'x'}, (const model_word *)step->constants, out);
  }
}
`,
          },
        ],
        constants: pack(shape, weights, requantization, grouped),
      };
    },
  };
}

/** For each eight outputs: four words for each pair of inputs, then the parameters. Missing outputs are zeros. */
function pack(shape: Shape, weights: Int8Array, requantization: Requantization, grouped: boolean): Int32Array {
  const { inputs, outputs } = shape;
  const order = (element: number): number =>
    grouped ? (element & ~3) + (((element & 1) << 1) | ((element >> 1) & 1)) : element;
  const stream: number[] = [];
  for (let first = 0; first < outputs; first += GROUP) {
    const weight = (output: number, element: number): number =>
      output < outputs && element < inputs && !isConstantChannel(requantization, output)
        ? (weights[output * inputs + order(element)] ?? 0)
        : 0;
    for (let word = 0; word < wordsOf(shape); word++) {
      for (let output = first; output < first + GROUP; output += 2) {
        const lane = (element: number): number => 256 * weight(output + 1, element) + weight(output, element);
        stream.push((lane(2 * word) & 0xffff) | (lane(2 * word + 1) << 16));
      }
    }
    for (let output = first; output < first + GROUP; output++) {
      const none = new Array<number>(parameterWords(requantization.kind)).fill(1);
      stream.push(...(output < outputs ? channelParameters(requantization, output) : none));
    }
  }
  return Int32Array.from(stream);
}

const parametersOf = (shape: Shape): string =>
  `const ${isNarrow(shape) ? 'int8_t' : 'int16_t'} *x, const model_word *stream, int8_t *out`;

/** r2 to r9: 256·B + A and A of each pair of outputs. */
const sums = (pair: number): readonly [string, string] => [`r${text(2 + 2 * pair)}`, `r${text(3 + 2 * pair)}`];

/** `narrow`: the inputs are bytes; even steps take bytes 0 and 2 of a word, odd ones 1 and 3. */
function step(index: number, first: boolean, narrow: boolean): string[] {
  const weightOffset = 16 * index;
  const inputOffset = narrow ? 4 * (index >> 1) : 4 * index;
  const multiply = (pair: number, weight: string): string[] => {
    const [both, low] = sums(pair);
    const product = (sum: string): string =>
      first ? `smuad ${sum}, ${weight}, r10` : `smlad ${sum}, ${weight}, r10, ${sum}`;
    return [product(both), `sxtb16 ${weight}, ${weight}`, product(low)];
  };
  const load = (register: string, pair: number): string => `ldr ${register}, [r1, #${text(weightOffset + 4 * pair)}]`;
  return [
    `ldr r10, [r0, #${text(inputOffset)}]`,
    load('r11', 0),
    load('r12', 1),
    load('lr', 2),
    ...(narrow ? [`sxtb16 r10, r10${index % 2 === 1 ? ', ror #8' : ''}`] : []),
    ...multiply(0, 'r11'),
    ...multiply(1, 'r12'),
    ...multiply(2, 'lr'),
    load('r11', 3),
    ...multiply(3, 'r11'),
  ];
}

/** Straight code for what does not fill a loop, then the loop. */
function accumulation(shape: Shape): string[] {
  const words = wordsOf(shape);
  const straight = words <= UNROLLED ? words : words % UNROLLED;
  const narrow = isNarrow(shape);
  const inputBytes = narrow ? 2 : 4;
  const lines: string[] = [];
  for (let index = 0; index < straight; index++) lines.push(...step(index, index === 0, narrow));
  lines.push(...addConstant('r1', 'r1', 16 * straight, 'r12'));
  if (words <= UNROLLED) return lines;
  if (straight === 0) for (let register = 2; register < 10; register++) lines.push(`mov r${text(register)}, #0`);
  lines.push(...addConstant('r0', 'r0', inputBytes * straight, 'r12'), '3:');
  for (let index = 0; index < UNROLLED; index++) lines.push(...step(index, false, narrow));
  return [
    ...lines,
    ...addConstant('r1', 'r1', 16 * UNROLLED, 'r12'),
    ...addConstant('r0', 'r0', inputBytes * UNROLLED, 'r12'),
    'ldr r10, [sp, #12]',
    'cmp r0, r10',
    'bne.w 3b',
  ];
}

function finishGroup(requantization: Requantization): string[] {
  const pairs = [0, 1, 2, 3];
  const apart = pairs.map((pair) => {
    const [both, low] = sums(pair);
    return `sub ${both}, ${both}, ${low}`;
  });
  if (requantization.kind === 'fit') {
    return [
      ...apart,
      ...baseInto('r0', requantization),
      ...pairs.flatMap((pair) => {
        const [both, low] = sums(pair);
        return [
          'ldm r1!, {r10, r11, r12, lr}',
          ...finishing(requantization, [low], 0, { parameters: ['r10', 'r11'], spare: 'r0' }),
          ...finishing(requantization, [both], 8, { parameters: ['r12', 'lr'], spare: 'r0' }),
        ];
      }),
    ];
  }
  const { loads, parameters } = loadExact(requantization.kind);
  return [
    ...apart,
    ...pairs.flatMap((pair) => {
      const [both, low] = sums(pair);
      const one = (sum: string, scale: number): string[] => [
        ...loads,
        ...finishing(requantization, [sum], scale, { parameters, spare: 'lr' }),
      ];
      return [...one(low, 0), ...one(both, 8)];
    }),
  ];
}

/** The finished outputs of a group, in order. */
const finished = [0, 1, 2, 3].flatMap((pair) => [...sums(pair)].reverse());

function body(shape: Shape, requantization: Requantization): string[] {
  const rest = shape.outputs % GROUP;
  const full = Math.floor(shape.outputs / GROUP);
  const group = ['ldr r0, [sp]', ...accumulation(shape), ...finishGroup(requantization), 'ldr r10, [sp, #4]'];
  const stores = (count: number): string[] =>
    finished.slice(0, count).map((register, index) => `strb ${register}, [r10, #${text(index)}]`);
  return [
    'push {r4-r11, lr}',
    'sub sp, sp, #20',
    'str r0, [sp]',
    'str r2, [sp, #4]',
    ...addConstant('r4', 'r2', full * GROUP, 'r5'),
    'str r4, [sp, #8]',
    ...addConstant('r4', 'r0', isNarrow(shape) ? shape.inputs : 4 * wordsOf(shape), 'r5'),
    'str r4, [sp, #12]',
    '1:',
    ...group,
    ...(rest > 0
      ? [
          // The last group has fewer outputs.
          'ldr r11, [sp, #8]',
          'cmp r10, r11',
          'beq.w 2f',
        ]
      : []),
    ...(full > 0
      ? [
          ...stores(GROUP),
          'add r10, r10, #8',
          'str r10, [sp, #4]',
          ...(rest > 0 ? ['b.w 1b'] : ['ldr r11, [sp, #8]', 'cmp r10, r11', 'bne.w 1b']),
        ]
      : []),
    ...(rest > 0 ? ['2:', ...stores(rest)] : []),
    'add sp, sp, #20',
    'pop {r4-r11, pc}',
  ];
}

function codeBytes(shape: Shape, requantization: Requantization): number {
  const key = [shape.inputs, shape.outputs, finishName(requantization)];
  return remembered(`dense ${key.join()}`, () => functionBytes(body(shape, requantization)));
}

function twin(name: string, shape: Shape, requantization: Requantization): string {
  const even = '(i & ~1) * 2 + (i & 1)';
  const [first, second] = isNarrow(shape) ? [`x[${even}]`, `x[${even} + 2]`] : ['x[2 * i]', 'x[2 * i + 1]'];
  const words = parameterWords(requantization.kind);
  return `static void ${name}(${parametersOf(shape)}) {
  for (int first = 0; first < ${text(shape.outputs)}; first += ${text(GROUP)}) {
    uint32_t raw[${text(GROUP / 2)}] = {0}, low[${text(GROUP / 2)}] = {0};
    for (int i = 0; i < ${text(wordsOf(shape))}; i++) {
      for (int half = 0; half < ${text(GROUP / 2)}; half++) {
        const uint32_t pair = *stream++;
        const int32_t a = ${first}, b = ${second};
        raw[half] += (uint32_t)((int16_t)pair * a + (int16_t)(pair >> 16) * b);
        low[half] += (uint32_t)((int8_t)pair * a + (int8_t)(pair >> 16) * b);
      }
    }
    for (int i = 0; i < ${text(GROUP)}; i++, stream += ${text(words)}) {
      const model_word *p = stream;
      const int32_t sum = i % 2 ? (int32_t)(raw[i / 2] - low[i / 2]) >> 8 : (int32_t)low[i / 2];
      if (first + i < ${text(shape.outputs)}) out[first + i] = ${finishInC(traitsOf(requantization), 'sum', String(addendOf(requantization)))};
    }
  }
}`;
}
