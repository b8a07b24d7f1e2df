import type { Architecture, Layer } from '../../architecture/index.ts';
import { weightLayout, type LayerWeights, type WeightLayout } from '../network.ts';

/** Numbers that go through a vector register together; channel counts are rounded up to it in memory. */
const LANES = 4;

export const padToLanes = (count: number): number => Math.ceil(count / LANES) * LANES;

/**
 * A kernel, rows × columns as the network's weight vector has it, and its place in padded memory. Rows stand in groups
 * of equal size, each padded: one for each place of the window where the input's channels are padded, else one in all.
 */
export interface KernelPlace {
  readonly rows: number;
  readonly groups: number;
  readonly columns: number;
  readonly paddedRows: number;
  readonly paddedColumns: number;
  /** Offset in numbers from the start of the padded vector. */
  readonly at: number;
}

/** One layer as the kernels run it. */
export interface PlannedLayer {
  readonly index: number;
  readonly layer: Layer;
  readonly weights: LayerWeights;
  readonly inputChannels: number;
  readonly channels: number;
  readonly pixels: number;
  readonly kernel: KernelPlace;
  /** Offsets of gamma and beta, or of the classifier's bias (`beta`), in the padded vector. */
  readonly gamma: number;
  readonly beta: number;
  /** Offsets of mean and variance in the padded running statistics. */
  readonly mean: number;
  readonly variance: number;
  /**
   * Whether its output is written out after batch norm. Otherwise the next layer applies batch norm and ReLU6 as it
   * loads. Outputs that are read twice need it written, and so do those without ReLU6 and those that windows are
   * gathered from.
   */
  readonly materialized: boolean;
  /** Whether it is a convolution, not the stem, whose windows are gathered band by band. */
  readonly windowed: boolean;
}

/** How an architecture's weights and activations lie in the kernels' memory: kernels first, then all the rest. */
export interface WasmPlan {
  readonly layout: WeightLayout;
  readonly layers: readonly PlannedLayer[];
  /** Numbers of the kernels, at the front of the padded vector. */
  readonly kernelNumbers: number;
  readonly trainableNumbers: number;
  readonly statisticsNumbers: number;
}

/**
 * @param allMaterialized whether every layer's output is written out
 * @throws StudioError `architecture.invalid`
 */
export function planFor(architecture: Architecture, allMaterialized = false): WasmPlan {
  const layout = weightLayout(architecture);
  const writtenOut = writtenOutputs(layout.layers.map(({ layer }) => layer));
  let top = 0;
  const take = (count: number): number => (top += count) - count;

  const kernels = layout.layers.map(({ layer, kernel }): KernelPlace => {
    const columns = layer.output.channels;
    const rows = kernel.length / columns;
    const groups = isWindowed(layer) ? layer.kernel ** 2 : 1;
    const paddedColumns = padToLanes(columns);
    const paddedRows = layer.kind === 'depthwise_conv2d' ? rows : groups * padToLanes(rows / groups);
    return { rows, groups, columns, paddedRows, paddedColumns, at: take(paddedRows * paddedColumns) };
  });
  const kernelNumbers = top;
  const channelsOf = kernels.map((kernel) => kernel.paddedColumns);
  const scales = channelsOf.map((channels) => ({ gamma: take(channels), beta: take(channels) }));
  const trainableNumbers = top;
  top = 0;
  const running = channelsOf.map((channels) => ({ mean: take(channels), variance: take(channels) }));

  const layers = layout.layers.map((weights, index): PlannedLayer => {
    const { layer } = weights;
    return {
      index,
      layer,
      weights,
      inputChannels: padToLanes(layer.input.channels),
      channels: channelsOf[index],
      pixels: layer.output.height * layer.output.width,
      kernel: kernels[index],
      ...scales[index],
      ...running[index],
      materialized: layer.kind !== 'dense' && (allMaterialized || !layer.relu6 || writtenOut.has(index)),
      windowed: isWindowed(layer),
    };
  });
  return { layout, layers, kernelNumbers, trainableNumbers, statisticsNumbers: top };
}

const isWindowed = ({ kind, role, kernel, strideH, strideW }: Layer): boolean =>
  kind === 'conv2d' && role !== 'stem' && (kernel > 1 || strideH > 1 || strideW > 1);

/** Layers whose output several layers use, or windows are gathered from. */
function writtenOutputs(layers: readonly Layer[]): Set<number> {
  const written = new Set<number>();
  const used = new Set<number>();
  for (const layer of layers) {
    if (isWindowed(layer)) written.add(layer.reads);
    for (const source of layer.adds === null ? [layer.reads] : [layer.reads, layer.adds]) {
      if (used.has(source)) written.add(source);
      used.add(source);
    }
  }
  return written;
}

/**
 * About how many bytes the kernels need to train with batches of this size: activations, three buffers of their
 * gradients, the stem's windows, weights with gradients and momentum.
 *
 * @throws StudioError `architecture.invalid`
 */
export function trainingBytes(architecture: Architecture, batch: number): number {
  const { layers, trainableNumbers } = planFor(architecture);
  const sizes = layers.map(({ pixels, channels }) => pixels * channels);
  const kept = layers.reduce((sum, { materialized }, i) => sum + sizes[i] * (materialized ? 2 : 1), 0);
  const windows = layers[0].pixels * layers[0].kernel.paddedRows;
  const { height, width, channels } = architecture.input;
  return 4 * (batch * (kept + 3 * Math.max(...sizes) + windows + height * width * channels) + 3 * trainableNumbers);
}
