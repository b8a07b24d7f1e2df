/** ONNX operators on real numbers in N, C, H, W, written down naively: what an imported network should come near to. */
import type { Attributes, OnnxFile } from './onnxFile.ts';

export interface Tensor {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

const size = (dims: readonly number[]): number => dims.reduce((product, extent) => product * extent, 1);

/** Evaluates the whole graph in real numbers; QuantizeLinear rounds and saturates. */
export function evaluateOnnx(file: OnnxFile, inputs: Readonly<Record<string, Tensor>>): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>(Object.entries(inputs));
  for (const { name, dims, values } of file.constants) {
    const exact = file.constants.find((constant) => constant.name === name)?.type === 'float';
    tensors.set(name, { dims, values: exact ? values.map(Math.fround) : values });
  }
  const unsigned = new Set(file.constants.filter(({ type }) => type === 'uint8').map(({ name }) => name));
  for (const { opType, input, output, attributes = {} } of file.nodes) {
    const operands = input.map((name) => tensors.get(name));
    const isUnsigned = input[2] === undefined || unsigned.has(input[2]);
    const made = compute(opType, operands as Tensor[], attributes, isUnsigned);
    made.forEach((tensor, place) => tensors.set(output[place] ?? '', tensor));
  }
  return tensors;
}

function compute(type: string, [a, b, c]: readonly Tensor[], attributes: Attributes, isUnsigned: boolean): Tensor[] {
  if (a === undefined) throw new Error(`${type} has no operand`);
  const each = (map: (x: number) => number): Tensor[] => [{ dims: a.dims, values: a.values.map(map) }];
  switch (type) {
    case 'QuantizeLinear': {
      const [scale, zero] = [b?.values[0] ?? 1, c?.values[0] ?? 0];
      const [least, most] = isUnsigned ? [0, 255] : [-128, 127];
      return each((x) => Math.min(most, Math.max(least, Math.round(x / scale) + zero)));
    }
    case 'DequantizeLinear':
      return [dequantize(a, b as Tensor, c, (attributes['axis'] as number | undefined) ?? 1)];
    case 'Relu':
      return each((x) => Math.max(0, x));
    case 'Clip':
      return each((x) => Math.min(c?.values[0] ?? Infinity, Math.max(b?.values[0] ?? -Infinity, x)));
    case 'Sigmoid':
      return each((x) => 1 / (1 + Math.exp(-x)));
    case 'Add':
      return [broadcast(a, b as Tensor, (x, y) => x + y)];
    case 'Mul':
      return [broadcast(a, b as Tensor, (x, y) => x * y)];
    case 'Conv':
      return [conv(a, b as Tensor, c, attributes)];
    case 'MaxPool':
      return [maxPool(a, attributes)];
    case 'GlobalAveragePool': {
      const [n = 1, channels = 1] = a.dims;
      const area = size(a.dims.slice(2));
      const values = Array.from({ length: n * channels }, (_, index) =>
        a.values.slice(index * area, (index + 1) * area).reduce((sum, x) => sum + x / area, 0),
      );
      return [{ dims: [n, channels, 1, 1], values }];
    }
    case 'Flatten':
      return [{ dims: [a.dims[0] ?? 1, size(a.dims.slice(1))], values: a.values }];
    case 'Reshape': {
      const wanted = b?.values ?? [];
      const rest = a.values.length / Math.abs(size(wanted));
      return [{ dims: wanted.map((extent) => (extent === -1 ? rest : extent)), values: a.values }];
    }
    case 'Transpose':
      return [transpose(a, attributes['perm'] as readonly number[])];
    case 'Concat':
      return [concat([a, b as Tensor], attributes['axis'] as number)];
    case 'Gemm':
      return [gemm(a, b as Tensor, c, attributes['transB'] === 1)];
    case 'MatMul':
      return [gemm(a, b as Tensor, undefined, false)];
    default:
      throw new Error(`no reference for ${type}`);
  }
}

function dequantize(x: Tensor, scale: Tensor, zero: Tensor | undefined, axis: number): Tensor {
  const inner = size(x.dims.slice(axis + 1));
  const values = x.values.map((q, index) => {
    const channel = scale.values.length === 1 ? 0 : Math.floor(index / inner) % scale.values.length;
    return (q - (zero?.values[zero.values.length === 1 ? 0 : channel] ?? 0)) * (scale.values[channel] ?? 1);
  });
  return { dims: x.dims, values };
}

const stridesOf = (dims: readonly number[]): number[] => dims.map((_, axis) => size(dims.slice(axis + 1)));

