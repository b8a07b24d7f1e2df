/**
 * Operators that only move elements, in plain C: PAD, RESHAPE, TRANSPOSE, CONCATENATION, SPLIT, STRIDED_SLICE. Images
 * are moved row by row where the operator allows it, everything else in one step.
 */
import {
  elementsOf,
  outputOf,
  stridesOf,
  tensorAt,
  type Concatenation,
  type Model,
  type Operator,
  type Pad,
  type Split,
  type StridedSlice,
  type Tensor,
  type Transpose,
} from '../../../graph/index.ts';
import { activationInputs, allRows, everyRow, isImage } from '../../rows.ts';
import { hwc, type KernelRequest, type KernelVariant, type RowAccess } from '../kernel.ts';
import { packConstants } from '../packing.ts';
import { CYCLES_PER_BYTE, dataOf } from './costs.ts';
import { loopsOver } from './loops.ts';

/** One block copy: extents, and where and in which strides it reads and writes. */
interface Copy {
  readonly extents: readonly number[];
  readonly source: string;
  readonly sourceStrides: readonly number[];
  readonly target: string;
  readonly targetStrides: readonly number[];
}

/** What makes one movement kernel different from another. */
interface Movement {
  readonly name: string;
  readonly what: string;
  readonly steps: number;
  readonly inputs: readonly RowAccess[];
  readonly outputs: readonly RowAccess[];
  /** Statements before the copies. */
  readonly before: readonly string[];
  readonly copies: readonly Copy[];
  readonly constants?: () => Uint8Array;
  readonly inPlace?: boolean;
}

export function portableMovement({ model, operator }: KernelRequest): readonly KernelVariant[] {
  const movement = movementOf(model, operator);
  if (movement === null) return [];
  const { name, steps, inputs, outputs } = movement;
  const elements = operator.outputs.reduce((total, id) => total + elementsOf(tensorAt(model, id).shape), 0);
  return [
    {
      name,
      steps,
      inputs,
      inputLayouts: inputs.map(() => hwc),
      outputs,
      writesPlanar: false,
      inPlace: movement.inPlace ?? false,
      scratchBytes: 0,
      stateBytes: 0,
      edgeRowBytes: 0,
      constantBytes: 0,
      codeBytes: 120,
      cycles: movement.inPlace ? 0 : elements * CYCLES_PER_BYTE,
      emit: () => ({
        functions: [{ name, code: functionOf(movement) }],
        constants: movement.constants?.() ?? null,
      }),
    },
  ];
}

function movementOf(model: Model, operator: Operator): Movement | null {
  switch (operator.kind) {
    case 'pad':
      return padOf(model, operator);
    case 'reshape':
      return reshapeOf(model, operator);
    case 'transpose':
      return transposeOf(model, operator);
    case 'concatenation':
      return concatenationOf(model, operator);
    case 'split':
      return splitOf(model, operator);
    case 'strided_slice':
      return stridedSliceOf(model, operator);
    default:
      return null;
  }
}

const dimensions = (tensor: Tensor): string => tensor.shape.join('x') || '1';
const offsetOf = (index: readonly number[], strides: readonly number[]): number =>
  index.reduce((sum, position, axis) => sum + position * (strides[axis] ?? 0), 0);
const plus = (pointer: string, offset: number): string => (offset === 0 ? pointer : `${pointer} + ${String(offset)}`);

function padOf(model: Model, operator: Pad): Movement {
  const [input, output] = [tensorAt(model, operator.inputs[0]), outputOf(model, operator)];
  const amounts = operator.amounts.map(([before, after]) => `${String(before)}_${String(after)}`).join('_');
  const byRows = isImage(input) && isImage(output);
  const axes = byRows ? [2, 3] : output.shape.map((_, axis) => axis);
  const sizes = (tensor: Tensor): number[] => axes.map((axis) => tensor.shape[axis] ?? 1);
  const strides = stridesOf(sizes(output));
  const start = offsetOf(
    axes.map((axis) => operator.amounts[axis]?.[0] ?? 0),
    strides,
  );
  const top = operator.amounts[1]?.[0] ?? 0;
  const height = input.shape[1] ?? 1;
  return {
    name: `pad_${dimensions(input)}_by_${amounts}_with_${String(operator.value).replace('-', 'm')}_c`,
    what: `Pads ${dimensions(input)} to ${dimensions(output)} with ${String(operator.value)}`,
    steps: byRows ? (output.shape[1] ?? 1) : 1,
    inputs: [byRows ? { count: 1, first: (step) => step - top } : allRows],
    outputs: [byRows ? everyRow : allRows],
    before: [
      `for (int i = 0; i < ${String(elementsOf(sizes(output)))}; i++) step->out[0][i] = ${String(operator.value)};`,
      ...(byRows ? [`if ((int)step->step < ${String(top)} || step->step >= ${String(top + height)}) return;`] : []),
    ],
    copies: [
      {
        extents: sizes(input),
        source: 'step->in[0]',
        sourceStrides: stridesOf(sizes(input)),
        target: plus('step->out[0]', start),
        targetStrides: strides,
      },
    ],
  };
}

