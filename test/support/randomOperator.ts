/** One random operator of each kind on a given value, or none where the kind does not fit the value. */
import {
  broadcastShapes,
  type Clamp,
  clampFor,
  elementsOf,
  inferOutputShape,
  type Operator,
  type OperatorKind,
  resolvePadding,
  type SpatialPadding,
  type Tensor,
  type TensorId,
  type UnnamedOperator,
  windowExtent,
} from '../../main/core/graph/index.ts';
import type { Random } from '../../main/core/random/index.ts';
import { type Growth, randomScale, randomZeroPoint } from './randomModel.ts';

export interface Outcome {
  readonly read: readonly TensorId[];
  readonly made: readonly TensorId[];
}

type Maker = (source: TensorId, growth: Growth) => Outcome | null;

/** Adds an operator of `kind` that reads `source`. */
export function randomOperator(kind: RandomKind, source: TensorId, growth: Growth): Outcome | null {
  return MAKERS[kind](source, growth);
}

const shapeOf = (id: TensorId, { builder }: Growth): readonly number[] => builder.at(id).shape;
const scaleOf = (tensor: Tensor): number => tensor.quantization?.scales[0] ?? 1;
const isImage = (shape: readonly number[]): boolean => shape.length === 4 && shape[0] === 1;
const randomBytes = (random: Random, length: number): Int8Array =>
  Int8Array.from({ length }, () => random.below(256) - 128);

/** Mostly none or a fused activation; sometimes any. */
function randomClamp({ random, limits }: Growth, { scale, zeroPoint }: { scale: number; zeroPoint: number }): Clamp {
  if (limits.onlyTflite || random.below(3) > 0) {
    const activation = random.pick(['none', 'none', 'relu', 'relu6', 'relu_n1_to_1'] as const);
    return clampFor(activation, Math.fround(scale), zeroPoint);
  }
  const [a, b] = [random.below(256) - 128, random.below(256) - 128];
  return { min: Math.min(a, b), max: Math.max(a, b) };
}

/** A scale with which most outputs of this real size do not saturate; now and then far from it. */
function outputScale(random: Random, realSize: number): number {
  const factor = random.below(12) === 0 ? 2 ** ((random.next() - 0.5) * 20) : 2 ** (random.next() * 3 - 1);
  return Math.min(Math.max(Math.fround((realSize / 64) * factor), 2 ** -20), 2 ** 10);
}

/** Adds the operator and the tensor of the shape that it makes, unless that would be too large or empty. */
function addInferred(
  operator: UnnamedOperator,
  growth: Growth,
  quantization: { scale: number; zeroPoint: number },
): Outcome | null {
  const { builder, limits } = growth;
  const shapes = operator.inputs.map((id) => shapeOf(id, growth));
  const shape = inferOutputShape({ ...operator, name: 'candidate' } as Operator, shapes);
  if (shape === null || shape.some((extent) => extent < 1) || elementsOf(shape) > limits.mostElements) return null;
  const output = builder.activation(shape, quantization.scale, quantization.zeroPoint);
  builder.add({ ...operator, outputs: [output] });
  return { read: operator.inputs, made: [output] };
}

/** For operators that TensorFlow Lite gives the quantization of their input. */
function likeInput(source: TensorId, { builder }: Growth): { scale: number; zeroPoint: number } {
  const tensor = builder.at(source);
  return { scale: scaleOf(tensor), zeroPoint: tensor.quantization?.zeroPoints[0] ?? 0 };
}