function indexes(dims: readonly number[]): number[][] {
  return Array.from({ length: size(dims) }, (_, flat) =>
    stridesOf(dims).map((stride, axis) => Math.floor(flat / stride) % (dims[axis] ?? 1)),
  );
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

function broadcast(a: Tensor, b: Tensor, combine: (x: number, y: number) => number): Tensor {
  const rank = Math.max(a.dims.length, b.dims.length);
  const extend = (dims: readonly number[]): number[] => [...new Array<number>(rank - dims.length).fill(1), ...dims];
  const [left, right] = [extend(a.dims), extend(b.dims)];
  const dims = left.map((extent, axis) => Math.max(extent, right[axis] ?? 1));
  const steps = (own: readonly number[]): number[] =>
    stridesOf(own).map((stride, axis) => ((own[axis] ?? 1) === 1 ? 0 : stride));
  const [p, q] = [steps(left), steps(right)];
  const values = indexes(dims).map((at) => combine(a.values[dot(at, p)] ?? 0, b.values[dot(at, q)] ?? 0));
  return { dims, values };
}

function geometryOf(attributes: Attributes) {
  const list = (name: string, absent: readonly number[]) =>
    (attributes[name] as readonly number[] | undefined) ?? absent;
  return { strides: list('strides', [1, 1]), pads: list('pads', [0, 0, 0, 0]), dilations: list('dilations', [1, 1]) };
}

function outputExtents(x: Tensor, window: readonly number[], attributes: Attributes): number[] {
  const { strides, pads, dilations } = geometryOf(attributes);
  return [0, 1].map((axis) => {
    const covered = ((window[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
    const padded = (x.dims[axis + 2] ?? 1) + (pads[axis] ?? 0) + (pads[axis + 2] ?? 0);
    return Math.floor((padded - covered) / (strides[axis] ?? 1)) + 1;
  });
}

/** Calls `visit` with each window position's input row and column inside the image, and the tap that it meets. */
function taps(
  x: Tensor,
  window: readonly number[],
  attributes: Attributes,
  [row = 0, column = 0]: readonly number[],
  visit: (y: number, x: number, tapY: number, tapX: number) => void,
): void {
  const { strides, pads, dilations } = geometryOf(attributes);
  for (let tapY = 0; tapY < (window[0] ?? 1); tapY++) {
    for (let tapX = 0; tapX < (window[1] ?? 1); tapX++) {
      const inY = row * (strides[0] ?? 1) - (pads[0] ?? 0) + tapY * (dilations[0] ?? 1);
      const inX = column * (strides[1] ?? 1) - (pads[1] ?? 0) + tapX * (dilations[1] ?? 1);
      if (inY >= 0 && inX >= 0 && inY < (x.dims[2] ?? 1) && inX < (x.dims[3] ?? 1)) visit(inY, inX, tapY, tapX);
    }
  }
}

function conv(x: Tensor, w: Tensor, bias: Tensor | undefined, attributes: Attributes): Tensor {
  const groups = (attributes['group'] as number | undefined) ?? 1;
  const [outputs = 1, perGroup = 1, ...window] = w.dims;
  const dims = [1, outputs, ...outputExtents(x, window, attributes)];
  const [xStrides, wStrides] = [stridesOf(x.dims), stridesOf(w.dims)];
  const values = indexes(dims).map(([, output = 0, ...place]) => {
    let sum = bias?.values[output] ?? 0;
    const firstChannel = Math.floor(output / (outputs / groups)) * perGroup;
    for (let channel = 0; channel < perGroup; channel++) {
      taps(x, window, attributes, place, (inY, inX, tapY, tapX) => {
        const at = dot([0, firstChannel + channel, inY, inX], xStrides);
        sum += (x.values[at] ?? 0) * (w.values[dot([output, channel, tapY, tapX], wStrides)] ?? 0);
      });
    }
    return sum;
  });
  return { dims, values };
}

function maxPool(x: Tensor, attributes: Attributes): Tensor {
  const window = attributes['kernel_shape'] as readonly number[];
  const dims = [1, x.dims[1] ?? 1, ...outputExtents(x, window, attributes)];
  const strides = stridesOf(x.dims);
  const values = indexes(dims).map(([, channel = 0, ...place]) => {
    let largest = -Infinity;
    taps(x, window, attributes, place, (inY, inX) => {
      largest = Math.max(largest, x.values[dot([0, channel, inY, inX], strides)] ?? 0);
    });
    return largest;
  });
  return { dims, values };
}

function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  const dims = permutation.map((axis) => x.dims[axis] ?? 1);
  const strides = permutation.map((axis) => stridesOf(x.dims)[axis] ?? 1);
  return { dims, values: indexes(dims).map((at) => x.values[dot(at, strides)] ?? 0) };
}

function concat(parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  const extents = parts.map((part) => part.dims[axis] ?? 1);
  const dims = (first?.dims ?? []).map((extent, at) =>
    at === axis ? extents.reduce((sum, own) => sum + own, 0) : extent,
  );
  const values = indexes(dims).map((at) => {
    let place = at[axis] ?? 0;
    let part = 0;
    while (place >= (extents[part] ?? Infinity)) place -= extents[part++] ?? 0;
    const own = parts[part] as Tensor;
    const index = at.map((position, other) => (other === axis ? place : position));
    return own.values[dot(index, stridesOf(own.dims))] ?? 0;
  });
  return { dims, values };
}

function gemm(a: Tensor, b: Tensor, bias: Tensor | undefined, transposed: boolean): Tensor {
  const [rows = 1, inner = 1] = a.dims;
  const outputs = b.dims[transposed ? 0 : 1] ?? 1;
  const values = indexes([rows, outputs]).map(([row = 0, output = 0]) => {
    let sum = bias?.values[output] ?? 0;
    for (let k = 0; k < inner; k++) {
      sum += (a.values[row * inner + k] ?? 0) * (b.values[transposed ? output * inner + k : k * outputs + output] ?? 0);
    }
    return sum;
  });
  return { dims: [rows, outputs], values };
}
