/** Models of one operator, with random constants, for the kernel rig. */
import {
  ModelBuilder,
  resolvePadding,
  type Clamp,
  type Model,
  type SpatialPadding,
} from '../../../../main/core/graph/index.ts';
import type { Random } from '../../../../main/core/random/index.ts';

export interface WindowSpec {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Default 1. */
  readonly dilation?: readonly [number, number];
  readonly padding: 'same' | 'valid' | SpatialPadding;
}

export interface ConvolutionSpec extends WindowSpec {
  /** Any where it is absent. */
  readonly inputZero?: number;
  /** Absent: depthwise. */
  readonly outputChannels?: number;
  /** Of a depthwise convolution; default 1. */
  readonly depthMultiplier?: number;
  readonly relu: boolean;
  /** Weights at −127 and 127 only. */
  readonly extreme?: boolean;
  /** All weights of a channel are −127, or all 127: nothing cancels out. */
  readonly coherent?: boolean;
  /** The first channel's bias is beyond 23 bits. */
  readonly heavy?: boolean;
  /** Some channels have a negative scale. */
  readonly negative?: boolean;
  readonly clamp?: Clamp;
}

function paddingOf({ height, width, kernel, stride, padding, dilation = [1, 1] }: WindowSpec): SpatialPadding {
  if (typeof padding !== 'string') return padding;
  const sizes = ([h, w]: readonly [number, number]): { height: number; width: number } => ({ height: h, width: w });
  return resolvePadding(padding, { height, width }, sizes(kernel), sizes(stride), sizes(dilation));
}

export function outputExtent(spec: WindowSpec): { height: number; width: number } {
  const { top, bottom, left, right } = paddingOf(spec);
  const span = (axis: 0 | 1): number => (spec.kernel[axis] - 1) * (spec.dilation?.[axis] ?? 1) + 1;
  return {
    height: Math.floor((spec.height + top + bottom - span(0)) / spec.stride[0]) + 1,
    width: Math.floor((spec.width + left + right - span(1)) / spec.stride[1]) + 1,
  };
}

const randomZero = (random: Random): number => random.pick([-128, -128, 0, 3, -17, 127, random.below(256) - 128]);

/** Scales that differ from channel to channel by up to a factor of 16, now and then by far more. */
function channelScales(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => {
    const far = random.below(16) === 0 ? 2 ** -(random.below(20) + 1) : 1;
    return Math.fround(0.002 * 2 ** (random.next() * 4) * far);
  });
}

export function convolutionModel(spec: ConvolutionSpec, random: Random): Model {
  const builder = new ModelBuilder();
  const depthwise = spec.outputChannels === undefined;
  const depthMultiplier = spec.depthMultiplier ?? 1;
  const channels = spec.outputChannels ?? spec.channels * depthMultiplier;
  const [kernelH, kernelW] = spec.kernel;
  const taps = kernelH * kernelW * (depthwise ? 1 : spec.channels);
  const inputScale = 0.05;
  const zeroPoint = spec.inputZero ?? randomZero(random);
  const input = builder.input([1, spec.height, spec.width, spec.channels], inputScale, zeroPoint);
  const scales = channelScales(random, channels).map((scale) =>
    spec.negative === true && random.below(2) === 0 ? -scale : scale,
  );
  const signs = Array.from({ length: channels }, () => random.pick([-127, 127]));
  const values = Int8Array.from({ length: taps * channels }, (_, index) => {
    if (spec.coherent === true) return signs[depthwise ? index % channels : Math.floor(index / taps)];
    return spec.extreme === true ? random.pick([-127, 127]) : random.below(255) - 127;
  });
  const weights = builder.weights(
    depthwise ? [1, kernelH, kernelW, channels] : [channels, kernelH, kernelW, spec.channels],
    values,
    scales,
    depthwise ? 3 : 0,
  );
  const spread = spec.coherent === true ? (taps * 127 * 127) / 2 : Math.sqrt(taps) * 74 * 74;
  const bias = builder.bias(
    Int32Array.from({ length: channels }, (_, channel) =>
      spec.heavy === true && channel === 0 ? 5_000_000 : Math.round(random.normal() * spread),
    ),
    inputScale,
    scales,
  );
  const output = outputExtent(spec);
  const outputZero = spec.relu ? -128 : randomZero(random);
  const outputScale = Math.fround((inputScale * 0.006 * spread * (spec.relu ? 3 : 4)) / 256);
  const shape = [1, output.height, output.width, channels];
  const made = builder.activation(shape, outputScale, outputZero);
  const clamp = spec.clamp ?? { min: -128, max: 127 };
  const [strideH, strideW] = spec.stride;
  const [dilationH, dilationW] = spec.dilation ?? [1, 1];
  const common = { strideH, strideW, dilationH, dilationW, padding: paddingOf(spec), clamp };
  const ends = { inputs: [input, weights, bias], outputs: [made] };
  builder.add(
    depthwise
      ? { kind: 'depthwise_conv2d', depthMultiplier, ...common, ...ends }
      : { kind: 'conv2d', ...common, ...ends },
  );
  return builder.build('convolution', [made]);
}

export interface DenseSpec {
  readonly batches: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly relu: boolean;
  /** All weights of every other output are this one. */
  readonly coherent?: number;
}

