/** AVERAGE_POOL_2D and MAX_POOL_2D in plain C. What a window has outside the image does not count. */
import { inputOf, outputOf, type Pool2d } from '../../../graph/index.ts';
import { everyRow, rowShapeOf, windowRows } from '../../rows.ts';
import { hwc, type KernelRequest, type KernelVariant, type RowShape } from '../kernel.ts';

export function portablePool({ model, operator }: KernelRequest): readonly KernelVariant[] {
  if (operator.kind !== 'average_pool_2d' && operator.kind !== 'max_pool_2d') return [];
  const input = rowShapeOf(inputOf(model, operator));
  const output = rowShapeOf(outputOf(model, operator));
  const shared = {
    inputLayouts: [hwc],
    writesPlanar: false,
    scratchBytes: 0,
    edgeRowBytes: 0,
    constantBytes: 0,
    codeBytes: 240,
    cycles: output.height * output.width * output.channels * (operator.filterH * operator.filterW * 5 + 30),
  };
  const name = nameOf(operator, input, output);
  const windowed: KernelVariant = {
    ...shared,
    name,
    steps: output.height,
    inputs: [windowRows(operator.filterH, operator.strideH, operator.padding.top)],
    outputs: [everyRow],
    stateBytes: 0,
    emit: () => ({ functions: [{ name, code: functionOf(name, operator, input, output) }], constants: null }),
  };
  if (operator.kind !== 'average_pool_2d' || output.height !== 1 || input.height === 1) return [windowed];
  const byRows = `${name}_rows`;
  // As fast, and it needs neither the whole input nor a pointer to each of its rows.
  return [
    {
      ...shared,
      name: byRows,
      // One input row a step; the one output row comes with the last.
      steps: input.height,
      inputs: [everyRow],
      outputs: [{ count: 1, first: (step) => step - input.height + 1 }],
      stateBytes: 4 * output.width * output.channels,
      emit: () => ({
        functions: [{ name: byRows, code: rowsFunctionOf(byRows, operator, input, output) }],
        constants: null,
      }),
    },
  ];
}

function nameOf(operator: Pool2d, input: RowShape, output: RowShape): string {
  const { padding, clamp, filterH, filterW, strideH, strideW } = operator;
  const kind = operator.kind === 'average_pool_2d' ? 'average_pool' : 'max_pool';
  const range = `${String(clamp.min)}_${String(clamp.max)}`.replaceAll('-', 'm');
  const size = ({ height, width, channels }: RowShape): string => [height, width, channels].join('x');
  return `${kind}${String(filterH)}x${String(filterW)}_s${String(strideH)}x${String(strideW)}_p${String(padding.top)}x${String(padding.left)}_${size(input)}_${size(output)}_${range}_c`;
}

const rounded = (sum: string, count: string): string =>
  `(${sum} > 0 ? ${sum} + ${count} / 2 : ${sum} - ${count} / 2) / ${count}`;

function functionOf(name: string, operator: Pool2d, input: RowShape, output: RowShape): string {
  const average = operator.kind === 'average_pool_2d';
  const inside = 'count';
  const { filterH, filterW, strideH, strideW, padding, clamp } = operator;
  return `/* ${average ? 'Average' : 'Maximum'} over ${String(filterH)}x${String(filterW)}: a row of ${String(output.width)} x ${String(output.channels)} from rows of ${String(input.width)} x ${String(input.channels)}. */
void ${name}(const model_step *step) {
  const int top = (int)step->step * ${String(strideH)} - ${String(padding.top)};
  const int from = top < 0 ? -top : 0;
  const int to = top + ${String(filterH)} > ${String(input.height)} ? ${String(input.height)} - top : ${String(filterH)};
  int8_t *out = step->out[0];
  for (int x = 0; x < ${String(output.width)}; x++) {
    const int left = x * ${String(strideW)} - ${String(padding.left)};
    const int first = left < 0 ? 0 : left;
    const int last = left + ${String(filterW)} > ${String(input.width)} ? ${String(input.width)} : left + ${String(filterW)};
${average ? `    const int32_t ${inside} = (to - from) * (last - first);\n` : ''}    for (int c = 0; c < ${String(output.channels)}; c++) {
      int32_t ${average ? 'sum = 0' : 'largest = -128'};
      for (int y = from; y < to; y++) {
        const int8_t *pixel = step->in[y] + first * ${String(input.channels)} + c;
        for (int i = first; i < last; i++, pixel += ${String(input.channels)}) ${average ? 'sum += *pixel;' : 'if (*pixel > largest) largest = *pixel;'}
      }
      *out++ = model_clamp(${average ? rounded('sum', inside) : 'largest'}, ${String(clamp.min)}, ${String(clamp.max)});
    }
  }
}
`;
}

function rowsFunctionOf(name: string, operator: Pool2d, input: RowShape, output: RowShape): string {
  const { filterH, filterW, strideW, padding, clamp } = operator;
  const lastRow = Math.min(filterH - padding.top, input.height);
  return `/* Average over ${String(filterH)}x${String(filterW)}, one input row a step: the sums wait in the state. */
void ${name}(const model_step *step) {
  model_int *sums = (model_int *)step->state;
  const int8_t *in = step->in[0];
  int8_t *out = step->out[0];
  for (int x = 0; x < ${String(output.width)}; x++) {
    const int left = x * ${String(strideW)} - ${String(padding.left)};
    const int first = left < 0 ? 0 : left;
    const int last = left + ${String(filterW)} > ${String(input.width)} ? ${String(input.width)} : left + ${String(filterW)};
    const int32_t count = ${String(lastRow)} * (last - first);
    for (int c = 0; c < ${String(output.channels)}; c++, sums++) {
      int32_t sum = step->step == 0 ? 0 : *sums;
      if (step->step < ${String(lastRow)})
        for (int i = first; i < last; i++) sum += in[i * ${String(input.channels)} + c];
      *sums = sum;
      if (out) *out++ = model_clamp(${rounded('sum', 'count')}, ${String(clamp.min)}, ${String(clamp.max)});
    }
  }
}
`;
}