/** A window's strides, dilation and its padding: SAME, VALID or any other less than the window along each axis. */
function randomGeometry(growth: Growth, source: TensorId, filterH: number, filterW: number, dilated: boolean) {
  const { random, limits } = growth;
  const stride = { height: smallStride(random), width: smallStride(random) };
  const dilation = dilated ? { height: smallDilation(random), width: smallDilation(random) } : { height: 1, width: 1 };
  const [, height = 1, width = 1] = shapeOf(source, growth);
  const window = { height: filterH, width: filterW };
  const scheme = random.pick(limits.onlyTflite ? (['same', 'valid'] as const) : (['same', 'valid', 'any'] as const));
  const amount = (extent: number): number => random.below(extent);
  const [tall, wide] = [windowExtent(filterH, dilation.height), windowExtent(filterW, dilation.width)];
  const padding: SpatialPadding =
    scheme === 'any'
      ? { top: amount(tall), bottom: amount(tall), left: amount(wide), right: amount(wide) }
      : resolvePadding(scheme, { height, width }, window, stride, dilation);
  return { strides: { strideH: stride.height, strideW: stride.width }, dilation, padding };
}

const smallSize = (random: Random): number => random.pick([1, 1, 2, 3, 3, 3, 5, 7]);
const smallStride = (random: Random): number => random.pick([1, 1, 1, 2, 2, 3]);
const smallDilation = (random: Random): number => random.pick([1, 1, 1, 1, 2, 3]);

const weighted =
  (kind: 'conv2d' | 'depthwise_conv2d' | 'fully_connected'): Maker =>
  (source, growth) => {
    const { random, builder, limits } = growth;
    const shape = shapeOf(source, growth);
    if (kind !== 'fully_connected' && !isImage(shape)) return null;
    if (kind === 'fully_connected' && (shape.length < 2 || elementsOf(shape) > 1024)) return null;
    const inside = shape.at(-1) ?? 1;
    const depthMultiplier = random.pick([1, 1, 1, 2, 3]);
    const outside = kind === 'depthwise_conv2d' ? inside * depthMultiplier : 1 + random.below(limits.mostChannels);
    const [filterH, filterW] =
      random.below(2) === 0 ? twice(smallSize(random)) : [smallSize(random), smallSize(random)];
    const flat = kind === 'fully_connected' ? rowLength(random, shape) : 0;
    const weightShape = {
      conv2d: [outside, filterH, filterW, inside],
      depthwise_conv2d: [1, filterH, filterW, outside],
      fully_connected: [outside, flat],
    }[kind];
    const weightScales = randomWeightScales(random, outside);
    const weights = builder.weights(
      weightShape,
      randomBytes(random, elementsOf(weightShape)),
      weightScales,
      kind === 'depthwise_conv2d' ? 3 : 0,
    );
    const inputScale = scaleOf(builder.at(source));
    const inputs = [source, weights];
    const size = elementsOf(weightShape) / outside;
    if (random.below(5) > 0) {
      const reach = 64 * 64 * Math.sqrt(size);
      const values = Int32Array.from({ length: outside }, () => Math.round(random.normal() * reach));
      inputs.push(builder.bias(values, inputScale, weightScales));
    }
    const middle = Math.abs(weightScales[random.below(weightScales.length)] ?? 1);
    const quantization = {
      scale: outputScale(random, inputScale * middle * 64 * 64 * Math.sqrt(size)),
      zeroPoint: randomZeroPoint(random),
    };
    const clamp = randomClamp(growth, quantization);
    if (kind === 'fully_connected') {
      const rows = elementsOf(shape) / flat;
      const output = builder.activation([rows, outside], quantization.scale, quantization.zeroPoint);
      builder.add({ kind, clamp, inputs, outputs: [output] });
      return { read: [source], made: [output] };
    }
    const { strides, dilation, padding } = randomGeometry(growth, source, filterH, filterW, true);
    const dilations = { dilationH: dilation.height, dilationW: dilation.width };
    const geometry = { ...strides, ...dilations, padding, clamp, inputs, outputs: [] };
    const operator: UnnamedOperator =
      kind === 'conv2d' ? { kind, ...geometry } : { kind, ...geometry, depthMultiplier };
    return addInferred(operator, growth, quantization);
  };

const twice = (size: number): [number, number] => [size, size];

/** The last axis, or the whole tensor flattened. */
function rowLength(random: Random, shape: readonly number[]): number {
  return random.below(2) === 0 ? (shape.at(-1) ?? 1) : elementsOf(shape);
}

