/**
 * MUL of a tensor by one of the same shape, by one value for each channel (squeeze-and-excitation), or by a single value;
 * either operand may be a constant. (x − zx)·(y − zy) is doubled and rounded twice as TFLite does, with SMMLAR.
 */
import {
  elementsOf,
  inputOf,
  outputOf,
  productMultiplier,
  sameShape,
  zeroPointOf,
  type Elementwise,
  type Model,
  type Tensor,
} from '../../../graph/index.ts';
import { allRows, everyRow, isImage, rowShapeOf } from '../../rows.ts';
import { hwc, type CFunction, type KernelMaker } from '../kernel.ts';
import { packConstants } from '../packing.ts';
import { dataOf } from '../portable/costs.ts';
import { roundingHelpers } from './roundings.ts';

/** How the second operand goes with the first: element by element, one for each channel, one for all. */
type Pairing = 'each' | 'channel' | 'one';

interface Operands {
  /** Of the shape of the output. */
  readonly full: Tensor;
  readonly other: Tensor;
  readonly swapped: boolean;
  readonly pairing: Pairing;
}

const text = String;
const HEADER_WORDS = 5;

/** Null where neither operand has the output's shape, or the other one is broadcast in another way. */
function operandsOf(model: Model, operator: Elementwise): Operands | null {
  const output = outputOf(model, operator);
  const [a, b] = [inputOf(model, operator, 0), inputOf(model, operator, 1)];
  const channels = output.shape.at(-1) ?? 1;
  const pairingOf = (other: Tensor): Pairing | null => {
    const elements = elementsOf(other.shape);
    if (sameShape(other.shape, output.shape)) return 'each';
    if (elements === 1) return 'one';
    return elements === channels && other.shape.at(-1) === channels ? 'channel' : null;
  };
  for (const swapped of [false, true]) {
    const [full, other] = swapped ? [b, a] : [a, b];
    const pairing = pairingOf(other);
    if (full.data === null && sameShape(full.shape, output.shape) && pairing !== null) {
      return { full, other, swapped, pairing };
    }
  }
  return null;
}

export const dspProduct: KernelMaker = ({ model, operator }) => {
  if (operator.kind !== 'mul') return [];
  const operands = operandsOf(model, operator);
  const { multiplier, shift } = productMultiplier(model, operator);
  if (operands === null || shift > -1 || multiplier <= 0) return [];
  const { other, swapped, pairing } = operands;
  const output = outputOf(model, operator);
  const { height, width, channels } = rowShapeOf(output);
  const constant = other.data !== null;
  // What goes with a row of an image is a row, where it is an image itself.
  const byRows = isImage(output);
  const otherAccess = pairing === 'each' && byRows ? everyRow : allRows;
  const accesses = constant ? [everyRow] : swapped ? [otherAccess, everyRow] : [everyRow, otherAccess];
  const { min, max } = operator.clamp;
  const clamp = min === -128 && max === 127 ? '' : `_c${text(min)}_${text(max)}`.replaceAll('-', 'm');
  const how = `${pairing}${constant ? '_constant' : swapped ? '_swapped' : ''}`;
  const name = `mul_${text(width)}x${text(channels)}_${how}${clamp}_m4`;
  const runs = pairing === 'channel' ? width * (channels / elementsOf(other.shape)) : 1;
  return [
    {
      name: `${name}_h${text(height)}`,
      steps: height,
      inputs: accesses,
      inputLayouts: accesses.map(() => hwc),
      outputs: [everyRow],
      writesPlanar: false,
      inPlace: !swapped || constant,
      scratchBytes: 0,
      stateBytes: 0,
      edgeRowBytes: 0,
      constantBytes: 4 * HEADER_WORDS + (constant ? (elementsOf(other.shape) + 3) & ~3 : 0),
      codeBytes: 120,
      sharedCode: [{ name: productName(operator), bytes: 260 }],
      cycles: Math.round(elementsOf(output.shape) * 16 + height * (50 + runs * 30)),
      emit: () => ({
        functions: [
          ...roundingHelpers,
          productRun(operator),
          { name, code: functionOf(name, operator, operands, byRows, { width, channels }) },
        ],
        constants: pack(model, operator, operands),
      }),
    },
  ];
};

/** Zero points (of the full operand, the other, the output), multiplier, exponent; then a constant operand. */
function pack(model: Model, operator: Elementwise, { full, other }: Operands): Uint8Array {
  const { multiplier, shift } = productMultiplier(model, operator);
  const zeros = [full, other, outputOf(model, operator)].map(zeroPointOf);
  const header = Int32Array.from([...zeros, multiplier, -shift]);
  return packConstants(other.data === null ? [header] : [header, dataOf(other, Int8Array)]);
}

function productName({ clamp: { min, max } }: Elementwise): string {
  const clamp = min === -128 && max === 127 ? '' : `_c${text(min)}_${text(max)}`.replaceAll('-', 'm');
  return `model_multiply${clamp}`;
}

function productRun(operator: Elementwise): CFunction {
  const { min, max } = operator.clamp;
  const name = productName(operator);
  const value = 'model_int8(model_round_twice((a[i] - a_zero) * y, multiplier, exponent) + zero)';
  const clamped = min === -128 && max === 127 ? value : `model_clamp(${value}, ${text(min)}, ${text(max)})`;
  return {
    name,
    code: `/* Products of count elements; b moves on with them by b_step. At p: zero points, multiplier, exponent. */
static __attribute__((noinline, unused)) void ${name}(const int8_t *a, const int8_t *b, int8_t *out, uint32_t count,
                                                      uint32_t b_step, const model_int *p) {
  const int32_t a_zero = p[0], b_zero = p[1], zero = p[2], multiplier = p[3];
  const uint32_t exponent = (uint32_t)p[4];
#pragma GCC unroll 4
  for (uint32_t i = 0; i < count; i++, b += b_step) {
    const int32_t y = (*b - b_zero) * 2;
    out[i] = (int8_t)${clamped};
  }
}
`,
  };
}

function functionOf(
  name: string,
  operator: Elementwise,
  { other, swapped, pairing }: Operands,
  byRows: boolean,
  { width, channels }: { readonly width: number; readonly channels: number },
): string {
  const elements = width * channels;
  const constant = other.data !== null;
  const ofRow = byRows && pairing === 'each' ? ` + step->step * ${text(elements)}` : '';
  const b = constant
    ? `(const int8_t *)step->constants + ${text(4 * HEADER_WORDS)}${ofRow}`
    : `step->in[${swapped ? '0' : '1'}]`;
  const run = productName(operator);
  const depth = elementsOf(other.shape);
  const body =
    pairing === 'channel'
      ? `  for (int i = 0; i < ${text(elements)}; i += ${text(depth)}) ${run}(a + i, b, out + i, ${text(depth)}, 1, p);`
      : `  ${run}(a, b, out, ${text(elements)}, ${pairing === 'one' ? '0' : '1'}, p);`;
  const what = { each: 'of two tensors', channel: 'by one value for each channel', one: 'by a single value' }[pairing];
  return `/* Products ${what}, a row of ${text(width)} x ${text(channels)}. */
void ${name}(const model_step *step) {
  const model_int *p = (const model_int *)step->constants;
  const int8_t *a = step->in[${swapped && !constant ? '1' : '0'}], *b = ${b};
  int8_t *out = step->out[0];
${body}
}
`;
}
