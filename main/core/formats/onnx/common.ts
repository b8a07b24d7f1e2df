/** What the imports of single operators share. */
import type { SpatialPadding } from '../../graph/index.ts';
import type { Importer, Target } from './importer.ts';
import type { Value } from './layout.ts';
import type { OnnxNode } from './onnxNode.ts';

/** Adds what one kind of node computes to the model. */
export type Import = (importer: Importer, node: OnnxNode) => void;

/** A clamp that clamps nothing. */
export const ANY = { min: -128, max: 127 };

/** The quantization of a result: its target's, or an error where it is left in float. */
export function targetOf(importer: Importer, node: OnnxNode): Target {
  return importer.target(node) ?? node.refuseFloat(node.output());
}

export const nonNegative = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Padding in numbers, for images in N, H, W, C. */
export function paddingOf(
  importer: Importer,
  node: OnnxNode,
  input: Value,
  window: readonly [number, number],
  strides: readonly [number, number],
  dilations: readonly [number, number],
): SpatialPadding {
  const scheme = node.text('auto_pad', 'NOTSET');
  if (scheme === 'NOTSET') {
    const [top = 0, left = 0, bottom = 0, right = 0] = node.ints('pads') ?? [];
    return { top, bottom, left, right };
  }
  if (scheme === 'VALID') return { top: 0, bottom: 0, left: 0, right: 0 };
  if (scheme !== 'SAME_UPPER' && scheme !== 'SAME_LOWER') node.refuse(`its padding is ${scheme}`);
  const along = (axis: 0 | 1): [number, number] => {
    const extent = importer.shapeOf(input)[axis + 2] ?? 1;
    const covered = (Math.ceil(extent / strides[axis]) - 1) * strides[axis] + (window[axis] - 1) * dilations[axis] + 1;
    const total = Math.max(0, covered - extent);
    const less = Math.floor(total / 2);
    return scheme === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
  };
  const [[top, bottom], [left, right]] = [along(0), along(1)];
  return { top, bottom, left, right };
}