function reshapeOf(model: Model, operator: Operator): Movement {
  const elements = elementsOf(outputOf(model, operator).shape);
  return {
    name: `copy_${String(elements)}_c`,
    what: `Copies ${String(elements)} bytes, where they do not lie in place already`,
    steps: 1,
    inputs: [allRows],
    outputs: [allRows],
    before: ['if (step->in[0] == step->out[0]) return;'],
    copies: [
      { extents: [elements], source: 'step->in[0]', sourceStrides: [1], target: 'step->out[0]', targetStrides: [1] },
    ],
    inPlace: true,
  };
}

function transposeOf(model: Model, operator: Transpose): Movement {
  const [input, output] = [tensorAt(model, operator.inputs[0]), outputOf(model, operator)];
  const inputStrides = stridesOf(input.shape);
  return {
    name: `transpose_${dimensions(input)}_by_${operator.permutation.join('_')}_c`,
    what: `Transposes ${dimensions(input)} to ${dimensions(output)}`,
    steps: 1,
    inputs: [allRows],
    outputs: [allRows],
    before: [],
    copies: [
      {
        extents: output.shape,
        source: 'step->in[0]',
        sourceStrides: operator.permutation.map((axis) => inputStrides[axis] ?? 0),
        target: 'step->out[0]',
        targetStrides: stridesOf(output.shape),
      },
    ],
  };
}

/** How concatenation and split see their parts: along which axes they loop, and where each part starts. */
function partsAlong(
  parts: readonly Tensor[],
  whole: Tensor,
  axis: number,
): {
  readonly byRows: boolean;
  readonly starts: readonly number[];
  readonly axes: readonly number[];
} {
  const starts: number[] = [];
  parts.reduce((start, part) => (starts.push(start), start + (part.shape[axis] ?? 1)), 0);
  const byRows = isImage(whole) && axis > 0;
  return { byRows, starts, axes: byRows ? [2, 3] : whole.shape.map((_, index) => index) };
}

function concatenationOf(model: Model, operator: Concatenation): Movement {
  const output = outputOf(model, operator);
  const parts = operator.inputs.map((id) => tensorAt(model, id));
  const activations = activationInputs(model, operator).length;
  const { byRows, starts, axes } = partsAlong(parts, output, operator.axis);
  const sizes = (tensor: Tensor): number[] => axes.map((axis) => tensor.shape[axis] ?? 1);
  const strides = stridesOf(sizes(output));
  let activation = 0;
  let constantOffset = 0;
  const constants: Int8Array[] = [];
  const copies = parts.map((part, index): Copy & { readonly guard?: string } => {
    const along = starts[index] ?? 0;
    const rowwise = byRows && operator.axis === 1;
    let source = `step->in[${String(activation)}]`;
    if (part.data === null) activation++;
    else {
      const row = byRows
        ? ` + (step->step${rowwise ? ` - ${String(along)}` : ''}) * ${String(elementsOf(sizes(part)))}`
        : '';
      source = `${plus('(const int8_t *)step->constants', constantOffset)}${row}`;
      const data = dataOf(part, Int8Array);
      constants.push(data);
      constantOffset += (data.length + 3) & ~3;
    }
    const start = rowwise ? 0 : along * (strides[axes.indexOf(operator.axis)] ?? 0);
    return {
      extents: sizes(part),
      source: rowwise ? `${rowGuard(along, part.shape[1] ?? 1)} ? ${source} : NULL` : source,
      sourceStrides: stridesOf(sizes(part)),
      target: plus('step->out[0]', start),
      targetStrides: strides,
    };
  });
  return {
    name: `concatenate_${parts.map((part) => `${part.data === null ? '' : 'k'}${dimensions(part)}`).join('_')}_axis${String(operator.axis)}_c`,
    what: `Concatenates ${parts.map(dimensions).join(', ')} along axis ${String(operator.axis)}`,
    steps: byRows ? (output.shape[1] ?? 1) : 1,
    inputs: parts
      .flatMap((part, index) => (part.data === null ? [accessOfPart(byRows, operator.axis, starts[index] ?? 0)] : []))
      .slice(0, activations),
    outputs: [byRows ? everyRow : allRows],
    before: [],
    copies,
    ...(constants.length > 0 ? { constants: () => packConstants(constants) } : {}),
  };
}

