/**
 * SOFTMAX in plain C, in the reference's fixed point (TFLite `softmax.h`). The exponentials of all differences to the
 * maximum are a table, made offline.
 */
import {
  elementsOf,
  expOnNegativeValues,
  inputOf,
  saturatingRoundingDoublingHighMul,
  softmaxConstants,
  type Model,
  type Softmax,
} from '../../../graph/index.ts';
import { everyRow, rowShapeOf } from '../../rows.ts';
import { hwc, type CFunction, type KernelRequest, type KernelVariant } from '../kernel.ts';

const text = String;
const HEADER_WORDS = 3;
/** Flash of the compiled C. */
const SOFTMAX_BYTES = 840;

export function portableSoftmax({ model, operator }: KernelRequest): readonly KernelVariant[] {
  if (operator.kind !== 'softmax') return [];
  const input = inputOf(model, operator);
  const depth = input.shape.at(-1) ?? 1;
  const { height, width, channels } = rowShapeOf(input);
  const times = (width * channels) / depth;
  const name = `softmax_${text(times)}x${text(depth)}_c`;
  return [
    {
      name,
      steps: height,
      inputs: [everyRow],
      inputLayouts: [hwc],
      outputs: [everyRow],
      writesPlanar: false,
      inPlace: true,
      scratchBytes: 0,
      stateBytes: 0,
      edgeRowBytes: 0,
      constantBytes: 4 * (HEADER_WORDS + tableLength(model, operator)),
      codeBytes: 0,
      sharedCode: [{ name: softmax.name, bytes: SOFTMAX_BYTES }],
      cycles: elementsOf(input.shape) * 45 + height * times * 250,
      emit: () => ({
        functions: [reciprocal, softmax],
        constants: Int32Array.from([times, depth, ...exponentials(model, operator)]),
      }),
    },
  ];
}

/** How many differences to the maximum count; smaller inputs give 0. */
const tableLength = (model: Model, operator: Softmax): number =>
  Math.min(256, 1 - softmaxConstants(model, operator).smallestDifference);

/** How many differences count, then e^-difference in Q0 for each of them. */
function exponentials(model: Model, operator: Softmax): number[] {
  const { input } = softmaxConstants(model, operator);
  const count = tableLength(model, operator);
  const table = Array.from({ length: count }, (_, index) =>
    expOnNegativeValues(saturatingRoundingDoublingHighMul(-index << input.shift, input.multiplier), 5),
  );
  return [count, ...table];
}

const reciprocal: CFunction = {
  name: 'model_reciprocal',
  code: `/* 1 / (1 + a) for a in [0, 1): three Newton-Raphson steps, as the reference takes them. Q0 in, Q0 out. */
static int32_t model_shift_left(int32_t x, int32_t exponent) {
  const int32_t threshold = (int32_t)((1u << (31 - exponent)) - 1u);
  return x > threshold ? INT32_MAX : x < -threshold ? INT32_MIN : (int32_t)((uint32_t)x << exponent);
}
static __attribute__((noinline)) int32_t model_reciprocal(int32_t a) {
  const int64_t sum = (int64_t)a + INT32_MAX;
  const int32_t half = (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
  int32_t x = 1515870810 + model_high_mul(half, -1010580540);
  for (int i = 0; i < 3; i++) {
    const int32_t error = (1 << 29) - model_high_mul(half, x);
    x += model_shift_left(model_high_mul(x, error), 2);
  }
  return model_shift_left(x, 1);
}
`,
};

const softmax: CFunction = {
  name: 'softmax_rows',
  code: `/* Softmax of a row. The constants: how many times a row, over how many elements, how many entries the table has; then
   e^-d for the differences d = 0, 1, 2, ... of an input to the largest one, in steps of the input's scale. */
void softmax_rows(const model_step *step) {
  const model_int *header = (const model_int *)step->constants, *exponential = header + ${text(HEADER_WORDS)};
  const int32_t depth = header[1], count = header[2];
  const int8_t *in = step->in[0];
  int8_t *out = step->out[0];
  for (int32_t left = header[0]; left > 0; left--, in += depth, out += depth) {
    int32_t largest = -128, sum = 0;
    for (int32_t c = 0; c < depth; c++)
      if (in[c] > largest) largest = in[c];
    for (int32_t c = 0; c < depth; c++)
      if (largest - in[c] < count) sum += (int32_t)(((uint32_t)exponential[largest - in[c]] + (1u << 11)) >> 12);
    int32_t headroom = 0; /* at least 1: the sum is positive */
    for (uint32_t s = (uint32_t)sum; !(s & 0x80000000u); s <<= 1) headroom++;
    const int32_t scale = model_reciprocal((int32_t)(((uint32_t)sum << headroom) - 0x80000000u));
    const int32_t exponent = 12 - headroom + 31 - 8;
    for (int32_t c = 0; c < depth; c++) {
      const int32_t difference = largest - in[c];
      out[c] = -128;
      if (difference < count && exponent <= 31)
        out[c] = model_clamp(model_shift_right(model_high_mul(scale, exponential[difference]), exponent) - 128, -128, 127);
    }
  }
}
`,
};
