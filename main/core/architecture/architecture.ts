/**
 * An architecture: a network's shape, without weights. The MCUNet family: a stem, inverted residual blocks
 * (1×1 expand, depthwise, 1×1 project), an optional 1×1 feature mix, global average pooling and a classifier.
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
  readonly expandedChannels: number;
  readonly kernel: KernelSize;
  readonly strideH: number;
  readonly strideW: number;
  readonly channels: number;
  readonly residual: boolean;
}

export interface Architecture {
  readonly name: string;
  readonly input: InputShape;
  readonly stem: Stem;
  readonly blocks: readonly InvertedResidual[];
  /** Channels of the 1×1 convolution (batch norm, ReLU6) before pooling; null where there is none. */
  readonly headChannels: number | null;
  readonly classes: number;
}
