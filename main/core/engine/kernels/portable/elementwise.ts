/** ADD, SUB and MUL with broadcasting in plain C; an operand may be a constant. */
import {
  additionConstants,
  elementsOf,
  inputOf,
  outputOf,
  productMultiplier,
  stridesOf,
  zeroPointOf,
  type Elementwise,
  type Model,
  type Tensor,
} from '../../../graph/index.ts';
import { allRows, everyRow, isImage } from '../../rows.ts';
import { hwc, type KernelRequest, type KernelVariant, type RowAccess } from '../kernel.ts';
import { packConstants } from '../packing.ts';
import { dataOf } from './costs.ts';
import { loopsOver } from './loops.ts';

const HEADER_WORDS = 12;

/** Where an operand comes from and how the loops walk it. */
interface Operand {
  readonly tensor: Tensor;
  /** Elements from one index to the next along each axis of the output; 0 where it is broadcast. */
  readonly strides: readonly number[];
  readonly constant: boolean;
}

export function portableElementwise({ model, operator, core }: KernelRequest): readonly KernelVariant[] {
  if (operator.kind !== 'add' && operator.kind !== 'sub' && operator.kind !== 'mul') return [];
  const output = outputOf(model, operator);
  const operands = [0, 1].map((index) => operandOf(inputOf(model, operator, index), output));
  const byRows = isImage(output) && operands.every(({ tensor, constant }) => constant || fitsRows(tensor));
  const activations = operands.filter(({ constant }) => !constant);
  const accessOf = ({ strides }: Operand): RowAccess => (!byRows || strides[1] === 0 ? allRows : everyRow);
  const name = nameOf(operator, output, operands);
  const constantElements = operands
    .filter(({ constant }) => constant)
    .reduce((total, { tensor }) => total + elementsOf(tensor.shape), 0);
  return [
    {
      name,
      steps: byRows ? (output.shape[1] ?? 1) : 1,
      inputs: activations.map(accessOf),
      inputLayouts: activations.map(() => hwc),
      outputs: [byRows ? everyRow : allRows],
      writesPlanar: false,
      inPlace: activations[0] !== undefined && elementsOf(activations[0].tensor.shape) === elementsOf(output.shape),
      scratchBytes: 0,
      stateBytes: 0,
      edgeRowBytes: 0,
      constantBytes: 4 * HEADER_WORDS + constantElements,
      codeBytes: 300,
      cycles: elementsOf(output.shape) * (core === 'm0' || core === 'm0plus' ? 120 : operator.kind === 'mul' ? 30 : 55),
      emit: () => ({
        functions: [{ name, code: functionOf(name, operator, output, operands, byRows) }],
        constants: packOperator(model, operator, operands),
      }),
    },
  ];
}

/** A tensor that the kernel can take row by row: an image, or a row that all rows share. */
function fitsRows(tensor: Tensor): boolean {
  return isImage(tensor) || tensor.shape.length < 3;
}

function operandOf(tensor: Tensor, output: Tensor): Operand {
  const rank = output.shape.length;
  const extended = [...new Array<number>(rank - tensor.shape.length).fill(1), ...tensor.shape];
  const strides = stridesOf(extended).map((stride, axis) => (extended[axis] === 1 ? 0 : stride));
  return { tensor, strides, constant: tensor.data !== null };
}

function nameOf(operator: Elementwise, output: Tensor, operands: readonly Operand[]): string {
  const shapes = operands.map(({ tensor, constant }) => `${constant ? 'k' : ''}${tensor.shape.join('x') || '1'}`);
  return `${operator.kind}_${shapes.join('_')}_${output.shape.join('x')}_c`;
}

/** Zero points, multipliers and clamp, then the constant operands. */
function packOperator(model: Model, operator: Elementwise, operands: readonly Operand[]): Uint8Array {
  const zeros = [0, 1].map((index) => zeroPointOf(inputOf(model, operator, index)));
  const factors =
    operator.kind === 'mul'
      ? [productMultiplier(model, operator)]
      : ((c) => [c.output, c.first, c.second])(additionConstants(model, operator));
  const header = new Int32Array(HEADER_WORDS);
  header.set([...zeros, zeroPointOf(outputOf(model, operator)), operator.clamp.min, operator.clamp.max]);
  header.set(
    factors.flatMap(({ multiplier, shift }) => [multiplier, shift]),
    5,
  );
  const constants = operands.filter(({ constant }) => constant);
  return packConstants([header, ...constants.map(({ tensor }) => dataOf(tensor, Int8Array))]);
}

function functionOf(
  name: string,
  operator: Elementwise,
  output: Tensor,
  operands: readonly Operand[],
  byRows: boolean,
): string {
  const axes = byRows ? [2, 3] : output.shape.map((_, axis) => axis);
  let inputIndex = 0;
  let constantOffset = 4 * HEADER_WORDS;
  const pointers = operands.map(({ tensor, strides, constant }, index) => {
    const letter = index === 0 ? 'a' : 'b';
    if (!constant) return `  const int8_t *${letter} = step->in[${String(inputIndex++)}];`;
    const row = byRows && (strides[1] ?? 0) > 0 ? ` + step->step * ${String(strides[1])}` : '';
    const pointer = `  const int8_t *${letter} = (const int8_t *)step->constants + ${String(constantOffset)}${row};`;
    constantOffset += (elementsOf(tensor.shape) + 3) & ~3;
    return pointer;
  });
  const extents = axes.map((axis) => output.shape[axis] ?? 1);
  const index = (operand: Operand | undefined): readonly number[] => axes.map((axis) => operand?.strides[axis] ?? 0);
  const loops = loopsOver(extents, [index(operands[0]), index(operands[1]), stridesOf(extents)], ([ai, bi, oi]) => [
    `const int32_t x = a[${String(ai)}] - p[0], y = b[${String(bi)}] - p[1];`,
    operator.kind === 'mul'
      ? 'const int32_t z = x * y;'
      : `const int32_t z = model_requantize((int32_t)((uint32_t)x << 20), p[7], p[8]) ${operator.kind === 'sub' ? '-' : '+'} model_requantize((int32_t)((uint32_t)y << 20), p[9], p[10]);`,
    `out[${String(oi)}] = model_clamp(model_requantize(z, p[5], p[6]) + p[2], p[3], p[4]);`,
  ]);
  return `/* Element-wise ${operator.kind} of ${operands.map(({ tensor }) => tensor.shape.join('x') || '1').join(' and ')}${byRows ? ', a row a step' : ''}. */
void ${name}(const model_step *step) {
  const int32_t *p = (const int32_t *)step->constants; /* zero points, clamp, multipliers and shifts */
${pointers.join('\n')}
  int8_t *out = step->out[0];
${loops}
}
`;
}
