/** Operators that only move elements. */
import { elementsOf } from '../../graph/index.ts';
import { type Import, nonNegative } from './common.ts';
import type { Importer, Scaling } from './importer.ts';
import { plainOrder, storedShape } from './layout.ts';
import type { OnnxNode } from './onnxNode.ts';

export const concat: Import = (importer, node) => {
  const qLinear = node.type === 'QLinearConcat';
  const positions = node.inputs.map((_, position) => position).filter((position) => !qLinear || position % 3 === 2);
  const operands = positions.map((position) => importer.value(node, position));
  const [first] = operands;
  if (first === undefined) return node.refuse('it has no inputs');
  const target = importer.target(node, []);
  const scaling = target?.scaling ?? importer.scalingOf(first);
  const axis = first.order.indexOf(nonNegative(node.int('axis', 0), first.order.length));
  const inputs = operands.map(
    (operand) => importer.rescaled(node, importer.inOrder(node, operand, first.order), scaling).id,
  );
  const id = importer.emit(node, { kind: 'concatenation', axis, inputs, outputs: [] }, scaling);
  importer.finish(node, { id, order: first.order }, target);
};

export const split: Import = (importer, node) => {
  const input = importer.value(node, 0);
  const axis = nonNegative(node.int('axis', 0), input.order.length);
  const shape = importer.shapeOf(input);
  const extent = shape[axis] ?? node.refuse(`its axis ${axis} does not exist`);
  const equal = Math.ceil(extent / Math.max(1, node.outputs.length));
  const sizes =
    node.ints('split') ??
    importer.settings(node, 1, 'sizes') ??
    node.outputs.map((_, place) => Math.min(equal, extent - equal * place));
  const { scale, zeroPoint } = importer.scalingOf(input);
  const made = node.outputs.map((name, place) => {
    const part = storedShape(
      shape.map((whole, at) => (at === axis ? (sizes[place] ?? 0) : whole)),
      input.order,
    );
    return importer.builder.activation(part, scale, zeroPoint, name);
  });
  importer.builder.add({ kind: 'split', axis: input.order.indexOf(axis), inputs: [input.id], outputs: made });
  node.outputs.forEach((name, place) => importer.define(name, { id: made[place] ?? -1, order: input.order }));
};

export const slice: Import = (importer, node) => {
  const input = importer.value(node, 0);
  const shape = importer.shapeOf(input);
  const rank = shape.length;
  const starts = node.ints('starts') ?? importer.settings(node, 1, 'starts') ?? [];
  const ends = node.ints('ends') ?? importer.settings(node, 2, 'ends') ?? [];
  const axes = node.ints('axes') ?? importer.settings(node, 3, 'axes') ?? plainOrder(starts.length);
  const steps = importer.settings(node, 4, 'steps') ?? starts.map(() => 1);
  const begin = shape.map(() => 0);
  const end = [...shape];
  const strides = shape.map(() => 1);
  axes.forEach((named, index) => {
    const axis = nonNegative(named, rank);
    const extent = shape[axis] ?? node.refuse(`its axis ${named} does not exist`);
    const step = steps[index] ?? 1;
    const [least, most] = step > 0 ? [0, extent] : [-1, extent - 1];
    const within = (position: number): number =>
      Math.min(Math.max(position < 0 ? position + extent : position, least), most);
    strides[axis] = step;
    begin[axis] = within(starts[index] ?? 0);
    end[axis] = within(ends[index] ?? 0);
  });
  const stored = (list: readonly number[]): number[] => input.order.map((axis) => list[axis] ?? 0);
  const parameters = { begin: stored(begin), end: stored(end), strides: stored(strides) };
  const operator = { kind: 'strided_slice' as const, ...parameters, inputs: [input.id], outputs: [] };
  const id = importer.emit(node, operator, importer.scalingOf(input));
  importer.finish(node, { id, order: input.order }, importer.target(node, []));
};

