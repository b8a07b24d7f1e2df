/**
 * An architecture: a network's shape, without weights: a stem, blocks, an optional 1×1 feature mix, global average
 * pooling and a classifier. The MCUNet family has inverted residual blocks (1×1 expand, depthwise, 1×1 project); plain
 * convolutions and residual networks' blocks stand beside them, so that networks to compare with can be described too.
 */

export type KernelSize = 3 | 5 | 7;

export interface InputShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A k×k convolution with batch norm and ReLU6. */
export interface Stem {
  readonly channels: number;
  readonly kernel: KernelSize;
  readonly strideH: number;
  readonly strideW: number;
}

/**
 * An inverted residual block. `expandedChannels === input channels` means that there is no expanding 1×1 convolution.
 * The residual is there where `residual` says so; it needs strides of 1 and equal channels.
 */
export interface InvertedResidual {
  readonly kind?: 'inverted';
  readonly expandedChannels: number;
  readonly kernel: KernelSize;
  readonly strideH: number;
  readonly strideW: number;
  readonly channels: number;
  readonly residual: boolean;
}

/** A k×k convolution over all channels, with batch norm and ReLU6. */
export interface ConvolutionBlock {
  readonly kind: 'convolution';
  readonly kernel: KernelSize;
  readonly strideH: number;
  readonly strideW: number;
  readonly channels: number;
}

/**
 * Two k×k convolutions, of which the first has the strides, and a shortcut around them: the input itself, or a 1×1
 * convolution of it where strides or channels differ. A ReLU6 follows the first and the sum; batch norm every
 * convolution (He and others, "Deep Residual Learning for Image Recognition", arXiv 1512.03385, figure 2).
 */
export interface ResidualBlock {
  readonly kind: 'residual';
  readonly kernel: KernelSize;
  readonly strideH: number;
  readonly strideW: number;
  readonly channels: number;
}

export type Block = InvertedResidual | ConvolutionBlock | ResidualBlock;

export interface Architecture {
  readonly name: string;
  readonly input: InputShape;
  readonly stem: Stem;
  readonly blocks: readonly Block[];
  /** Channels of the 1×1 convolution (batch norm, ReLU6) before pooling; null where there is none. */
  readonly headChannels: number | null;
  readonly classes: number;
}
