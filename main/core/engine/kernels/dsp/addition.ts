/**
 * ADD and SUB of two tensors of one shape. TFLite scales both inputs up by 2^20, rounds each product, and rounds the
 * sum's; of 65,536 pairs of inputs each gives one int8. A·x + B·y + C, shifted and saturated, gives the same for all of
 * them once A, B and C are chosen right, which is searched and checked here pair by pair: two MLA and one SSAT an element. Where no
 * C is right the row is computed as TFLite does; that has not been seen.
 */
import {
  additionConstants,
  inputOf,
  multiplyByQuantizedMultiplier,
  outputOf,
  sameShape,
  scaleOf,
  zeroPointOf,
  type Elementwise,
  type Model,
  type Operator,
} from '../../../graph/index.ts';
import { everyRow, rowShapeOf } from '../../rows.ts';
import { hwc, type CFunction, type EmittedKernel, type KernelMaker } from '../kernel.ts';
import { nakedFunction, withTwin } from './assembly.ts';

export interface LinearAddition {
  /** `mla`: 32-bit products. `smmla`: the high words of products with 24 more bits, two instructions more an element. */
  readonly product: 'mla' | 'smmla';
  readonly first: number;
  readonly second: number;
  readonly offset: number;
  readonly shift: number;
}

const text = String;

/** What TFLite gives for every pair, at (x + 128)·256 + y + 128. */
function referenceOutputs(model: Model, operator: Elementwise): Int8Array {
  const { leftShift, first, second, output } = additionConstants(model, operator);
  const scaled = (position: number, { multiplier, shift }: typeof first): Int32Array => {
    const zero = zeroPointOf(inputOf(model, operator, position));
    return Int32Array.from({ length: 256 }, (_, index) =>
      multiplyByQuantizedMultiplier((index - 128 - zero) * 2 ** leftShift, multiplier, shift),
    );
  };
  const [a, b] = [scaled(0, first), scaled(1, second)];
  const sign = operator.kind === 'sub' ? -1 : 1;
  const zero = zeroPointOf(outputOf(model, operator));
  const { min, max } = operator.clamp;
  const outputs = new Int8Array(65536);
  for (let x = 0; x < 256; x++) {
    for (let y = 0; y < 256; y++) {
      const sum = ((a[x] ?? 0) + sign * (b[y] ?? 0)) | 0;
      const value = multiplyByQuantizedMultiplier(sum, output.multiplier, output.shift) + zero;
      outputs[256 * x + y] = Math.min(max, Math.max(min, value));
    }
  }
  return outputs;
}

/** Slopes tried to either side of the nominal ones, in units of each product's precision. */
const TILTS = {
  mla: [0, 1, -1, 2, -2, 3, -3, 4, -4],
  smmla: [0, 1, -1, 2, -2, 4, -4, 8, -8, 12, -12, 16, -16, 24, -24, 32, -32],
};
const PRECISION = { mla: 1, smmla: 16 };

/** What one operand contributes, for each of its values. */
function contributions(product: LinearAddition['product'], slope: number): Float64Array {
  return Float64Array.from({ length: 256 }, (_, index) =>
    product === 'mla' ? slope * (index - 128) : Math.floor((slope * (index - 128)) / 256),
  );
}

