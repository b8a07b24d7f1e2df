/** Windows and means. */
import { ANY, type Import, nonNegative, paddingOf } from './common.ts';
import type { Importer } from './importer.ts';
import { IMAGE_ORDER, plainOrder, type Value } from './layout.ts';
import type { OnnxNode } from './onnxNode.ts';

export const pool =
  (kind: 'average_pool_2d' | 'max_pool_2d'): Import =>
  (importer, node) => {
    const input = importer.inOrder(node, importer.value(node, 0), IMAGE_ORDER);
    const [filterH = 0, filterW = 0] = node.ints('kernel_shape') ?? [];
    if (filterH < 1 || filterW < 1) node.refuse('its window has not two extents');
    const [strideH = 1, strideW = 1] = node.ints('strides') ?? [];
    if ((node.ints('dilations') ?? []).some((dilation) => dilation !== 1)) node.refuse('it is dilated');
    if (node.int('ceil_mode', 0) !== 0) node.refuse('it rounds its output size up (ceil_mode)');
    const padding = paddingOf(importer, node, input, [filterH, filterW], [strideH, strideW], [1, 1]);
    const padded = Object.values(padding).some((amount) => amount > 0);
    if (kind === 'average_pool_2d' && padded && node.int('count_include_pad', 0) !== 0) {
      node.refuse('it averages over its padding');
    }
    const operator = { kind, filterH, filterW, strideH, strideW, padding, clamp: ANY, inputs: [input.id], outputs: [] };
    const id = importer.emit(node, operator, importer.scalingOf(input));
    importer.finish(node, { id, order: IMAGE_ORDER }, importer.target(node, []));
  };

export const globalMaxPool: Import = (importer, node) => {
  const input = importer.inOrder(node, importer.value(node, 0), IMAGE_ORDER);
  const [, , filterH = 1, filterW = 1] = importer.shapeOf(input);
  const padding = { top: 0, bottom: 0, left: 0, right: 0 };
  const window = { filterH, filterW, strideH: 1, strideW: 1, padding, clamp: ANY };
  const operator = { kind: 'max_pool_2d' as const, ...window, inputs: [input.id], outputs: [] };
  const id = importer.emit(node, operator, importer.scalingOf(input));
  importer.finish(node, { id, order: IMAGE_ORDER }, importer.target(node, []));
};

export const globalAveragePool: Import = (importer, node) => meanOver(importer, node, [2, 3], true);

export const reduceMean: Import = (importer, node) => {
  const rank = importer.value(node, 0).order.length;
  const axes = node.ints('axes') ?? importer.settings(node, 1, 'axes') ?? plainOrder(rank);
  meanOver(
    importer,
    node,
    axes.map((axis) => nonNegative(axis, rank)),
    node.int('keepdims', 1) !== 0,
  );
};

function meanOver(importer: Importer, node: OnnxNode, axes: readonly number[], keepDims: boolean): void {
  const input = importer.value(node, 0);
  const target = importer.target(node, []) ?? null;
  const scaling = target?.scaling ?? importer.scalingOf(input);
  const stored = axes.map((axis) => input.order.indexOf(axis)).sort((a, b) => a - b);
  const operator = { kind: 'mean' as const, axes: stored, keepDims: true, inputs: [input.id], outputs: [] };
  const kept: Value = { id: importer.emit(node, operator, scaling), order: input.order };
  const shape = importer.shapeOf(kept).filter((_, axis) => keepDims || !axes.includes(axis));
  importer.finish(node, keepDims ? kept : importer.reshapedTo(node, kept, shape), target);
}
