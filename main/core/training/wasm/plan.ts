import type { Architecture, Layer } from '../../architecture/index.ts';
import { weightLayout, type LayerWeights, type WeightLayout } from '../network.ts';

/** Numbers that go through a vector register together; channel counts are rounded up to it in memory. */
const LANES = 4;

export const padToLanes = (count: number): number => Math.ceil(count / LANES) * LANES;

/** A kernel, rows × columns as the network's weight vector has it, and its place in padded memory. */
export interface KernelPlace {
  readonly rows: number;
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
   * loads. Residuals need it written, and so do outputs without ReLU6.
   */
  readonly materialized: boolean;
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
  const residualSources = new Set(
    layout.layers.flatMap(({ layer }) => (layer.residualFrom === null ? [] : [layer.residualFrom - 1])),
  );
  let top = 0;
  const take = (count: number): number => (top += count) - count;

  const kernels = layout.layers.map(({ layer, kernel }): KernelPlace => {
    const columns = layer.output.channels;
    const rows = kernel.length / columns;
    const paddedColumns = padToLanes(columns);
    const paddedRows = layer.kind === 'depthwise_conv2d' ? rows : padToLanes(rows);
    return { rows, columns, paddedRows, paddedColumns, at: take(paddedRows * paddedColumns) };
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
      materialized: layer.kind !== 'dense' && (allMaterialized || !layer.relu6 || residualSources.has(index)),
    };
  });
  return { layout, layers, kernelNumbers, trainableNumbers, statisticsNumbers: top };
}

/** Copies between a kernel's rows in the network's vector and its padded place. */
export function copyKernel(
  kernel: KernelPlace,
  plain: Float32Array,
  plainAt: number,
  padded: Float32Array,
  direction: 'pad' | 'unpad',
): void {
  const { rows, columns, paddedColumns, at } = kernel;
  if (columns === paddedColumns) {
    if (direction === 'pad') padded.set(plain.subarray(plainAt, plainAt + rows * columns), at);
    else plain.set(padded.subarray(at, at + rows * columns), plainAt);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const from = plainAt + row * columns;
    const to = at + row * paddedColumns;
    if (direction === 'pad') padded.set(plain.subarray(from, from + columns), to);
    else plain.set(padded.subarray(to, to + columns), from);
  }
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