function findLinear(model: Model, operator: Elementwise): LinearAddition | null {
  const wanted = referenceOutputs(model, operator);
  const scale = scaleOf(outputOf(model, operator));
  const [alpha = 0, beta = 0] = [0, 1].map((position) => scaleOf(inputOf(model, operator, position)) / scale);
  const sign = operator.kind === 'sub' ? -1 : 1;
  // Sums up to 255·(α + β), and the output's zero point, in 31 bits.
  const shift = Math.min(22, 30 - Math.ceil(Math.log2(256 * (alpha + beta) + 256)));
  if (shift < 1) return null;
  const pairs = criticalPairs(wanted, operator, alpha, sign * beta);
  const everyPair = Int32Array.from({ length: 65536 }, (_, index) => index);
  for (const product of ['mla', 'smmla'] as const) {
    const unit = 2 ** shift * (product === 'mla' ? 1 : 256);
    const slopes = (ratio: number): { slope: number; values: Float64Array }[] =>
      TILTS[product].map((tilt) => {
        const slope = Math.round(ratio * unit) + tilt * PRECISION[product];
        return { slope, values: contributions(product, slope) };
      });
    const seconds = slopes(sign * beta);
    for (const first of slopes(alpha)) {
      for (const second of seconds) {
        if (Math.max(Math.abs(first.slope), Math.abs(second.slope)) >= 2 ** 31) continue;
        if (offsetFor(wanted, first.values, second.values, shift, operator, pairs) === null) continue;
        const offset = offsetFor(wanted, first.values, second.values, shift, operator, everyPair);
        if (offset !== null) return { product, first: first.slope, second: second.slope, offset, shift };
      }
    }
  }
  return null;
}

/** Distance to a border, in steps of the output, within which a pair decides. */
const CRITICAL = 1 / 256;

/** The pairs whose sum is so near to where the output changes that they decide. */
function criticalPairs(wanted: Int8Array, { clamp }: Elementwise, alpha: number, beta: number): Int32Array {
  const sum = (pair: number): number => alpha * ((pair >> 8) - 128) + beta * ((pair & 255) - 128);
  // The output is floor(sum + offset) for an offset within these bounds, but for the rounding.
  let low = -Infinity;
  let high = Infinity;
  for (let pair = 0; pair < 65536; pair++) {
    const excess = (wanted[pair] ?? 0) - sum(pair);
    if ((wanted[pair] ?? 0) > clamp.min) low = Math.max(low, excess);
    if ((wanted[pair] ?? 0) < clamp.max) high = Math.min(high, excess + 1);
  }
  const pairs: number[] = [];
  for (let pair = 0; pair < 65536; pair++) {
    const excess = (wanted[pair] ?? 0) - sum(pair);
    if (excess > low - CRITICAL || excess + 1 < high + CRITICAL) pairs.push(pair);
  }
  return Int32Array.from(pairs);
}

/** The middle of the offsets that are right for all the pairs, or null. */
function offsetFor(
  wanted: Int8Array,
  first: Float64Array,
  second: Float64Array,
  shift: number,
  { clamp: { min, max } }: Elementwise,
  pairs: Int32Array,
): number | null {
  const unit = 2 ** shift;
  let low = -Infinity;
  let high = Infinity;
  for (const pair of pairs) {
    const output = wanted[pair] ?? 0;
    const sum = (first[pair >> 8] ?? 0) + (second[pair & 255] ?? 0);
    if (output > min) low = Math.max(low, output * unit - sum);
    if (output < max) high = Math.min(high, (output + 1) * unit - sum - 1);
    if (low > high) return null;
  }
  const offset = Math.floor((Math.max(low, high - unit) + Math.min(high, low + unit)) / 2);
  const size = (values: Float64Array): number => Math.max(Math.abs(values[0] ?? 0), Math.abs(values[255] ?? 0));
  return Math.abs(offset) + size(first) + size(second) < 2 ** 31 ? offset : null;
}

const known = new WeakMap<Operator, LinearAddition | 'none'>();

/** The sum as one linear form, exact for every pair of operands; null where there is none. */
export function linearAddition(model: Model, operator: Elementwise): LinearAddition | null {
  const found = known.get(operator) ?? findLinear(model, operator) ?? 'none';
  known.set(operator, found);
  return found === 'none' ? null : found;
}