/** One scale, or one for each channel; some converters write negative ones. */
function randomWeightScales(random: Random, channels: number): number[] {
  const scale = 2 ** (-7 + (random.next() - 0.5) * 4);
  if (channels === 1 || random.below(3) === 0) return [Math.fround(scale)];
  const negative = random.below(4) === 0;
  return Array.from({ length: channels }, () => {
    const sign = negative && random.below(3) === 0 ? -1 : 1;
    return Math.fround(sign * scale * 2 ** (random.next() * 4 - 2));
  });
}

const elementwise =
  (kind: 'add' | 'sub' | 'mul'): Maker =>
  (source, growth) => {
    const { random, builder, values } = growth;
    const shape = shapeOf(source, growth);
    const partners = values.filter((id) => broadcastShapes(shape, shapeOf(id, growth)) !== null);
    const partner =
      random.below(3) === 0
        ? builder.constant(...randomConstant(random, shape), randomScale(random), randomZeroPoint(random))
        : random.pick(partners);
    const inputs = random.below(2) === 0 ? [source, partner] : [partner, source];
    const [a, b] = [scaleOf(builder.at(source)), scaleOf(builder.at(partner))];
    const size = kind === 'mul' ? a * b * 64 * 64 : Math.max(a, b) * 64;
    // TensorFlow Lite Micro takes no sums whose scale is 2^-19 of their terms'.
    const least = kind === 'mul' ? 0 : Math.max(a, b) * 2 ** -15;
    const quantization = {
      scale: Math.max(outputScale(random, size), least),
      zeroPoint: randomZeroPoint(random),
    };
    const clamp = randomClamp(growth, quantization);
    return addInferred({ kind, clamp, inputs, outputs: [] }, growth, quantization);
  };

/** A constant of the shape, or of one that broadcasts to it. */
function randomConstant(random: Random, shape: readonly number[]): [number[], Int8Array] {
  const own = shape.map((extent) => (random.below(2) === 0 ? 1 : extent));
  const dropped = own.slice(random.below(own.length + 1));
  return [dropped, randomBytes(random, elementsOf(dropped))];
}

const pool2d =
  (kind: 'average_pool_2d' | 'max_pool_2d'): Maker =>
  (source, growth) => {
    const { random } = growth;
    const shape = shapeOf(source, growth);
    if (!isImage(shape)) return null;
    const whole = random.below(6) === 0;
    const [filterH, filterW] = whole ? [shape[1] ?? 1, shape[2] ?? 1] : [smallSize(random), smallSize(random)];
    const { strides, padding } = randomGeometry(growth, source, filterH, filterW, false);
    const clamp = randomClamp(growth, likeInput(source, growth));
    const operator = { kind, filterH, filterW, ...strides, padding, clamp, inputs: [source], outputs: [] };
    return addInferred(operator, growth, likeInput(source, growth));
  };

const mean: Maker = (source, growth) => {
  const { random } = growth;
  const shape = shapeOf(source, growth);
  const axes = shape.map((_, axis) => axis).filter(() => random.below(2) === 0);
  if (axes.length === 0) return null;
  const scale = scaleOf(growth.builder.at(source)) * 2 ** (random.next() * 6 - 4);
  const quantization =
    random.below(3) === 0 ? likeInput(source, growth) : { scale, zeroPoint: randomZeroPoint(random) };
  return addInferred(
    { kind: 'mean', axes, keepDims: random.below(2) === 0, inputs: [source], outputs: [] },
    growth,
    quantization,
  );
};

const pad: Maker = (source, growth) => {
  const { random } = growth;
  const shape = shapeOf(source, growth);
  const amount = (axis: number): readonly [number, number] =>
    axis === 0 || random.below(2) === 0 ? [0, 0] : [random.below(4), random.below(4)];
  const value = random.below(3) === 0 ? random.below(256) - 128 : likeInput(source, growth).zeroPoint;
  const operator = { kind: 'pad' as const, amounts: shape.map((_, axis) => amount(axis)), value };
  return addInferred({ ...operator, inputs: [source], outputs: [] }, growth, likeInput(source, growth));
};

