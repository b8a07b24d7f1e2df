/** RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR in plain C, an output row a step; taps come from tables. */
import { bilinearTaps, inputOf, nearestTaps, outputOf, type BilinearTap, type Resize } from '../../../graph/index.ts';
import { everyRow, rowShapeOf } from '../../rows.ts';
import { hwc, type KernelRequest, type KernelVariant, type RowShape } from '../kernel.ts';

export function portableResize({ model, operator }: KernelRequest): readonly KernelVariant[] {
  if (operator.kind !== 'resize_nearest_neighbor' && operator.kind !== 'resize_bilinear') return [];
  const input = rowShapeOf(inputOf(model, operator));
  const output = rowShapeOf(outputOf(model, operator));
  const elements = output.height * output.width * output.channels;
  const shared = {
    steps: output.height,
    inputLayouts: [hwc],
    outputs: [everyRow],
    writesPlanar: false,
    scratchBytes: 0,
    stateBytes: 0,
    edgeRowBytes: 0,
    codeBytes: 200,
  };
  const sizes = `${[input.width, input.channels].join('x')}_to_${String(output.width)}`;
  if (operator.kind === 'resize_nearest_neighbor') {
    const rows = nearestTaps(input.height, output.height, operator);
    const name = `resize_nearest_${sizes}_c`;
    return [
      {
        ...shared,
        name,
        inputs: [{ count: 1, first: (step) => rows[step] ?? 0 }],
        constantBytes: 2 * output.width,
        cycles: elements * 4,
        emit: () => ({
          functions: [{ name, code: nearestFunction(name, input, output) }],
          constants: Int16Array.from(nearestTaps(input.width, output.width, operator)),
        }),
      },
    ];
  }
  const rows = bilinearTaps(input.height, output.height, operator);
  const name = `resize_bilinear_${sizes}_c`;
  return [
    {
      ...shared,
      name,
      inputs: [{ count: 2, first: (step) => rows[step]?.lower ?? 0 }],
      constantBytes: 12 * (output.width + output.height),
      cycles: elements * 30,
      emit: () => ({
        functions: [{ name, code: bilinearFunction(name, input, output) }],
        constants: packTaps(operator, input, output),
      }),
    },
  ];
}

/** Lower, upper, fraction for each column, then for each row. */
function packTaps(operator: Resize, input: RowShape, output: RowShape): Int32Array {
  const words = ({ lower, upper, fraction }: BilinearTap): number[] => [lower, upper, fraction];
  return Int32Array.from([
    ...bilinearTaps(input.width, output.width, operator).flatMap(words),
    ...bilinearTaps(input.height, output.height, operator).flatMap(words),
  ]);
}

function nearestFunction(name: string, input: RowShape, output: RowShape): string {
  return `/* Nearest neighbour: a row of ${String(output.width)} pixels from one of ${String(input.width)}, ${String(input.channels)} channels. */
void ${name}(const model_step *step) {
  const model_half *column = (const model_half *)step->constants;
  int8_t *out = step->out[0];
  for (int x = 0; x < ${String(output.width)}; x++) {
    const int8_t *pixel = step->in[0] + column[x] * ${String(input.channels)};
    for (int c = 0; c < ${String(input.channels)}; c++) *out++ = pixel[c];
  }
}
`;
}

function bilinearFunction(name: string, input: RowShape, output: RowShape): string {
  return `/* Bilinear: a row of ${String(output.width)} pixels from two of ${String(input.width)}, ${String(input.channels)} channels; weights in 1/1024. */
void ${name}(const model_step *step) {
  const int32_t *column = (const int32_t *)step->constants; /* lower, upper, fraction */
  const int32_t *row = column + 3 * (${String(output.width)} + step->step);
  const int8_t *lower = step->in[0], *upper = step->in[row[1] - row[0]];
  int8_t *out = step->out[0];
  for (int x = 0; x < ${String(output.width)}; x++, column += 3) {
    const int left = column[0] * ${String(input.channels)}, right = column[1] * ${String(input.channels)};
    for (int c = 0; c < ${String(input.channels)}; c++) {
      const int32_t a = lower[left + c] * (1024 - column[2]) + lower[right + c] * column[2];
      const int32_t b = upper[left + c] * (1024 - column[2]) + upper[right + c] * column[2];
      const int32_t sum = a * (1024 - row[2]) + b * row[2];
      *out++ = (int8_t)((sum + (sum > 0 ? 0x80000 : -0x80000)) / 0x100000);
    }
  }
}
`;
}