export const dspAddition: KernelMaker = ({ model, operator }) => {
  if (operator.kind !== 'add' && operator.kind !== 'sub') return [];
  const [a, b, output] = [inputOf(model, operator, 0), inputOf(model, operator, 1), outputOf(model, operator)];
  if (a.data !== null || b.data !== null || !sameShape(a.shape, b.shape) || !sameShape(a.shape, output.shape)) {
    return [];
  }
  const { height, width, channels } = rowShapeOf(output);
  const elements = width * channels;
  const name = `${operator.kind}_${text(elements)}_m4`;
  return [
    {
      name: `${name}_h${text(height)}`,
      steps: height,
      inputs: [everyRow, everyRow],
      inputLayouts: [hwc, hwc],
      outputs: [everyRow],
      writesPlanar: false,
      inPlace: true,
      scratchBytes: 0,
      stateBytes: 0,
      edgeRowBytes: 0,
      constantBytes: 16,
      codeBytes: 0,
      sharedCode: [{ name: 'add_rows', bytes: 220 }],
      cycles: Math.round(height * (55 + Math.floor(elements / 4) * 32 + (elements % 4) * 16)),
      emit: () => emitRows(model, operator, elements),
    },
  ];
};

const inName = (x: number): string => text(x).replace('-', 'm');

function emitRows(model: Model, operator: Elementwise, elements: number): EmittedKernel {
  const linear = linearAddition(model, operator);
  if (linear === null) return { functions: [literalFunction(model, operator, elements)], constants: null };
  const { product, first, second, offset, shift } = linear;
  const { min, max } = operator.clamp;
  const clamp = min === -128 && max === 127 ? '' : `_c${inName(min)}_${inName(max)}`;
  const rows = `add_rows_${product}_${text(shift)}${clamp}`;
  const entry = `${rows}_m4`;
  return {
    functions: [
      {
        name: rows,
        code: `/* Sums (or differences) of two rows: (A x + B y + C) >> ${text(shift)}, saturated. The constants are A, B, C, elements. */
${withTwin(assembly(rows, linear, operator), twin(rows, linear, operator))}`,
      },
      {
        name: entry,
        code: `void ${entry}(const model_step *step) {
  ${rows}(step->in[0], step->in[1], step->out[0], (const model_int *)step->constants);
}
`,
      },
    ],
    constants: Int32Array.of(first, second, offset, elements),
  };
}

/** As TFLite writes it, in plain C. */
function literalFunction(model: Model, operator: Elementwise, elements: number): CFunction {
  const { leftShift, first, second, output } = additionConstants(model, operator);
  const zeros = [inputOf(model, operator, 0), inputOf(model, operator, 1), outputOf(model, operator)].map(zeroPointOf);
  const [zeroA = 0, zeroB = 0, zeroOut = 0] = zeros;
  const { min, max } = operator.clamp;
  const factors = [first, second, output].flatMap(({ multiplier, shift }) => [multiplier, shift]);
  const numbers = [elements, ...zeros, ...factors, min, max].map(inName);
  const entry = `${operator.kind}_${numbers.join('_')}_literal`;
  const scaled = (array: string, zero: number, factor: typeof first): string =>
    `model_requantize((${array}[i] - (${text(zero)})) * (1 << ${text(leftShift)}), ${text(factor.multiplier)}, ${text(factor.shift)})`;
  return {
    name: entry,
    code: `/* ${operator.kind === 'add' ? 'Sum' : 'Difference'} of two rows of ${text(elements)} elements. */
void ${entry}(const model_step *step) {
  const int8_t *a = step->in[0], *b = step->in[1];
  for (int i = 0; i < ${text(elements)}; i++) {
    const int32_t sum = ${scaled('a', zeroA, first)} ${operator.kind === 'sub' ? '-' : '+'} ${scaled('b', zeroB, second)};
    step->out[0][i] = model_clamp(model_requantize(sum, ${text(output.multiplier)}, ${text(output.shift)}) + (${text(zeroOut)}), ${text(min)}, ${text(max)});
  }
}
`,
  };
}

