/** ONNX's Resize → RESIZE_NEAREST_NEIGHBOR or RESIZE_BILINEAR, where one of them takes the same inputs. */
import { bilinearTaps, nearestTaps, roundHalfAwayFromZero } from '../../graph/index.ts';
import type { Importer } from './importer.ts';
import { IMAGE_ORDER } from './layout.ts';
import type { OnnxNode } from './onnxNode.ts';

/** A larger image is taken for a damaged file. */
const MOST_PIXELS = 2 ** 24;

const CENTRINGS = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
  { alignCorners: true, halfPixelCenters: false },
] as const;

export function resize(importer: Importer, node: OnnxNode): void {
  const input = importer.inOrder(node, importer.value(node, 0), IMAGE_ORDER);
  const from = importer.shapeOf(input);
  const [batch = 1, channels = 1, height = 1, width = 1] = newSizes(importer, node, from);
  if (batch !== from[0] || channels !== from[1]) node.refuse('it resizes more than height and width');
  if (!(height >= 1 && width >= 1 && height * width <= MOST_PIXELS)) node.refuse(`it makes ${height}×${width} pixels`);
  const mode = node.text('mode', 'nearest');
  if (mode !== 'nearest' && mode !== 'linear') node.refuse(`its mode is ${mode}`);
  const axes = [
    [from[2] ?? 1, height],
    [from[3] ?? 1, width],
  ] as const;
  const centring = CENTRINGS.find((candidate) =>
    axes.every(([before, after]) => {
      const wanted = Array.from({ length: after }, (_, position) => positionOf(node, position, before, after));
      return mode === 'nearest'
        ? sameRows(nearestTaps(before, after, candidate), wanted, nearestOf(node), before)
        : nearlySame(bilinearTaps(before, after, candidate), wanted, before);
    }),
  );
  if (centring === undefined) {
    node.refuse(
      `it places its pixels by ${node.text('coordinate_transformation_mode', 'half_pixel')}, which has no match`,
    );
  }
  const kind = mode === 'nearest' ? 'resize_nearest_neighbor' : 'resize_bilinear';
  const operator = { kind, ...centring, inputs: [input.id], outputs: [] } as const;
  const id = importer.emit(node, operator, importer.scalingOf(input), [batch, height, width, channels]);
  importer.finish(node, { id, order: IMAGE_ORDER }, importer.target(node, []));
}

function newSizes(importer: Importer, node: OnnxNode, from: readonly number[]): number[] {
  const sizes = importer.settings(node, 3, 'sizes');
  if (sizes !== null && sizes.length === from.length) return [...sizes];
  const scales = importer.settings(node, 2, 'scales');
  if (scales === null || scales.length !== from.length)
    return node.refuse('it has neither sizes nor scales for each axis');
  return from.map((extent, axis) => Math.floor(extent * (scales[axis] ?? 1)));
}

/** The real input position of an output position. */
function positionOf(node: OnnxNode, position: number, before: number, after: number): number {
  const mode = node.text('coordinate_transformation_mode', 'half_pixel');
  switch (mode) {
    case 'asymmetric':
      return (position * before) / after;
    case 'align_corners':
      return after === 1 ? 0 : (position * (before - 1)) / (after - 1);
    case 'half_pixel':
      return ((position + 0.5) * before) / after - 0.5;
    case 'pytorch_half_pixel':
      return after === 1 ? 0 : ((position + 0.5) * before) / after - 0.5;
    default:
      return node.refuse(`it places its pixels by ${mode}`);
  }
}

function nearestOf(node: OnnxNode): (real: number) => number {
  const mode = node.text('nearest_mode', 'round_prefer_floor');
  switch (mode) {
    case 'floor':
      return Math.floor;
    case 'ceil':
      return Math.ceil;
    case 'round_prefer_ceil':
      return roundHalfAwayFromZero;
    case 'round_prefer_floor':
      return (real) => Math.ceil(real - 0.5);
    default:
      return node.refuse(`it rounds by ${mode}`);
  }
}

function sameRows(
  taps: readonly number[],
  wanted: readonly number[],
  nearest: (real: number) => number,
  before: number,
): boolean {
  return taps.every((row, position) => row === Math.min(Math.max(nearest(wanted[position] ?? 0), 0), before - 1));
}

/** Interpolated positions agree to the 10 bits of TensorFlow Lite's weights and what rounding its step adds up to. */
function nearlySame(
  taps: readonly { readonly lower: number; readonly fraction: number; readonly upper: number }[],
  wanted: readonly number[],
  before: number,
): boolean {
  return taps.every(({ lower, fraction, upper }, position) => {
    const place = lower === upper ? lower : lower + fraction / 1024;
    const real = Math.min(Math.max(wanted[position] ?? 0, 0), before - 1);
    return Math.abs(place - real) < 1 / 64;
  });
}
