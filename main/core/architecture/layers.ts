import type { Architecture } from './architecture.ts';
import { validateArchitecture } from './validate.ts';

/** Height × width × channels of an activation, NHWC with N left out. */
export interface ActivationShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Rows and columns of zeros put around an input. */
export interface Padding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** What a layer is there for. */
export type LayerRole = 'stem' | 'expand' | 'depthwise' | 'project' | 'head' | 'classifier';

/**
 * One trainable layer, in the order of execution. All but the classifier are convolutions with batch norm; `relu6`
 * says whether a ReLU6 follows it. Global average pooling stands between the last convolution and the classifier.
 */
export interface Layer {
  /** Unique in its architecture and stable: `stem`, `block3.expand`, `head`, `classifier`. */
  readonly name: string;
  readonly role: LayerRole;
  readonly kind: 'conv2d' | 'depthwise_conv2d' | 'dense';
  /** Index of the block that it belongs to; null for stem, head and classifier. */
  readonly block: number | null;
  readonly input: ActivationShape;
  readonly output: ActivationShape;
  readonly kernel: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly padding: Padding;
  readonly relu6: boolean;
  /** Index of the layer whose input is added to this layer's output; null where there is no residual. */
  readonly residualFrom: number | null;
  /** Multiplications of one inference. */
  readonly macs: number;
  /** Weights of its kernel, without bias and batch norm. */
  readonly kernelWeights: number;
}

/** TensorFlow's SAME padding along one axis: the output has ⌈size / stride⌉ elements, the odd zero goes last. */
export function samePadding(
  size: number,
  kernel: number,
  stride: number,
): { output: number; before: number; after: number } {
  const output = Math.ceil(size / stride);
  const total = Math.max((output - 1) * stride + kernel - size, 0);
  return { output, before: total >> 1, after: total - (total >> 1) };
}

const NO_PADDING: Padding = { top: 0, bottom: 0, left: 0, right: 0 };

interface Convolution {
  readonly name: string;
  readonly role: LayerRole;
  readonly block: number | null;
  readonly kernel: number;
  readonly strideH: number;
  readonly strideW: number;
  /** Output channels; null for depthwise, which keeps its input's. */
  readonly channels: number | null;
  readonly relu6: boolean;
  readonly residualFrom?: number | null;
}

function convolution(input: ActivationShape, spec: Convolution): Layer {
  const rows = samePadding(input.height, spec.kernel, spec.strideH);
  const columns = samePadding(input.width, spec.kernel, spec.strideW);
  const output = { height: rows.output, width: columns.output, channels: spec.channels ?? input.channels };
  const window = spec.kernel * spec.kernel;
  const kernelWeights = window * output.channels * (spec.channels === null ? 1 : input.channels);
  return {
    name: spec.name,
    role: spec.role,
    kind: spec.channels === null ? 'depthwise_conv2d' : 'conv2d',
    block: spec.block,
    input,
    output,
    kernel: spec.kernel,
    strideH: spec.strideH,
    strideW: spec.strideW,
    padding: { top: rows.before, bottom: rows.after, left: columns.before, right: columns.after },
    relu6: spec.relu6,
    residualFrom: spec.residualFrom ?? null,
    macs: output.height * output.width * kernelWeights,
    kernelWeights,
  };
}

/**
 * The layers of an architecture with their shapes, in the order of execution; SAME padding everywhere.
 *
 * @throws StudioError `architecture.invalid`
 */
export function layersOf(architecture: Architecture): Layer[] {
  validateArchitecture(architecture);
  const layers: Layer[] = [];
  let shape: ActivationShape = architecture.input;
  const add = (spec: Convolution): void => {
    const layer = convolution(shape, spec);
    layers.push(layer);
    shape = layer.output;
  };
  const unit = { kernel: 1, strideH: 1, strideW: 1 };

  add({ ...architecture.stem, name: 'stem', role: 'stem', block: null, relu6: true });
  architecture.blocks.forEach((block, index) => {
    const first = layers.length;
    const place = (role: LayerRole): Pick<Convolution, 'name' | 'role' | 'block'> => ({
      name: `block${index}.${role}`,
      role,
      block: index,
    });
    if (block.expandedChannels !== shape.channels)
      add({ ...unit, ...place('expand'), channels: block.expandedChannels, relu6: true });
    add({
      ...place('depthwise'),
      kernel: block.kernel,
      strideH: block.strideH,
      strideW: block.strideW,
      channels: null,
      relu6: true,
    });
    add({
      ...unit,
      ...place('project'),
      channels: block.channels,
      relu6: false,
      residualFrom: block.residual ? first : null,
    });
  });
  if (architecture.headChannels !== null)
    add({ ...unit, name: 'head', role: 'head', block: null, channels: architecture.headChannels, relu6: true });

  const classifierWeights = shape.channels * architecture.classes;
  layers.push({
    ...unit,
    name: 'classifier',
    role: 'classifier',
    kind: 'dense',
    block: null,
    input: { height: 1, width: 1, channels: shape.channels },
    output: { height: 1, width: 1, channels: architecture.classes },
    padding: NO_PADDING,
    relu6: false,
    residualFrom: null,
    macs: classifierWeights,
    kernelWeights: classifierWeights,
  });
  return layers;
}

/** What an architecture costs before anything is planned for a board. */
export interface ArchitectureCost {
  /** Multiply-accumulates of one inference. */
  readonly macs: number;
  /** Kernel weights and classifier biases, one batch-norm scale and shift for each channel. */
  readonly parameters: number;
  /** Int8 kernels and int32 biases of the quantized model. */
  readonly modelBytes: number;
}

/** @throws StudioError `architecture.invalid` */
export function architectureCost(architecture: Architecture): ArchitectureCost {
  let macs = 0;
  let parameters = 0;
  let modelBytes = 0;
  for (const layer of layersOf(architecture)) {
    macs += layer.macs;
    parameters += layer.kernelWeights + layer.output.channels * (layer.kind === 'dense' ? 1 : 2);
    modelBytes += layer.kernelWeights + 4 * layer.output.channels;
  }
  return { macs, parameters, modelBytes };
}