const reshape: Maker = (source, { random, builder }) => {
  const tensor = builder.at(source);
  const elements = elementsOf(tensor.shape);
  const divisors = Array.from({ length: Math.min(elements, 16) }, (_, index) => index + 1).filter(
    (size) => elements % size === 0,
  );
  const channels = random.pick(divisors);
  const rows = random.pick(divisors.filter((size) => (elements / channels) % size === 0));
  const columns = elements / channels / rows;
  const shape = random.pick([
    [1, rows, columns, channels],
    [1, elements],
    [rows, columns, channels],
    [1, elements / channels, channels],
  ]);
  const output = builder.activation(shape, scaleOf(tensor), tensor.quantization?.zeroPoints[0] ?? 0);
  builder.add({ kind: 'reshape', inputs: [source], outputs: [output] });
  return { read: [source], made: [output] };
};

const transpose: Maker = (source, growth) => {
  const axes = shapeOf(source, growth).map((_, axis) => axis);
  const [first = 0, ...others] = axes;
  // The batch mostly stays in front, so that images stay images.
  const keep = growth.random.below(4) > 0;
  const permutation = keep ? [first, ...growth.random.shuffle(others)] : growth.random.shuffle(axes);
  return addInferred(
    { kind: 'transpose', permutation, inputs: [source], outputs: [] },
    growth,
    likeInput(source, growth),
  );
};

const softmax: Maker = (source, growth) => {
  const beta = growth.random.pick([1, 1, 0.5, 2, 10]);
  const tensor = growth.builder.at(source);
  if (tensor.shape.length === 0 || beta * scaleOf(tensor) * 2 ** 26 <= 1) return null;
  return addInferred({ kind: 'softmax', beta, inputs: [source], outputs: [] }, growth, PROBABILITY);
};

const PROBABILITY = { scale: 1 / 256, zeroPoint: -128 };

const activation =
  (kind: 'logistic' | 'hard_swish' | 'relu' | 'relu6' | 'leaky_relu' | 'quantize'): Maker =>
  (source, growth) => {
    const { random, builder } = growth;
    const scale = scaleOf(builder.at(source));
    if (kind === 'logistic' && scale < 2 ** -26) return null;
    const spread = kind === 'quantize' && random.below(4) === 0 ? 20 : 4;
    const near = { scale: scale * 2 ** ((random.next() - 0.5) * spread), zeroPoint: randomZeroPoint(random) };
    const quantization = { logistic: PROBABILITY, relu6: likeInput(source, growth) }[kind as string] ?? near;
    const parameters = { inputs: [source], outputs: [] };
    if (kind === 'leaky_relu') {
      const alpha = Math.fround(random.pick([0.1, 0.01, 0.3, 1.5, -0.2, 0]));
      return addInferred({ kind, alpha, ...parameters }, growth, near);
    }
    return addInferred({ kind, ...parameters }, growth, quantization);
  };

const concatenation: Maker = (source, growth) => {
  const { random, values } = growth;
  const shape = shapeOf(source, growth);
  if (shape.length === 0) return null;
  const axis = random.below(4) === 0 ? random.below(shape.length) : shape.length - 1;
  const partners = values.filter((id) => {
    const other = shapeOf(id, growth);
    return other.length === shape.length && other.every((extent, at) => at === axis || extent === shape[at]);
  });
  const inputs = [source, ...Array.from({ length: 1 + random.below(3) }, () => random.pick(partners))];
  return addInferred({ kind: 'concatenation', axis, inputs, outputs: [] }, growth, likeInput(source, growth));
};

