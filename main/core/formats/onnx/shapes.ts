/** The arithmetic of shapes that exporters leave in a graph: since all shapes are known, its results are constants. */
import type { Importer } from './importer.ts';
import type { OnnxConstant, OnnxNode } from './onnxNode.ts';
import { decodeConstant } from './onnxNode.ts';

/** No shape has more; what is longer is data, which is computed with, not folded. */
const MOST_VALUES = 64;

/** Evaluates a node whose result is a constant. False where it is a computation on values. */
export function foldShapes(importer: Importer, node: OnnxNode): boolean {
  if (node.type === 'Constant') {
    const tensor = node.tensor('value');
    const constant = tensor === null ? scalarConstant(node) : decodeConstant(tensor, 'constant');
    importer.defineConstant(node.output(), constant);
    return true;
  }
  if (node.type === 'Shape') {
    const shape = importer.shapeOf(importer.value(node, 0));
    importer.defineConstant(node.output(), { dims: [shape.length], type: 'int64', values: shape });
    return true;
  }
  const first = importer.constant(node, 0);
  if (first === null || first.values.length > MOST_VALUES) return false;
  const result = fold(importer, node, first);
  if (result === null || result.values.length > MOST_VALUES) return false;
  importer.defineConstant(node.output(), result);
  return true;
}

function scalarConstant(node: OnnxNode): OnnxConstant {
  if (node.has('value_int')) return { dims: [], type: 'int64', values: [node.int('value_int', 0)] };
  if (node.has('value_float')) return { dims: [], type: 'float', values: [node.float('value_float', 0)] };
  const ints = node.ints('value_ints');
  if (ints !== null && ints.length > 0) return { dims: [ints.length], type: 'int64', values: ints };
  return node.refuse('it has no tensor, number or list of whole numbers as its value');
}

function fold(importer: Importer, node: OnnxNode, first: OnnxConstant): OnnxConstant | null {
  const list = (values: readonly number[]): OnnxConstant => ({ ...first, dims: [values.length], values });
  const others = node.inputs.slice(1).map((_, index) => importer.constant(node, index + 1));
  const second = others[0] ?? null;
  switch (node.type) {
    case 'Identity':
      return first;
    case 'Cast':
      return first.type === 'float' ? null : first;
    case 'Unsqueeze':
      return list(first.values);
    case 'Squeeze':
      return first.values.length === 1 ? { ...first, dims: [] } : list(first.values);
    case 'Concat':
      return others.includes(null) ? null : list([first, ...others].flatMap((constant) => constant?.values ?? []));
    case 'Gather':
      if (second === null || first.dims.length !== 1) return null;
      return {
        ...first,
        dims: second.dims,
        values: second.values.map((index) => first.values.at(index) ?? 0),
      };
    case 'Slice': {
      const [start = 0, end = 0] = [second?.values[0], others[1]?.values[0]];
      return second === null || first.dims.length !== 1 ? null : list(first.values.slice(start, end));
    }
    case 'Mul':
      return arithmetic(first, second, (a, b) => a * b);
    case 'Add':
      return arithmetic(first, second, (a, b) => a + b);
    case 'Div':
      return arithmetic(first, second, (a, b) => Math.trunc(a / b));
    default:
      return null;
  }
}

/** On whole numbers only: a product of two float constants is left to whoever can quantize it. */
function arithmetic(
  first: OnnxConstant,
  second: OnnxConstant | null,
  combine: (a: number, b: number) => number,
): OnnxConstant | null {
  if (second === null || first.type !== 'int64') return null;
  const length = Math.max(first.values.length, second.values.length);
  const at = ({ values }: OnnxConstant, index: number): number => values[values.length === 1 ? 0 : index] ?? 0;
  const values = Array.from({ length }, (_, index) => combine(at(first, index), at(second, index)));
  return { ...first, dims: first.dims.length >= second.dims.length ? first.dims : second.dims, values };
}