const PARAMETERS = 'const int8_t *a, const int8_t *b, int8_t *out, const model_int *constants';

/** r0, r1 operands, r2 output; then A, B and C, and where the output ends (on the stack). */
function assembly(name: string, { product, shift }: LinearAddition, { clamp }: Elementwise): string {
  const group = (count: number): string[] => {
    const registers = (start: number): string[] =>
      ['r6', 'r7', 'r8', 'r9', 'r10', 'r11', 'r12', 'lr'].slice(start, start + count);
    const [xs, ys] = [registers(0), registers(4)];
    // The load that moves the pointer comes last, so that the others are pipelined.
    const load = (targets: readonly string[], pointer: string): string[] =>
      [...targets.keys()]
        .reverse()
        .map((index) =>
          index === 0
            ? `ldrsb ${targets[0] ?? ''}, [${pointer}], #${text(count)}`
            : `ldrsb ${targets[index] ?? ''}, [${pointer}, #${text(index)}]`,
        );
    return [
      ...load(xs, 'r0'),
      ...load(ys, 'r1'),
      ...(product === 'mla'
        ? [
            ...xs.map((x) => `mla ${x}, ${x}, r3, r5`),
            ...xs.map((x, index) => `mla ${x}, ${ys[index] ?? ''}, r4, ${x}`),
          ]
        : [
            ...[...xs, ...ys].map((x) => `lsl ${x}, ${x}, #24`),
            ...xs.map((x) => `smmla ${x}, ${x}, r3, r5`),
            ...xs.map((x, index) => `smmla ${x}, ${ys[index] ?? ''}, r4, ${x}`),
          ]),
      ...xs.map((x) => `ssat ${x}, #8, ${x}, asr #${text(shift)}`),
      ...xs.flatMap((x) => [
        ...(clamp.min > -128 ? [`cmp ${x}, #${text(clamp.min)}`, 'it lt', `movlt ${x}, #${text(clamp.min)}`] : []),
        ...(clamp.max < 127 ? [`cmp ${x}, #${text(clamp.max)}`, 'it gt', `movgt ${x}, #${text(clamp.max)}`] : []),
      ]),
      ...xs.map((x, index) => `strb ${x}, [r2, #${text(index)}]`),
      `add r2, r2, #${text(count)}`,
    ];
  };
  return nakedFunction(name, PARAMETERS, [
    'push {r4-r11, lr}',
    'ldr r6, [r3, #12]',
    'ldr r5, [r3, #8]',
    'ldr r4, [r3, #4]',
    'ldr r3, [r3]',
    'add r7, r2, r6',
    'bic r6, r6, #3',
    'add r6, r6, r2',
    // Where groups of four end, and where all ends.
    'push {r6, r7}',
    'cmp r2, r6',
    'beq 2f',
    '1:',
    ...group(4),
    'ldr r7, [sp]',
    'cmp r2, r7',
    'bne.w 1b',
    '2:',
    'ldr r7, [sp, #4]',
    'cmp r2, r7',
    'beq 4f',
    '3:',
    ...group(1),
    'ldr r7, [sp, #4]',
    'cmp r2, r7',
    'bne 3b',
    '4:',
    'add sp, sp, #8',
    'pop {r4-r11, pc}',
  ]);
}

function twin(name: string, { product, shift }: LinearAddition, { clamp }: Elementwise): string {
  const term = (array: string, slope: number): string =>
    product === 'mla'
      ? `${array}[i] * constants[${text(slope)}]`
      : `(int32_t)(((int64_t)${array}[i] * constants[${text(slope)}]) >> 8)`;
  return `static void ${name}(${PARAMETERS}) {
  for (int i = 0; i < constants[3]; i++)
    out[i] = model_clamp((${term('a', 0)} + ${term('b', 1)} + constants[2]) >> ${text(shift)}, ${text(clamp.min)}, ${text(clamp.max)});
}`;
}