const split: Maker = (source, growth) => {
  const { random, builder } = growth;
  const shape = shapeOf(source, growth);
  const axes = shape.map((_, axis) => axis).filter((axis) => (shape[axis] ?? 1) > 1);
  if (axes.length === 0) return null;
  const axis = random.pick(axes);
  const extent = shape[axis] ?? 1;
  const first = 1 + random.below(extent - 1);
  const sizes = extent - first > 1 && random.below(3) === 0 ? [first, 1, extent - first - 1] : [first, extent - first];
  const { scale, zeroPoint } = likeInput(source, growth);
  const made = sizes.map((size) =>
    builder.activation(
      shape.map((whole, at) => (at === axis ? size : whole)),
      scale,
      zeroPoint,
    ),
  );
  builder.add({ kind: 'split', axis, inputs: [source], outputs: made });
  return { read: [source], made };
};

const stridedSlice: Maker = (source, growth) => {
  const { random } = growth;
  const slices = shapeOf(source, growth).map((extent): [number, number, number] => {
    const stride = random.pick([1, 1, 1, 2, 3]);
    const begin = random.below(extent);
    if (random.below(6) === 0) return [begin, begin - 1 - random.below(begin + 1), -stride];
    return random.below(2) === 0 ? [0, extent, 1] : [begin, begin + 1 + random.below(extent - begin), stride];
  });
  const operator = {
    kind: 'strided_slice' as const,
    begin: slices.map(([begin]) => begin),
    end: slices.map(([, end]) => end),
    strides: slices.map(([, , stride]) => stride),
  };
  return addInferred({ ...operator, inputs: [source], outputs: [] }, growth, likeInput(source, growth));
};

const resize =
  (kind: 'resize_nearest_neighbor' | 'resize_bilinear'): Maker =>
  (source, growth) => {
    const { random, builder, limits } = growth;
    const [batch = 1, , , channels = 1] = shapeOf(source, growth);
    if (!isImage(shapeOf(source, growth))) return null;
    const shape = [batch, 1 + random.below(16), 1 + random.below(16), channels];
    if (elementsOf(shape) > limits.mostElements) return null;
    const { scale, zeroPoint } = likeInput(source, growth);
    const output = builder.activation(shape, scale, zeroPoint);
    const centring = random.below(3);
    const flags = { alignCorners: centring === 1, halfPixelCenters: centring === 2 };
    builder.add({ kind, ...flags, inputs: [source], outputs: [output] });
    return { read: [source], made: [output] };
  };

/** DEQUANTIZE makes float32, which only QUANTIZE takes: the two come together. */
const throughFloat: Maker = (source, growth) => {
  const { random, builder } = growth;
  const { shape, name } = builder.at(source);
  const float = builder.tensor({ name: `${name}_float`, shape, type: 'float32', quantization: null, data: null });
  const near = scaleOf(builder.at(source)) * 2 ** (random.next() * 4 - 2);
  const output = builder.activation(shape, near, randomZeroPoint(random));
  builder.add({ kind: 'dequantize', inputs: [source], outputs: [float] });
  builder.add({ kind: 'quantize', inputs: [float], outputs: [output] });
  return { read: [source], made: [output] };
};

/** A pass makes the others from these. */
export type RandomKind = Exclude<OperatorKind, 'conv2d_add'>;

const MAKERS: Readonly<Record<RandomKind, Maker>> = {
  conv2d: weighted('conv2d'),
  depthwise_conv2d: weighted('depthwise_conv2d'),
  fully_connected: weighted('fully_connected'),
  add: elementwise('add'),
  sub: elementwise('sub'),
  mul: elementwise('mul'),
  average_pool_2d: pool2d('average_pool_2d'),
  max_pool_2d: pool2d('max_pool_2d'),
  mean,
  pad,
  reshape,
  transpose,
  softmax,
  logistic: activation('logistic'),
  hard_swish: activation('hard_swish'),
  relu: activation('relu'),
  relu6: activation('relu6'),
  leaky_relu: activation('leaky_relu'),
  concatenation,
  split,
  strided_slice: stridedSlice,
  resize_nearest_neighbor: resize('resize_nearest_neighbor'),
  resize_bilinear: resize('resize_bilinear'),
  quantize: activation('quantize'),
  dequantize: throughFloat,
};
