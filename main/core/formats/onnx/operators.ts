/** Each operator of ONNX, in QDQ or QOperator form → operators of the model. */
import { type Import, nonNegative, targetOf } from './common.ts';
import type { Importer, Scaling } from './importer.ts';
import { plainOrder, type Value } from './layout.ts';
import { concat, identity, pad, reshape, slice, split, transpose } from './moving.ts';
import type { OnnxNode } from './onnxNode.ts';
import { globalAveragePool, globalMaxPool, pool, reduceMean } from './pooling.ts';
import { conv, matrixProduct } from './products.ts';
import { resize } from './resize.ts';
import { foldShapes } from './shapes.ts';

const elementwise =
  (kind: 'add' | 'sub' | 'mul'): Import =>
  (importer, node) => {
    const qLinear = node.type.startsWith('QLinear');
    const operands = [importer.value(node, 0), importer.value(node, qLinear ? 3 : 1)];
    const rank = Math.max(...operands.map(({ order }) => order.length));
    const order = operands.find((operand) => operand.order.length === rank)?.order ?? plainOrder(rank);
    const inputs = operands.map((operand) => importer.inOrder(node, ofRank(importer, node, operand, rank), order).id);
    const target = targetOf(importer, node);
    const id = importer.emit(node, { kind, clamp: importer.clampOf(target), inputs, outputs: [] }, target.scaling);
    importer.finish(node, { id, order }, target);
  };

/** NumPy's broadcasting puts axes of one element in front. */
function ofRank(importer: Importer, node: OnnxNode, value: Value, rank: number): Value {
  const missing = rank - value.order.length;
  if (missing === 0) return value;
  return importer.reshapedTo(node, value, [...new Array<number>(missing).fill(1), ...importer.shapeOf(value)]);
}

const PROBABILITY: Scaling = { scale: 1 / 256, zeroPoint: -128 };

const scalar =
  (kind: 'logistic' | 'hard_swish'): Import =>
  (importer, node) => {
    const input = importer.value(node, 0);
    const target = importer.target(node, []) ?? (kind === 'logistic' ? null : node.refuseFloat(node.output()));
    const scaling = kind === 'logistic' || target === null ? PROBABILITY : target.scaling;
    const id = importer.emit(node, { kind, inputs: [input.id], outputs: [] }, scaling);
    importer.finish(node, { id, order: input.order }, target);
  };

const leakyRelu: Import = (importer, node) => {
  const input = importer.value(node, 0);
  const target = importer.target(node, []);
  const operator = {
    kind: 'leaky_relu' as const,
    alpha: Math.fround(node.float('alpha', 0.01)),
    inputs: [input.id],
    outputs: [],
  };
  const id = importer.emit(node, operator, target?.scaling ?? importer.scalingOf(input));
  importer.finish(node, { id, order: input.order }, target);
};

const softmax: Import = (importer, node) => {
  const value = importer.value(node, 0);
  const rank = value.order.length;
  const axis = nonNegative(node.int('axis', -1), rank);
  const others = plainOrder(rank).filter((other) => other !== axis);
  const input = importer.inOrder(node, value, value.order.at(-1) === axis ? value.order : [...others, axis]);
  const id = importer.emit(node, { kind: 'softmax', beta: 1, inputs: [input.id], outputs: [] }, PROBABILITY);
  importer.finish(node, { id, order: input.order }, importer.target(node, []));
};

/** A Relu or Clip that no operator before it has taken in. */
const range: Import = (importer, node) => {
  const input = importer.value(node, 0);
  const { least, most } = importer.rangeOf(node);
  const target = importer.target(node, []);
  const inputs = { inputs: [input.id], outputs: [] };
  if (least === 0 && most === Infinity) {
    const id = importer.emit(node, { kind: 'relu', ...inputs }, target?.scaling ?? importer.scalingOf(input));
    return importer.finish(node, { id, order: input.order }, target);
  }
  if (least !== 0 || most !== 6) node.refuse(`it clips to ${least} … ${most}; only 0 … 6 is possible here`);
  const id = importer.emit(node, { kind: 'relu6', ...inputs }, importer.scalingOf(input));
  importer.finish(node, { id, order: input.order }, target);
};

const quantize: Import = (importer, node) => {
  const constant = importer.constant(node, 0);
  if (constant?.type === 'float') return importer.quantizeConstant(node, constant);
  const value = importer.rescaled(node, importer.value(node, 0), importer.scalingAt(node, 1));
  importer.define(node.output(), value);
};

const IMPORTS: ReadonlyMap<string, Import> = new Map<string, Import>([
  ['QuantizeLinear', quantize],
  ['DequantizeLinear', (importer, node) => importer.dequantize(node)],
  ...['Conv', 'QLinearConv'].map((type): [string, Import] => [type, conv]),
  ...['Gemm', 'MatMul', 'QGemm', 'QLinearMatMul'].map((type): [string, Import] => [type, matrixProduct]),
  ['Add', elementwise('add')],
  ['QLinearAdd', elementwise('add')],
  ['Sub', elementwise('sub')],
  ['Mul', elementwise('mul')],
  ['QLinearMul', elementwise('mul')],
  ['AveragePool', pool('average_pool_2d')],
  ['QLinearAveragePool', pool('average_pool_2d')],
  ['MaxPool', pool('max_pool_2d')],
  ['GlobalMaxPool', globalMaxPool],
  ['GlobalAveragePool', globalAveragePool],
  ['QLinearGlobalAveragePool', globalAveragePool],
  ['ReduceMean', reduceMean],
  ['Relu', range],
  ['Clip', range],
  ['LeakyRelu', leakyRelu],
  ['QLinearLeakyRelu', leakyRelu],
  ['Sigmoid', scalar('logistic')],
  ['QLinearSigmoid', scalar('logistic')],
  ['HardSwish', scalar('hard_swish')],
  ['Softmax', softmax],
  ['QLinearSoftmax', softmax],
  ['Concat', concat],
  ['QLinearConcat', concat],
  ['Split', split],
  ['Slice', slice],
  ['Pad', pad],
  ['Transpose', transpose],
  ...['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'].map((type): [string, Import] => [type, reshape]),
  ['Resize', resize],
  ['Identity', identity],
  ['Dropout', identity],
]);

/** Adds what a node computes to the model. */
export function importNode(importer: Importer, node: OnnxNode): void {
  if (importer.isFused(node) || foldShapes(importer, node)) return;
  const importIt = IMPORTS.get(node.type) ?? node.refuse('MCUNet Studio has no int8 kernel for it');
  importIt(importer, node);
}
