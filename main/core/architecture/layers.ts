import type { Architecture, Block } from './architecture.ts';
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
export type LayerRole =
  'stem' | 'expand' | 'depthwise' | 'project' | 'convolution' | 'shortcut' | 'first' | 'second' | 'head' | 'classifier';

/**
 * One trainable layer, in the order of execution. All but the classifier are convolutions with batch norm; `relu6`
 * says whether a ReLU6 follows that. Global average pooling stands between the last convolution and the classifier.
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
  /** Index of the layer whose output it reads; -1 for the network's input. */
  readonly reads: number;
  /** Index of the layer whose output is added to this layer's; null where nothing is. */
  readonly adds: number | null;
  /** Whether a ReLU6 follows that sum. */
  readonly sumRelu6: boolean;
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
  readonly adds?: number | null;
  readonly sumRelu6?: boolean;
}

function convolution(input: ActivationShape, reads: number, spec: Convolution): Layer {
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
    reads,
    adds: spec.adds ?? null,
    sumRelu6: spec.sumRelu6 ?? false,
    macs: output.height * output.width * kernelWeights,
    kernelWeights,
  };
}

const UNIT = { kernel: 1, strideH: 1, strideW: 1 } as const;

/** Puts layers one behind the other. */
class Chain {
  readonly layers: Layer[] = [];
  readonly #input: ActivationShape;

  constructor(input: ActivationShape) {
    this.#input = input;
  }

  /** Index of the last layer; -1 where there is none. */
  get end(): number {
    return this.layers.length - 1;
  }

  shapeAt(index: number): ActivationShape {
    return index < 0 ? this.#input : this.layers[index].output;
  }

  /** @param reads the layer before where absent */
  add(spec: Convolution, reads = this.end): void {
    this.layers.push(convolution(this.shapeAt(reads), reads, spec));
  }
}

function addBlock(chain: Chain, block: Block, index: number): void {
  const from = chain.end;
  const { channels } = chain.shapeAt(from);
  const { kernel, strideH, strideW } = block;
  const place = (role: LayerRole): Pick<Convolution, 'name' | 'role' | 'block'> => ({
    name: `block${index}.${role}`,
    role,
    block: index,
  });
  const window = { kernel, strideH, strideW };
  switch (block.kind) {
    case 'convolution':
      chain.add({ ...window, ...place('convolution'), channels: block.channels, relu6: true });
      return;
    case 'residual': {
      const whole = { channels: block.channels };
      const isIdentity = strideH === 1 && strideW === 1 && block.channels === channels;
      if (!isIdentity) chain.add({ ...UNIT, strideH, strideW, ...place('shortcut'), ...whole, relu6: false });
      const shortcut = chain.end;
      chain.add({ ...window, ...place('first'), ...whole, relu6: true }, from);
      chain.add({
        ...{ kernel, strideH: 1, strideW: 1 },
        ...place('second'),
        ...whole,
        relu6: false,
        adds: shortcut,
        sumRelu6: true,
      });
      return;
    }
    default: {
      const { expandedChannels, residual } = block;
      if (expandedChannels !== channels)
        chain.add({ ...UNIT, ...place('expand'), channels: expandedChannels, relu6: true });
      chain.add({ ...window, ...place('depthwise'), channels: null, relu6: true });
      const adds = residual ? from : null;
      chain.add({ ...UNIT, ...place('project'), channels: block.channels, relu6: false, adds });
    }
  }
}

/**
 * The layers of an architecture with their shapes, in the order of execution; SAME padding everywhere.
 *
 * @throws StudioError `architecture.invalid`
 */
export function layersOf(architecture: Architecture): Layer[] {
  validateArchitecture(architecture);
  const { input, stem, blocks, headChannels, classes } = architecture;
  const chain = new Chain(input);
  chain.add({ ...stem, name: 'stem', role: 'stem', block: null, relu6: true });
  blocks.forEach((block, index) => addBlock(chain, block, index));
  if (headChannels !== null)
    chain.add({ ...UNIT, name: 'head', role: 'head', block: null, channels: headChannels, relu6: true });
  return [...chain.layers, classifierOf(chain, classes)];
}

function classifierOf(chain: Chain, classes: number): Layer {
  const { channels } = chain.shapeAt(chain.end);
  const weights = channels * classes;
  return {
    ...UNIT,
    name: 'classifier',
    role: 'classifier',
    kind: 'dense',
    block: null,
    input: { height: 1, width: 1, channels },
    output: { height: 1, width: 1, channels: classes },
    padding: NO_PADDING,
    relu6: false,
    reads: chain.end,
    adds: null,
    sumRelu6: false,
    macs: weights,
    kernelWeights: weights,
  };
}