const rowGuard = (start: number, rows: number): string =>
  `(int)step->step >= ${String(start)} && step->step < ${String(start + rows)}`;

function accessOfPart(byRows: boolean, axis: number, start: number): RowAccess {
  if (!byRows) return allRows;
  return axis === 1 ? { count: 1, first: (step) => step - start } : everyRow;
}

function splitOf(model: Model, operator: Split): Movement {
  const input = tensorAt(model, operator.inputs[0]);
  const parts = operator.outputs.map((id) => tensorAt(model, id));
  const { byRows, starts, axes } = partsAlong(parts, input, operator.axis);
  const sizes = (tensor: Tensor): number[] => axes.map((axis) => tensor.shape[axis] ?? 1);
  const strides = stridesOf(sizes(input));
  const rowwise = byRows && operator.axis === 1;
  return {
    name: `split_${dimensions(input)}_axis${String(operator.axis)}_to_${parts.map((part) => String(part.shape[operator.axis] ?? 1)).join('_')}_c`,
    what: `Splits ${dimensions(input)} along axis ${String(operator.axis)}`,
    steps: byRows ? (input.shape[1] ?? 1) : 1,
    inputs: [byRows ? everyRow : allRows],
    outputs: parts.map((_, index) => accessOfPart(byRows, operator.axis, starts[index] ?? 0)),
    before: [],
    copies: parts.map((part, index) => ({
      extents: sizes(part),
      source: plus('step->in[0]', rowwise ? 0 : (starts[index] ?? 0) * (strides[axes.indexOf(operator.axis)] ?? 0)),
      sourceStrides: strides,
      target: `step->out[${String(index)}]`,
      targetStrides: stridesOf(sizes(part)),
    })),
  };
}

function stridedSliceOf(model: Model, operator: StridedSlice): Movement {
  const [input, output] = [tensorAt(model, operator.inputs[0]), outputOf(model, operator)];
  const { begin, end, strides } = operator;
  const extents = begin.map((first, axis) => Math.max(0, Math.ceil(((end[axis] ?? 0) - first) / (strides[axis] ?? 1))));
  // The output may have lost axes of one element; row by row only where it has not.
  const byRows = isImage(input) && isImage(output);
  const axes = byRows ? [2, 3] : extents.map((_, axis) => axis);
  const inputStrides = stridesOf(axes.map((axis) => input.shape[axis] ?? 1));
  const sizes = axes.map((axis) => extents[axis] ?? 1);
  const firstRow = begin[1] ?? 0;
  const rowStride = strides[1] ?? 1;
  return {
    name: `slice_${dimensions(input)}_from_${begin.join('_')}_to_${extents.join('_')}_by_${strides.join('_').replaceAll('-', 'm')}${byRows ? '_rows' : ''}_c`,
    what: `Takes ${extents.join('x')} from ${begin.join(', ')} of ${dimensions(input)}, strides ${strides.join(', ')}`,
    steps: byRows ? (extents[1] ?? 1) : 1,
    inputs: [byRows ? { count: 1, first: (step) => firstRow + step * rowStride } : allRows],
    outputs: [byRows ? everyRow : allRows],
    before: [],
    copies: [
      {
        extents: sizes,
        source: plus(
          'step->in[0]',
          offsetOf(
            axes.map((axis) => begin[axis] ?? 0),
            inputStrides,
          ),
        ),
        sourceStrides: axes.map((axis, place) => (strides[axis] ?? 1) * (inputStrides[place] ?? 0)),
        target: 'step->out[0]',
        targetStrides: stridesOf(sizes),
      },
    ],
  };
}

function functionOf({ name, what, before, copies }: Movement): string {
  const blocks = copies.map(({ extents, source, sourceStrides, target, targetStrides }) => {
    const loops = loopsOver(extents, [sourceStrides, targetStrides], ([from, to]) => [
      `out[${String(to)}] = in[${String(from)}];`,
    ]);
    return `  {
    const int8_t *in = ${source};
    int8_t *out = ${target};
    if (in && out)
${loops.replace(/^/gm, '    ')}
  }`;
  });
  return `/* ${what}. */
void ${name}(const model_step *step) {
${before.map((statement) => `  ${statement}\n`).join('')}${blocks.join('\n')}
}
`;
}
