/**
 * MAX_POOL_2D and AVERAGE_POOL_2D, four channels at a time: SSUB8 and SEL make the larger of four bytes each, SXTAB16
 * adds four bytes to two words of 16-bit sums. What a window has outside the image does not count.
 */
import { inputOf, outputOf, type Pool2d } from '../../../graph/index.ts';
import { everyRow, rowShapeOf, windowRows } from '../../rows.ts';
import { hwc, type CFunction, type KernelMaker, type RowShape } from '../kernel.ts';
import { withTwin } from './assembly.ts';
import { MOST_SUMMED, summingHelpers } from './roundings.ts';

const text = String;

export const dspPool: KernelMaker = ({ model, operator }) => {
  if (operator.kind !== 'average_pool_2d' && operator.kind !== 'max_pool_2d') return [];
  const input = rowShapeOf(inputOf(model, operator));
  const output = rowShapeOf(outputOf(model, operator));
  const taps = operator.filterH * operator.filterW;
  const average = operator.kind === 'average_pool_2d';
  if (input.channels % 4 !== 0 || (average && taps > MOST_SUMMED)) return [];
  const name = nameOf(operator, input, output);
  const perGroup = average ? taps * 5 + operator.filterH * 8 + 60 : taps * 5 + operator.filterH * 8 + 14;
  return [
    {
      name,
      steps: output.height,
      inputs: [windowRows(operator.filterH, operator.strideH, operator.padding.top)],
      inputLayouts: [hwc],
      outputs: [everyRow],
      writesPlanar: false,
      scratchBytes: 0,
      stateBytes: 0,
      edgeRowBytes: 0,
      constantBytes: 0,
      codeBytes: 320,
      cycles: Math.round(output.height * (60 + (output.width * output.channels * perGroup) / 4)),
      emit: () => ({
        functions: [...helpers, { name, code: functionOf(name, operator, input, output) }],
        constants: null,
      }),
    },
  ];
};

function nameOf(operator: Pool2d, input: RowShape, output: RowShape): string {
  const { padding, clamp, filterH, filterW, strideH, strideW } = operator;
  const kind = operator.kind === 'average_pool_2d' ? 'average_pool' : 'max_pool';
  const range = `${text(clamp.min)}_${text(clamp.max)}`.replaceAll('-', 'm');
  const size = ({ height, width, channels }: RowShape): string => [height, width, channels].join('x');
  return `${kind}${text(filterH)}x${text(filterW)}_s${text(strideH)}x${text(strideW)}_p${text(padding.top)}x${text(padding.left)}_${size(input)}_${size(output)}_${range}_m4`;
}

/** `extremum` of each of four bytes. */
const extremum = (name: string, first: string, second: string, test: string): CFunction => ({
  name,
  code: withTwin(
    `MODEL_INLINE uint32_t ${name}(uint32_t a, uint32_t b) {
  uint32_t r;
  __asm("ssub8 %0, %1, %2\\n\\tsel %0, ${first}, ${second}" : "=&r"(r) : "r"(a), "r"(b) : "cc");
  return r;
}`,
    `MODEL_INLINE uint32_t ${name}(uint32_t a, uint32_t b) {
  uint32_t r = 0;
  for (int shift = 0; shift < 32; shift += 8)
    r |= ((int8_t)(a >> shift) ${test} (int8_t)(b >> shift) ? a : b) & (255u << shift);
  return r;
}`,
  ),
});

const helpers: readonly CFunction[] = [
  extremum('model_max4', '%1', '%2', '>='),
  extremum('model_min4', '%2', '%1', '<'),
  ...summingHelpers,
];

function functionOf(name: string, operator: Pool2d, input: RowShape, output: RowShape): string {
  const average = operator.kind === 'average_pool_2d';
  const { filterH, filterW, strideH, strideW, padding } = operator;
  const [height, width, words] = [text(input.height), text(input.width), text(input.channels / 4)];
  return `/* ${average ? 'Average' : 'Maximum'} over ${text(filterH)}x${text(filterW)}: a row of ${text(output.width)} x ${text(output.channels)} from rows of ${width} x ${text(input.channels)}, four channels at a time. */
void ${name}(const model_step *step) {
  const int top = (int)step->step * ${text(strideH)} - ${text(padding.top)};
  const int from = top < 0 ? -top : 0;
  const int to = top + ${text(filterH)} > ${height} ? ${height} - top : ${text(filterH)};
  model_word *out = (model_word *)(void *)step->out[0];
  for (int x = 0; x < ${text(output.width)}; x++) {
    const int left = x * ${text(strideW)} - ${text(padding.left)};
    const int first = left < 0 ? 0 : left;
    const int last = left + ${text(filterW)} > ${width} ? ${width} : left + ${text(filterW)};
    for (int c = 0; c < ${words}; c++) {
${average ? averageBody(words, operator) : maximumBody(words, operator)}
    }
  }
}
`;
}

const overWindow = (words: string, body: string): string => `      for (int y = from; y < to; y++) {
        const model_word *pixel = (const model_word *)(const void *)step->in[y] + first * ${words} + c;
        for (int i = first; i < last; i++, pixel += ${words}) {
          ${body}
        }
      }`;

const fourBytes = (value: number): string => `0x${((value & 255) * 0x01010101).toString(16)}u`;

function maximumBody(words: string, { clamp }: Pool2d): string {
  const upper = clamp.max < 127 ? `model_min4(largest, ${fourBytes(clamp.max)})` : 'largest';
  return `      uint32_t largest = ${fourBytes(clamp.min)};
${overWindow(words, 'largest = model_max4(largest, *pixel);')}
      *out++ = ${upper};`;
}

function averageBody(words: string, { clamp }: Pool2d): string {
  return `      uint32_t even = 0, odd = 0, packed = 0;
${overWindow(words, 'const uint32_t four = *pixel;\n          even = model_add_even(even, four);\n          odd = model_add_odd(odd, four);')}
      const int32_t count = (to - from) * (last - first);
      const int32_t sums[4] = {(int16_t)even, (int16_t)odd, (int16_t)(even >> 16), (int16_t)(odd >> 16)};
      for (int i = 0; i < 4; i++) {
        const int32_t mean = (sums[i] > 0 ? sums[i] + count / 2 : sums[i] - count / 2) / count;
        packed |= (uint32_t)(uint8_t)model_clamp(mean, ${text(clamp.min)}, ${text(clamp.max)}) << (8 * i);
      }
      *out++ = packed;`;
}
