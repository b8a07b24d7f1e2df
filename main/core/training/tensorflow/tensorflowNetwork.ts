import type * as TensorFlow from '@tensorflow/tfjs';
import type { Architecture, Layer } from '../../architecture/index.ts';
import { loadSample, type Variation } from '../augment.ts';
import type { TrainableNetwork, UpdateOptions } from '../backend.ts';
import { sampleBytes } from '../data.ts';
import {
  BATCH_NORM_EPSILON,
  sliceOf,
  weightLayout,
  type LayerWeights,
  type Slice,
  type WeightLayout,
} from '../network.ts';

/** What of TensorFlow.js this backend uses: `@tensorflow/tfjs-node`, or `@tensorflow/tfjs` on any of its backends. */
export type TensorFlowModule = typeof TensorFlow;

type Tensor = TensorFlow.Tensor;
type Tensor4D = TensorFlow.Tensor4D;
type Variable = TensorFlow.Variable;

interface LayerVariables {
  readonly weights: LayerWeights;
  readonly kernel: Variable;
  readonly gamma: Variable | null;
  /** Batch norm's beta, or the classifier's bias. */
  readonly beta: Variable;
}

/** A network in TensorFlow's variables. Written for clarity: it is also what the WASM kernels are judged by. */
export class TensorflowNetwork implements TrainableNetwork {
  readonly architecture: Architecture;
  readonly batch: number;
  readonly layout: WeightLayout;
  readonly #tf: TensorFlowModule;
  readonly #layers: readonly LayerVariables[];
  readonly #running: Float32Array;
  readonly #statistics: Float32Array;
  readonly #gradients: Float32Array;
  #velocities: Float32Array;
  #samples: Float32Array = new Float32Array(0);
  #count = 0;

