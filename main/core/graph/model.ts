/**
 * The int8 graph: the only thing that the engine takes. Plain immutable data; tensors are referred to by their index
 * in `Model.tensors`. Operator semantics are TensorFlow Lite's, bit for bit.
 */

export type TensorId = number;

/** Affine quantization, `real = scale · (q − zeroPoint)`; one entry, or one for each index along `axis`. */
export interface Quantization {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis: number;
}

export type TensorType = 'int8' | 'int32' | 'float32';
export type TensorData = Int8Array | Int32Array | Float32Array;

export interface Tensor {
  readonly name: string;
  /** Row-major; activations are NHWC with N = 1. Rank 0 to 5. */
  readonly shape: readonly number[];
  readonly type: TensorType;
  /** Null only for int32 tensors that are not biases (shapes, axes) and for float32. */
  readonly quantization: Quantization | null;
  /** The values of a constant; null for what an operator or the caller provides. */
  readonly data: TensorData | null;
}

/** Rows or columns of zero point put around an input, in elements. */
export interface SpatialPadding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The range to which an int8 output is clamped: a fused activation, resolved. −128 … 127 where there is none. */
export interface Clamp {
  readonly min: number;
  readonly max: number;
}

interface OperatorBase {
  /** The name under which errors, reports and generated C speak of it; unique in a model. */
  readonly name: string;
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
}

interface Window {
  readonly strideH: number;
  readonly strideW: number;
  readonly padding: SpatialPadding;
}

/** inputs: [input N·H·W·Ci, weights Co·Kh·Kw·Ci, bias Co (int32; may be absent)]. */
export interface Conv2d extends OperatorBase, Window {
  readonly kind: 'conv2d';
  readonly dilationH: number;
  readonly dilationW: number;
  readonly clamp: Clamp;
}

/**
 * CONV_2D and the ADD that reads it, in one: only the engine's last pass makes it. What the convolution alone would give is
 * rounded to `between` and clamped as ever, then the shortcut is added as ADD does it, and `clamp` is the sum's.
 * inputs: [input N·H·W·Ci, shortcut (of the output's shape), weights Co·Kh·Kw·Ci, bias (may be absent)].
 */
export interface Conv2dAdd extends OperatorBase, Window {
  readonly kind: 'conv2d_add';
  readonly dilationH: number;
  readonly dilationW: number;
  readonly between: { readonly quantization: Quantization; readonly clamp: Clamp };
  readonly clamp: Clamp;
}

/** inputs: [input N·H·W·Ci, weights 1·Kh·Kw·(Ci·depthMultiplier), bias (may be absent)]. */
export interface DepthwiseConv2d extends OperatorBase, Window {
  readonly kind: 'depthwise_conv2d';
  readonly dilationH: number;
  readonly dilationW: number;
  readonly depthMultiplier: number;
  readonly clamp: Clamp;
}

/** inputs: [input B·I (higher ranks are flattened), weights O·I, bias O (may be absent)]. */
export interface FullyConnected extends OperatorBase {
  readonly kind: 'fully_connected';
  readonly clamp: Clamp;
}

/** Element-wise with NumPy broadcasting. inputs: [a, b]. */
export interface Elementwise extends OperatorBase {
  readonly kind: 'add' | 'sub' | 'mul';
  readonly clamp: Clamp;
}

export interface Pool2d extends OperatorBase, Window {
  readonly kind: 'average_pool_2d' | 'max_pool_2d';
  readonly filterH: number;
  readonly filterW: number;
  readonly clamp: Clamp;
}

/** The mean over `axes` (non-negative, ascending). */
export interface Mean extends OperatorBase {
  readonly kind: 'mean';
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** Pads with the input's zero point (or `value`, where PADV2 gave one): one [before, after] for each axis. */
export interface Pad extends OperatorBase {
  readonly kind: 'pad';
  readonly amounts: readonly (readonly [number, number])[];
  readonly value: number;
}

/** RESHAPE and SQUEEZE: the bytes stay, the output tensor has the new shape. */
export interface Reshape extends OperatorBase {
  readonly kind: 'reshape';
}

export interface Transpose extends OperatorBase {
  readonly kind: 'transpose';
  readonly permutation: readonly number[];
}

/** Over the last axis. */
export interface Softmax extends OperatorBase {
  readonly kind: 'softmax';
  readonly beta: number;
}

export interface Activation extends OperatorBase {
  readonly kind: 'logistic' | 'hard_swish' | 'relu' | 'relu6';
}

export interface LeakyRelu extends OperatorBase {
  readonly kind: 'leaky_relu';
  readonly alpha: number;
}

export interface Concatenation extends OperatorBase {
  readonly kind: 'concatenation';
  readonly axis: number;
}

/** Into `outputs.length` parts along `axis`, as long as the outputs' shapes say. */
export interface Split extends OperatorBase {
  readonly kind: 'split';
  readonly axis: number;
}

/** Begin, end and stride for each axis, resolved: begin inclusive, end exclusive in the stride's direction. */
export interface StridedSlice extends OperatorBase {
  readonly kind: 'strided_slice';
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
}

export interface Resize extends OperatorBase {
  readonly kind: 'resize_nearest_neighbor' | 'resize_bilinear';
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** int8 → int8 with another scale, float32 → int8, or int8 → float32. */
export interface Requantize extends OperatorBase {
  readonly kind: 'quantize' | 'dequantize';
  /** int8 → int8 as DEQUANTIZE and then QUANTIZE would do it, which rounds a little differently; a pass makes it. */
  readonly throughFloat?: boolean;
}

export type Operator =
  | Conv2d
  | Conv2dAdd
  | DepthwiseConv2d
  | FullyConnected
  | Elementwise
  | Pool2d
  | Mean
  | Pad
  | Reshape
  | Transpose
  | Softmax
  | Activation
  | LeakyRelu
  | Concatenation
  | Split
  | StridedSlice
  | Resize
  | Requantize;

export type OperatorKind = Operator['kind'];

export interface Model {
  readonly name: string;
  readonly tensors: readonly Tensor[];
  /** In an order in which each operator's inputs are made before it. */
  readonly operators: readonly Operator[];
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
}
