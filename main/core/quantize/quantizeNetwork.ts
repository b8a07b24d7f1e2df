import { StudioError } from '../../contract/index.ts';
import type { Layer } from '../architecture/index.ts';
import { ModelBuilder, type Clamp, type Model, type TensorId } from '../graph/index.ts';
import { sampleBytes, type Network } from '../training/index.ts';
import { calibrate, type ActivationFacts } from './calibrate.ts';
import { INPUT, outputName, POOLED, sumName } from './floatForward.ts';
import { foldNetwork, type FoldedLayer } from './fold.ts';
import { affine, bestRange } from './ranges.ts';

/** Choices of post-training quantization. */
export interface QuantizeOptions {
  /** Appends a softmax, so that the outputs are probabilities with scale 1/256 and zero point −128. */
  readonly softmax?: boolean;
}

const NO_CLAMP: Clamp = { min: -128, max: 127 };
const INT32_MAX = 2 ** 31 - 1;

/** A kernel in int8: one scale for each output channel. */
interface QuantizedKernel {
  readonly values: Int8Array;
  readonly scales: readonly number[];
}

/**
 * A float network as an int8 model: batch norm folded, kernels symmetric per output channel, activations affine per
 * tensor over the ranges with the least squared error on real samples. What rounding the kernels does to the mean of
 * each output channel is put right in its bias (Nagel and others, "Data-Free Quantization through Weight
 * Equalization and Bias Correction", 2019, with measured instead of derived means).
 *
 * @param calibrationSamples some hundred samples, count × height × width × channels bytes (see `LabelledSamples`)
 * @throws StudioError `quantize.no-samples`, `architecture.invalid`
 */
export function quantizeNetwork(
  network: Network,
  calibrationSamples: Uint8Array,
  options: QuantizeOptions = {},
): Model {
  const { architecture } = network;
  if (calibrationSamples.length < sampleBytes(architecture.input)) {
    throw new StudioError({
      code: 'quantize.no-samples',
      message: 'Quantization needs real samples to find the ranges of activations, but there are none.',
      remedy: 'Give some hundred training samples.',
    });
  }
  const layers = foldNetwork(network);
  const facts = calibrate(layers, calibrationSamples);
  return new Emitter(layers, facts).emit(architecture.name, options);
}

/** A tensor that layers read, and the mean of each of its channels. */
interface Activation {
  readonly id: TensorId;
  readonly means: ArrayLike<number>;
}

/** Writes the layers down as operators, each with the quantization that its facts ask for. */
class Emitter {
  readonly #layers: readonly FoldedLayer[];
  readonly #facts: ReadonlyMap<string, ActivationFacts>;
  readonly #builder = new ModelBuilder();

  constructor(layers: readonly FoldedLayer[], facts: ReadonlyMap<string, ActivationFacts>) {
    this.#layers = layers;
    this.#facts = facts;
  }

  emit(name: string, { softmax = false }: QuantizeOptions): Model {
    const { height, width, channels } = this.#layers[0].layer.input;
    const input: Activation = {
      id: this.#builder.input([1, height, width, channels], 1 / 128, 0, 'input'),
      means: this.#factsOf(INPUT).means,
    };
    const outputs: Activation[] = [];
    for (const folded of this.#layers) {
      const { layer } = folded;
      const { id, means } = layer.reads < 0 ? input : outputs[layer.reads];
      if (layer.kind === 'dense') {
        const logits = this.#classify(folded, this.#pool(layer, id));
        return this.#builder.build(name, [softmax ? this.#softmax(logits) : logits]);
      }
      const convolved = this.#convolve(folded, id, means);
      outputs.push(
        layer.adds === null
          ? { id: convolved, means: this.#factsOf(outputName(layer)).means }
          : { id: this.#add(layer, convolved, outputs[layer.adds].id), means: this.#factsOf(sumName(layer)).means },
      );
    }
    throw new RangeError('a network ends with its classifier');
  }

  #factsOf(name: string): ActivationFacts {
    const facts = this.#facts.get(name);
    if (facts === undefined) throw new Error(`calibration did not see ${name}`);
    return facts;
  }

  /** A tensor for the activation of that name. */
  #activation(name: string, shape: readonly number[]): TensorId {
    const { scale, zeroPoint } = affine(bestRange(this.#factsOf(name).histogram));
    return this.#builder.activation(shape, scale, zeroPoint, name);
  }

  #quantizationOf(id: TensorId): { readonly scale: number; readonly zeroPoint: number } {
    const { quantization } = this.#builder.at(id);
    return { scale: quantization?.scales[0] ?? 1, zeroPoint: quantization?.zeroPoints[0] ?? 0 };
  }

  #convolve(folded: FoldedLayer, input: TensorId, inputMeans: ArrayLike<number>): TensorId {
    const { layer } = folded;
    const { height, width, channels } = layer.output;
    const output = this.#activation(outputName(layer), [1, height, width, channels]);
    const quantized = quantizeKernel(folded.kernel, channels);
    const bias = this.#bias(folded, quantized, input, inputMeans);
    const { kernel, strideH, strideW, padding } = layer;
    const common = { outputs: [output], strideH, strideW, padding, clamp: this.#clamp(layer.relu6, output) };
    const dilation = { dilationH: 1, dilationW: 1 };
    if (layer.kind === 'depthwise_conv2d') {
      const shape = [1, kernel, kernel, channels];
      const weights = this.#builder.weights(shape, quantized.values, quantized.scales, 3);
      const operator = { kind: 'depthwise_conv2d', inputs: [input, weights, bias], depthMultiplier: 1 } as const;
      this.#builder.add({ ...operator, ...common, ...dilation }, layer.name);
    } else {
      const shape = [channels, kernel, kernel, layer.input.channels];
      const values = outputChannelFirst(quantized.values, channels);
      const weights = this.#builder.weights(shape, values, quantized.scales, 0);
      this.#builder.add({ kind: 'conv2d', inputs: [input, weights, bias], ...common, ...dilation }, layer.name);
    }
    return output;
  }

  /** The int8 values between which a ReLU6 leaves the output, as TensorFlow Lite computes them. */
  #clamp(relu6: boolean, output: TensorId): Clamp {
    if (!relu6) return NO_CLAMP;
    const { scale, zeroPoint } = this.#quantizationOf(output);
    return { min: Math.max(-128, zeroPoint), max: Math.min(127, zeroPoint + Math.round(6 / scale)) };
  }