export function denseModel({ batches, inputs, outputs, relu, coherent }: DenseSpec, random: Random): Model {
  const builder = new ModelBuilder();
  const inputScale = 0.05;
  const input = builder.input([batches, inputs], inputScale, randomZero(random));
  const scales = [0.004];
  const values = Int8Array.from({ length: inputs * outputs }, (_, index) =>
    coherent !== undefined && Math.floor(index / inputs) % 2 === 1 ? coherent : random.below(255) - 127,
  );
  const weights = builder.weights([outputs, inputs], values, scales, 0);
  const spread = Math.sqrt(inputs) * 74 * 74;
  const biases = Int32Array.from({ length: outputs }, () => Math.round(random.normal() * spread));
  const bias = builder.bias(biases, inputScale, scales);
  const scale = (inputScale * 0.004 * spread * (relu ? 3 : 4)) / 256;
  const made = builder.activation([batches, outputs], scale, relu ? -128 : randomZero(random));
  const clamp = { min: -128, max: 127 };
  builder.add({ kind: 'fully_connected', clamp, inputs: [input, weights, bias], outputs: [made] });
  return builder.build('dense', [made]);
}

export interface PoolSpec extends WindowSpec {
  readonly kind: 'average_pool_2d' | 'max_pool_2d';
  readonly clamp?: Clamp;
}

export function poolModel(spec: PoolSpec): Model {
  const builder = new ModelBuilder();
  const input = builder.input([1, spec.height, spec.width, spec.channels], 0.05, -3);
  const { height, width } = outputExtent(spec);
  const made = builder.activation([1, height, width, spec.channels], 0.05, -3);
  const [filterH, filterW] = spec.kernel;
  const [strideH, strideW] = spec.stride;
  const clamp = spec.clamp ?? { min: -128, max: 127 };
  const padding = paddingOf(spec);
  builder.add({
    ...{ kind: spec.kind, filterH, filterW, strideH, strideW, padding, clamp },
    inputs: [input],
    outputs: [made],
  });
  return builder.build(spec.kind, [made]);
}

export interface AdditionSpec {
  readonly kind: 'add' | 'sub';
  readonly shape: readonly number[];
  readonly scales: readonly [first: number, second: number, output: number];
  readonly zeroPoints: readonly [first: number, second: number, output: number];
  readonly clamp?: Clamp;
}

export function additionModel({ kind, shape, scales, zeroPoints, clamp }: AdditionSpec): Model {
  const builder = new ModelBuilder();
  const first = builder.input(shape, scales[0], zeroPoints[0]);
  const second = builder.input(shape, scales[1], zeroPoints[1]);
  const made = builder.activation(shape, scales[2], zeroPoints[2]);
  builder.add({ kind, clamp: clamp ?? { min: -128, max: 127 }, inputs: [first, second], outputs: [made] });
  return builder.build(kind, [made]);
}

export interface ProductSpec {
  readonly shape: readonly number[];
  readonly other: readonly number[];
  readonly otherFirst?: boolean;
  /** The other operand is a constant. */
  readonly constant?: boolean;
  readonly clamp?: Clamp;
}

export function productModel({ shape, other, otherFirst, constant, clamp }: ProductSpec, random: Random): Model {
  const builder = new ModelBuilder();
  const count = other.reduce((product, extent) => product * extent, 1);
  const second = (): number =>
    constant === true
      ? builder.constant(
          other,
          Int8Array.from({ length: count }, () => random.below(256) - 128),
          0.02,
          randomZero(random),
        )
      : builder.input(other, 0.02, randomZero(random));
  const early = otherFirst === true ? second() : null;
  const full = builder.input(shape, 0.05, randomZero(random));
  const inputs = early === null ? [full, second()] : [early, full];
  const made = builder.activation(shape, 0.04, randomZero(random));
  builder.add({ kind: 'mul', clamp: clamp ?? { min: -128, max: 127 }, inputs, outputs: [made] });
  return builder.build('product', [made]);
}

export function meanModel(shape: readonly number[], axes: readonly number[], random: Random): Model {
  const builder = new ModelBuilder();
  const input = builder.input(shape, 0.05, randomZero(random));
  const kept = shape.filter((_, axis) => !axes.includes(axis));
  const made = builder.activation(kept, 0.03, randomZero(random));
  builder.add({ kind: 'mean', axes, keepDims: false, inputs: [input], outputs: [made] });
  return builder.build('mean', [made]);
}

/** How a case is called. */
export const describeWindow = (spec: ConvolutionSpec): string =>
  `${spec.outputChannels === undefined ? 'depthwise' : 'conv'} ${spec.kernel.join('x')} s${spec.stride.join('x')} ` +
  `${String(spec.height)}x${String(spec.width)}x${String(spec.channels)}` +
  `${spec.outputChannels === undefined ? '' : `->${String(spec.outputChannels)}`} ` +
  `${spec.dilation === undefined ? '' : `d${spec.dilation.join('x')} `}${typeof spec.padding === 'string' ? spec.padding : Object.values(spec.padding).join('/')}` +
  `${spec.depthMultiplier === undefined ? '' : ` x${String(spec.depthMultiplier)}`}${spec.relu ? ' relu' : ''}${spec.extreme === true ? ' extreme' : ''}${spec.heavy === true ? ' heavy' : ''}${spec.clamp === undefined ? '' : ' clamped'}`;
