import type { Architecture, Block } from './architecture.ts';
import { validateArchitecture } from './validate.ts';

/** What an architecture costs before anything is planned for a board. */
export interface ArchitectureCost {
  /** Multiply-accumulates of one inference. */
  readonly macs: number;
  /** Kernel weights and classifier biases, one batch-norm scale and shift for each channel. */
  readonly parameters: number;
  /** Int8 kernels and int32 biases of the quantized model. */
  readonly modelBytes: number;
}

/**
 * The sums over `layersOf`, without the layers: a search asks for hundreds of thousands.
 *
 * @throws StudioError `architecture.invalid`
 */
export function architectureCost(architecture: Architecture): ArchitectureCost {
  validateArchitecture(architecture);
  const { input, stem, blocks, headChannels, classes } = architecture;
  const tally = new Tally(input.height, input.width, input.channels);
  tally.convolve(stem.kernel, stem.channels, stem.strideH, stem.strideW);
  for (const block of blocks) addBlock(tally, block);
  if (headChannels !== null) tally.convolve(1, headChannels);
  return tally.classify(classes);
}

function addBlock(tally: Tally, block: Block): void {
  const { kernel, strideH, strideW, channels } = block;
  if (block.kind === 'convolution') {
    tally.convolve(kernel, channels, strideH, strideW);
  } else if (block.kind === 'residual') {
    if (strideH > 1 || strideW > 1 || channels !== tally.channels) tally.shortcut(channels, strideH, strideW);
    tally.convolve(kernel, channels, strideH, strideW);
    tally.convolve(kernel, channels);
  } else {
    if (block.expandedChannels !== tally.channels) tally.convolve(1, block.expandedChannels);
    tally.convolveDepthwise(kernel, strideH, strideW);
    tally.convolve(1, channels);
  }
}

/** Adds up layers, each behind the one before. */
class Tally {
  channels: number;
  private height: number;
  private width: number;
  private macs = 0;
  private weights = 0;
  /** Output channels of the convolutions. */
  private outputs = 0;

  constructor(height: number, width: number, channels: number) {
    this.height = height;
    this.width = width;
    this.channels = channels;
  }

  convolve(kernel: number, channels: number, strideH = 1, strideW = 1): void {
    const weights = kernel * kernel * this.channels * channels;
    this.height = Math.ceil(this.height / strideH);
    this.width = Math.ceil(this.width / strideW);
    this.channels = channels;
    this.add(weights, this.height * this.width);
  }

  convolveDepthwise(kernel: number, strideH: number, strideW: number): void {
    this.height = Math.ceil(this.height / strideH);
    this.width = Math.ceil(this.width / strideW);
    this.add(kernel * kernel * this.channels, this.height * this.width);
  }

  /** A 1×1 convolution beside the layers that follow: the shape stays as it is. */
  shortcut(channels: number, strideH: number, strideW: number): void {
    const pixels = Math.ceil(this.height / strideH) * Math.ceil(this.width / strideW);
    this.add(this.channels * channels, pixels, channels);
  }

  classify(classes: number): ArchitectureCost {
    const { channels, outputs } = this;
    const weights = this.weights + channels * classes;
    return {
      macs: this.macs + channels * classes,
      parameters: weights + 2 * outputs + classes,
      modelBytes: weights + 4 * (outputs + classes),
    };
  }

  private add(weights: number, pixels: number, outputs = this.channels): void {
    this.weights += weights;
    this.macs += weights * pixels;
    this.outputs += outputs;
  }
}