  constructor(tf: TensorFlowModule, architecture: Architecture, batch: number) {
    this.#tf = tf;
    this.architecture = architecture;
    this.batch = batch;
    this.layout = weightLayout(architecture);
    const { trainable, total } = this.layout;
    this.#running = new Float32Array(total);
    this.#statistics = new Float32Array(total);
    this.#gradients = new Float32Array(trainable);
    this.#velocities = new Float32Array(trainable);
    const variable = (shape: number[]): Variable => tf.tidy(() => tf.variable(tf.zeros(shape)));
    this.#layers = this.layout.layers.map((weights) => ({
      weights,
      kernel: variable(kernelShape(weights.layer)),
      gamma: weights.gamma && variable([weights.gamma.length]),
      beta: variable([weights.layer.output.channels]),
    }));
  }

  setWeights(weights: Float32Array): void {
    this.#running.set(weights);
    this.#eachVariable((variable, { offset, length }) =>
      this.#tf.tidy(() => variable.assign(this.#tf.tensor(weights.slice(offset, offset + length), variable.shape))),
    );
  }

  weights(): Float32Array {
    const weights = this.#running.slice();
    this.#eachVariable((variable, { offset }) => weights.set(variable.dataSync(), offset));
    return weights;
  }

  setVelocities(velocities: Float32Array): void {
    this.#velocities = velocities.slice();
  }

  velocities(): Float32Array {
    return this.#velocities.slice();
  }

  setSamples(samples: Uint8Array, count: number, variations?: readonly Variation[]): void {
    const { input } = this.architecture;
    const size = sampleBytes(input);
    this.#samples = new Float32Array(count * size);
    this.#count = count;
    for (let i = 0; i < count; i++)
      loadSample(samples.subarray(i * size, (i + 1) * size), input, variations?.[i], this.#samples, i * size);
  }

  forward(mode: 'training' | 'inference'): Float32Array {
    const logits = this.#tf.tidy(() => this.#run(mode).dataSync());
    return Float32Array.from(logits);
  }

  backward(gradient: Float32Array): void {
    const tf = this.#tf;
    const variables = this.#layers.flatMap(({ kernel, gamma, beta }) => [kernel, gamma, beta]);
    const weighted = (): TensorFlow.Scalar => {
      const slope = tf.tensor2d(gradient.slice(0, this.#count * this.architecture.classes), [
        this.#count,
        this.architecture.classes,
      ]);
      return tf.sum(tf.mul(this.#run('training'), slope)) as TensorFlow.Scalar;
    };
    const { value, grads } = tf.variableGrads(
      weighted,
      variables.filter((variable) => variable !== null),
    );
    this.#eachVariable((variable, { offset }) => this.#gradients.set(grads[variable.name].dataSync(), offset));
    tf.dispose([value, grads]);
  }

  step(into: Float32Array): void {
    into.set(this.#statistics);
    into.set(this.#gradients);
  }

  update(options: UpdateOptions, step?: Float32Array): void {
    const { learningRate, momentum, weightDecay, statisticsMomentum } = options;
    const gradients = step ?? this.#gradients;
    const statistics = step ?? this.#statistics;
    const weights = this.weights();
    const decays = new Float32Array(this.layout.trainable);
    for (const { kernel } of this.layout.layers) sliceOf(decays, kernel).fill(weightDecay);
    for (let i = 0; i < this.layout.trainable; i++) {
      const velocity = momentum * this.#velocities[i] + gradients[i] + decays[i] * weights[i];
      this.#velocities[i] = velocity;
      weights[i] -= learningRate * velocity;
    }
    for (let i = this.layout.trainable; i < this.layout.total; i++)
      weights[i] += statisticsMomentum * (statistics[i] - weights[i]);
    this.setWeights(weights);
  }

  dispose(): void {
    this.#eachVariable((variable) => variable.dispose());
  }

  #eachVariable(visit: (variable: Variable, slice: Slice) => void): void {
    for (const { weights, kernel, gamma, beta } of this.#layers) {
      visit(kernel, weights.kernel);
      if (gamma !== null && weights.gamma !== null) visit(gamma, weights.gamma);
      const betaSlice = weights.beta ?? weights.bias;
      if (betaSlice !== null) visit(beta, betaSlice);
    }
  }

  #run(mode: 'training' | 'inference'): Tensor {
    const tf = this.#tf;
    const { height, width, channels } = this.architecture.input;
    const outputs: Tensor4D[] = [];
    const input = tf.tensor4d(this.#samples, [this.#count, height, width, channels]);
    for (const { weights, kernel, gamma, beta } of this.#layers) {
      const { layer } = weights;
      if (layer.kind === 'dense') break;
      const read = layer.reads < 0 ? input : outputs[layer.reads];
      let x = this.#normalize(this.#convolve(read, layer, kernel), weights, gamma, beta, mode);
      if (layer.relu6) x = tf.relu6(x);
      if (layer.adds !== null) x = tf.add(x, outputs[layer.adds]);
      if (layer.sumRelu6) x = tf.relu6(x);
      outputs.push(x);
    }
    const classifier = this.#layers[this.#layers.length - 1];
    const last = outputs[outputs.length - 1];
    return tf.add(tf.matMul(tf.mean(last, [1, 2]), classifier.kernel as TensorFlow.Tensor2D), classifier.beta);
  }

  #convolve(x: Tensor4D, layer: Layer, kernel: Tensor): Tensor4D {
    const tf = this.#tf;
    const { top, bottom, left, right } = layer.padding;
    if (layer.kind === 'conv2d') return tf.conv2d(x, kernel as Tensor4D, [layer.strideH, layer.strideW], 'same');
    if (layer.strideH === layer.strideW) return tf.depthwiseConv2d(x, kernel as Tensor4D, layer.strideH, 'same');
    // TensorFlow has no depthwise convolution with two different strides: all windows, of which some are kept.
    const padded: Tensor4D = tf.pad(x, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]);
    const all = tf.depthwiseConv2d(padded, kernel as Tensor4D, 1, 'valid');
    const rows = Array.from({ length: layer.output.height }, (_, i) => i * layer.strideH);
    const columns = Array.from({ length: layer.output.width }, (_, i) => i * layer.strideW);
    return tf.gather(tf.gather(all, tf.tensor1d(rows, 'int32'), 1), tf.tensor1d(columns, 'int32'), 2);
  }

  #normalize(
    z: Tensor4D,
    weights: LayerWeights,
    gamma: Variable | null,
    beta: Variable,
    mode: 'training' | 'inference',
  ): Tensor4D {
    const tf = this.#tf;
    if (weights.mean === null || weights.variance === null || gamma === null) return z;
    if (mode === 'inference') {
      const mean = tf.tensor1d(sliceOf(this.#running, weights.mean).slice());
      const variance = tf.tensor1d(sliceOf(this.#running, weights.variance).slice());
      return this.#applyNorm(z, mean, variance, gamma, beta);
    }
    const mean = tf.mean(z, [0, 1, 2]);
    const variance = tf.mean(tf.square(tf.sub(z, mean)), [0, 1, 2]);
    const count = z.shape[0] * z.shape[1] * z.shape[2];
    this.#statistics.set(mean.dataSync(), weights.mean.offset);
    const unbiased = count > 1 ? count / (count - 1) : 1;
    this.#statistics.set(
      variance.dataSync().map((value) => value * unbiased),
      weights.variance.offset,
    );
    return this.#applyNorm(z, mean, variance, gamma, beta);
  }

  #applyNorm(z: Tensor4D, mean: Tensor, variance: Tensor, gamma: Tensor, beta: Tensor): Tensor4D {
    const tf = this.#tf;
    const inverse = tf.rsqrt(tf.add(variance, BATCH_NORM_EPSILON));
    return tf.add(tf.mul(tf.sub(z, mean), tf.mul(inverse, gamma)), beta);
  }
}

function kernelShape(layer: Layer): number[] {
  const { kernel, input, output } = layer;
  if (layer.kind === 'dense') return [input.channels, output.channels];
  if (layer.kind === 'depthwise_conv2d') return [kernel, kernel, input.channels, 1];
  return [kernel, kernel, input.channels, output.channels];
}