export const pad: Import = (importer, node) => {
  const input = importer.value(node, 0);
  const rank = input.order.length;
  if (node.text('mode', 'constant') !== 'constant') node.refuse(`its mode is ${node.text('mode', '')}`);
  const pads = node.ints('pads') ?? importer.settings(node, 1, 'amounts') ?? [];
  const scaling = importer.scalingOf(input);
  const axes = importer.settings(node, 3, 'axes') ?? plainOrder(rank);
  if (pads.length !== 2 * axes.length) node.refuse(`it has ${pads.length} amounts for ${axes.length} axes`);
  const places = axes.map((axis) => nonNegative(axis, rank));
  const amounts = input.order.map((axis): [number, number] => {
    const place = places.indexOf(axis);
    return place < 0 ? [0, 0] : [pads[place] ?? 0, pads[place + axes.length] ?? 0];
  });
  const bounded = Math.max(-128, Math.min(127, paddingValue(importer, node, scaling)));
  const id = importer.emit(node, { kind: 'pad', amounts, value: bounded, inputs: [input.id], outputs: [] }, scaling);
  importer.finish(node, { id, order: input.order }, importer.target(node, []));
};

/** What is padded with, in int8. In QOperator format it is given as the tensor is: quantized. */
function paddingValue(importer: Importer, node: OnnxNode, { scale, zeroPoint }: Scaling): number {
  const real = importer.quantizedConstant(node, 2);
  if (real !== null) {
    const value = ((real.values[0] ?? 0) - (real.zeroPoints[0] ?? 0)) * (real.scales[0] ?? 1);
    return Math.round(value / scale) + zeroPoint;
  }
  const given = importer.constant(node, 2);
  if (importer.isStoredQuantized(node, 0)) {
    if (given?.type === 'uint8') return (given.values[0] ?? 0) - 128;
    if (given?.type === 'int8') return given.values[0] ?? 0;
    return node.refuse('it pads a quantized tensor and does not say with which quantized value');
  }
  const value = importer.settings(node, 2, 'value')?.[0] ?? node.float('value', 0);
  return Math.round(value / scale) + zeroPoint;
}

/** Transposing only renames axes; the bytes move when someone needs them in another order. */
export const transpose: Import = (importer, node) => {
  const input = importer.value(node, 0);
  const permutation = node.ints('perm') ?? plainOrder(input.order.length).reverse();
  const order = input.order.map((axis) => permutation.indexOf(axis));
  if (order.includes(-1)) node.refuse('its axes are no permutation');
  importer.finish(node, { id: input.id, order }, importer.target(node, []));
};

/** Reshape, Flatten, Squeeze, Unsqueeze: the same elements in ONNX's order, under another shape. */
export const reshape: Import = (importer, node) => {
  const input = importer.value(node, 0);
  const shape = newShape(importer, node, importer.shapeOf(input));
  importer.finish(node, importer.reshapedTo(node, input, shape), importer.target(node, []));
};

function newShape(importer: Importer, node: OnnxNode, shape: readonly number[]): number[] {
  const axesOf = (rank: number): number[] | null => {
    const axes = node.ints('axes') ?? importer.settings(node, 1, 'axes');
    return axes === null ? null : axes.map((axis) => nonNegative(axis, rank));
  };
  switch (node.type) {
    case 'Flatten': {
      const axis = nonNegative(node.int('axis', 1), shape.length);
      return [elementsOf(shape.slice(0, axis)), elementsOf(shape.slice(axis))];
    }
    case 'Squeeze': {
      const axes = axesOf(shape.length);
      return shape.filter((extent, axis) => (axes === null ? extent !== 1 : !axes.includes(axis)));
    }
    case 'Unsqueeze': {
      const given = node.ints('axes') ?? importer.settings(node, 1, 'axes') ?? [];
      const axes = given.map((axis) => nonNegative(axis, shape.length + given.length));
      const rest = [...shape];
      return Array.from({ length: shape.length + given.length }, (_, axis) =>
        axes.includes(axis) ? 1 : (rest.shift() ?? 1),
      );
    }
    default: {
      const wanted = importer.settings(node, 1, 'sizes') ?? node.ints('shape') ?? [];
      const sizes = wanted.map((size, axis) => (size === 0 ? (shape[axis] ?? 1) : size));
      const rest = elementsOf(shape) / Math.abs(elementsOf(sizes));
      return sizes.map((size) => (size === -1 ? rest : size));
    }
  }
}

export const identity: Import = (importer, node) =>
  importer.finish(node, importer.value(node, 0), importer.target(node, []));