  /** The bias in units of input scale times kernel scale, with the correction for rounded kernels. */
  #bias(
    { layer, kernel, bias }: FoldedLayer,
    { values, scales }: QuantizedKernel,
    input: TensorId,
    inputMeans: ArrayLike<number>,
  ): TensorId {
    const { scale } = this.#quantizationOf(input);
    const channels = layer.output.channels;
    const perTap = layer.kind === 'depthwise_conv2d' ? 1 : layer.input.channels;
    const shift = new Float64Array(channels);
    for (let i = 0; i < kernel.length; i++) {
      const to = i % channels;
      const from = perTap === 1 && layer.kind === 'depthwise_conv2d' ? to : Math.floor(i / channels) % perTap;
      shift[to] += (kernel[i] - values[i] * scales[to]) * inputMeans[from];
    }
    const data = Int32Array.from(bias, (value, c) => {
      const quantized = Math.round((value + shift[c]) / (scale * scales[c]));
      return Math.min(INT32_MAX, Math.max(-INT32_MAX, quantized));
    });
    return this.#builder.bias(data, scale, scales);
  }

  #add(layer: Layer, branch: TensorId, shortcut: TensorId): TensorId {
    const { height, width, channels } = layer.output;
    const output = this.#activation(sumName(layer), [1, height, width, channels]);
    const clamp = this.#clamp(layer.sumRelu6, output);
    this.#builder.add({ kind: 'add', inputs: [branch, shortcut], outputs: [output], clamp }, sumName(layer));
    return output;
  }

  #pool(classifier: Layer, input: TensorId): TensorId {
    const output = this.#activation(POOLED, [1, classifier.input.channels]);
    this.#builder.add({ kind: 'mean', inputs: [input], outputs: [output], axes: [1, 2], keepDims: false }, POOLED);
    return output;
  }

  #classify(folded: FoldedLayer, input: TensorId): TensorId {
    const { layer } = folded;
    const classes = layer.output.channels;
    const { low, high } = this.#factsOf(outputName(layer)).histogram;
    // All of the range: the largest logit is the answer.
    const { scale, zeroPoint } = affine({ low, high });
    const output = this.#builder.activation([1, classes], scale, zeroPoint, outputName(layer));
    const quantized = quantizeKernel(folded.kernel, classes);
    const values = outputChannelFirst(quantized.values, classes);
    const weights = this.#builder.weights([classes, layer.input.channels], values, quantized.scales, 0);
    const bias = this.#bias(folded, quantized, input, this.#factsOf(POOLED).means);
    this.#builder.add(
      { kind: 'fully_connected', inputs: [input, weights, bias], outputs: [output], clamp: NO_CLAMP },
      layer.name,
    );
    return output;
  }

  #softmax(input: TensorId): TensorId {
    const output = this.#builder.activation(this.#builder.at(input).shape, 1 / 256, -128, 'probabilities');
    this.#builder.add({ kind: 'softmax', inputs: [input], outputs: [output], beta: 1 }, 'softmax');
    return output;
  }
}

/** −127 … 127 with one scale for each output channel, the last axis. A channel of zeros gets a scale of no harm. */
function quantizeKernel(kernel: Float32Array, channels: number): QuantizedKernel {
  const largest = new Float64Array(channels);
  for (let i = 0; i < kernel.length; i++) largest[i % channels] = Math.max(largest[i % channels], Math.abs(kernel[i]));
  const overall = Math.max(...largest, 1e-6);
  // Far below the others a channel is silent; too small a scale would overflow its bias.
  const scales = Array.from(largest, (value) => Math.fround(Math.max(value, overall * 1e-4) / 127));
  const values = Int8Array.from(kernel, (value, i) =>
    Math.min(127, Math.max(-127, Math.round(value / scales[i % channels]))),
  );
  return { values, scales };
}

/** … × output channels → output channels × …, as conv2d and fully_connected want their weights. */
function outputChannelFirst(values: Int8Array, channels: number): Int8Array {
  const rows = values.length / channels;
  return Int8Array.from(values, (_, i) => values[(i % rows) * channels + Math.floor(i / rows)]);
}
