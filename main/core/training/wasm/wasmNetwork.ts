import type { Architecture } from '../../architecture/index.ts';
import type { Variation } from '../augment.ts';
import type { TrainableNetwork, UpdateOptions } from '../backend.ts';
import { PLAIN } from '../augment.ts';
import { sampleBytes } from '../data.ts';
import { BATCH_NORM_EPSILON, type WeightLayout } from '../network.ts';
import type { Arena } from './arena.ts';
import type { Address, Kernels, WindowGeometry } from './kernels.ts';
import { roundKernel, roundToInt8, type Int8Rounding } from '../rounding.ts';
import { takeLayerMemory, type LayerMemory } from './layerMemory.ts';
import { planFor, type PlannedLayer, type WasmPlan } from './plan.ts';
import { copyStatistics, copyTrainable } from './weightCopies.ts';

/** Rows that the pointwise kernels take at a time (`BAND` in assembly/pointwise.ts). */
const BAND = 90;
const SCRATCH_SLACK = 1024;
/** Where `normalizeApply` puts the ReLU6 (assembly/normalize.ts). */
const ACTIVATED = { no: 0, afterNorm: 1, afterSum: 2 } as const;

/** Where a layer finds its input: values, and the batch norm and ReLU6 that they still need (0 where none). */
interface Source {
  readonly values: Address;
  readonly scale: Address;
  readonly shift: Address;
}

/** A network in the memory of the WASM kernels. */
export class WasmNetwork implements TrainableNetwork {
  readonly architecture: Architecture;
  readonly batch: number;
  readonly arena: Arena;
  readonly kernels: Kernels;
  readonly #plan: WasmPlan;
  readonly #convolutions: readonly PlannedLayer[];
  readonly #classifier: PlannedLayer;
  readonly #memory: readonly LayerMemory[];
  readonly #weights: Address;
  readonly #gradients: Address;
  readonly #velocities: Address;
  readonly #running: Address;
  readonly #batchStatistics: Address;
  readonly #bytes: Address;
  readonly #input: Address;
  readonly #windows: Address;
  readonly #pooled: Address;
  readonly #pooledGradient: Address;
  readonly #logits: Address;
  readonly #logitGradient: Address;
  readonly #ones: Address;
  readonly #zeros: Address;
  /** Three buffers for gradients of activations: one being read, one being written, one kept for a residual. */
  readonly #exchange: readonly [Address, Address, Address];
  readonly #scratch: Address;
  readonly #answer: Float32Array;
  #count = 0;
  /** Kernels in full precision, while the memory holds rounded ones; null where the network cannot round. */
  readonly #precise: Float32Array | null;
  #rounding: Int8Rounding | null = null;
  #isRounded = false;

  /** @param rounded whether `round` can be asked for */
  constructor(architecture: Architecture, batch: number, arena: Arena, kernels: Kernels, rounded = false) {
    this.architecture = architecture;
    this.batch = batch;
    this.arena = arena;
    this.kernels = kernels;
    const plan = planFor(architecture, rounded);
    this.#precise = rounded ? new Float32Array(plan.kernelNumbers) : null;
    this.#plan = plan;
    this.#convolutions = plan.layers.slice(0, -1);
    this.#classifier = plan.layers[plan.layers.length - 1];

    const take = (count: number): Address => arena.take(count);
    this.#weights = take(plan.trainableNumbers);
    this.#gradients = take(plan.trainableNumbers);
    this.#velocities = take(plan.trainableNumbers);
    this.#running = take(plan.statisticsNumbers);
    this.#batchStatistics = take(plan.statisticsNumbers);
    const pixels = sampleBytes(architecture.input);
    this.#bytes = take(Math.ceil(pixels / 4));
    this.#input = take(batch * pixels);
    const stem = plan.layers[0];
    this.#windows = take(batch * stem.pixels * stem.kernel.paddedRows);
    const classifier = this.#classifier;
    this.#pooled = take(batch * classifier.inputChannels);
    this.#pooledGradient = take(batch * classifier.inputChannels);
    this.#logits = take(batch * classifier.channels);
    this.#logitGradient = take(batch * classifier.channels);
    this.#ones = take(classifier.channels);
    this.#zeros = take(classifier.channels);
    this.#memory = this.#convolutions.map((planned) => takeLayerMemory(planned, batch, take));
    const largest = Math.max(...this.#convolutions.map(({ pixels, channels }) => batch * pixels * channels));
    this.#exchange = [take(largest), take(largest), take(largest)];
    this.#scratch = take(Math.max(...plan.layers.map((layer) => this.#scratchNumbers(layer))) + SCRATCH_SLACK);

    // The memory may have belonged to another network: everything that padding or a first step relies on is set.
    this.#numbers(this.#weights, plan.trainableNumbers).fill(0);
    this.#numbers(this.#gradients, plan.trainableNumbers).fill(0);
    this.#numbers(this.#velocities, plan.trainableNumbers).fill(0);
    this.#numbers(this.#running, plan.statisticsNumbers).fill(0);
    this.#numbers(this.#batchStatistics, plan.statisticsNumbers).fill(0);
    this.#numbers(this.#ones, classifier.channels).fill(1);
    this.#numbers(this.#zeros, classifier.channels).fill(0);
    this.#answer = new Float32Array(batch * architecture.classes);
  }

  get layout(): WeightLayout {
    return this.#plan.layout;
  }

  setWeights(weights: Float32Array): void {
    this.#isRounded = false;
    const padded = this.#numbers(this.#weights, this.#plan.trainableNumbers);
    const running = this.#numbers(this.#running, this.#plan.statisticsNumbers);
    copyTrainable(this.#plan, weights, padded, 'pad');
    copyStatistics(this.#plan, weights, running, 'pad');
  }

  weights(): Float32Array {
    this.#makePrecise();
    const weights = new Float32Array(this.layout.total);
    copyTrainable(this.#plan, weights, this.#numbers(this.#weights, this.#plan.trainableNumbers), 'unpad');
    copyStatistics(this.#plan, weights, this.#numbers(this.#running, this.#plan.statisticsNumbers), 'unpad');
    return weights;
  }

  setVelocities(velocities: Float32Array): void {
    copyTrainable(this.#plan, velocities, this.#numbers(this.#velocities, this.#plan.trainableNumbers), 'pad');
  }

  velocities(): Float32Array {
    const velocities = new Float32Array(this.layout.trainable);
    copyTrainable(this.#plan, velocities, this.#numbers(this.#velocities, this.#plan.trainableNumbers), 'unpad');
    return velocities;
  }

  setSamples(samples: Uint8Array, count: number, variations?: readonly Variation[]): void {
    const { height, width, channels } = this.architecture.input;
    const size = sampleBytes(this.architecture.input);
    const bytes = new Uint8Array(this.arena.memory.buffer, this.#bytes, size);
    for (let i = 0; i < count; i++) {
      const { shiftY, shiftX, mirror, gain, offset, blanks } = variations?.[i] ?? PLAIN;
      bytes.set(samples.subarray(i * size, (i + 1) * size));
      const to = this.#input + 4 * i * size;
      this.kernels.loadSample(this.#bytes, to, height, width, channels, shiftY, shiftX, mirror ? 1 : 0, gain, offset);
      for (const { top, left, rows, columns } of blanks)
        this.kernels.blankSample(to, width, channels, top, left, rows, columns);
    }
    this.#count = count;
  }

  forward(mode: 'training' | 'inference'): Float32Array {
    const training = mode === 'training';
    if (this.#rounding !== null) this.#roundKernels();
    for (const planned of this.#convolutions) {
      this.#convolve(planned, training);
      this.#normalize(planned, training);
    }
    return this.#classify();
  }

  backward(gradient: Float32Array): void {
    /** The gradient of each output that is still to be followed, as far as it is known. */
    const known = new Map<number, Address>([[this.#classifier.layer.reads, this.#classifyBackward(gradient)]]);
    for (let index = this.#convolutions.length - 1; index >= 0; index--) {
      const current = known.get(index);
      if (current === undefined) throw new RangeError(`nothing reads layer ${index}`);
      const { adds, reads } = this.#convolutions[index].layer;
      this.#normalizeBackward(index, current);
      if (adds !== null) known.set(adds, current);
      const free = reads < 0 ? 0 : this.#exchange.find((buffer) => ![...known.values()].includes(buffer));
      if (free === undefined) throw new RangeError(`more gradients than buffers at layer ${index}`);
      this.#convolveBackward(this.#convolutions[index], current, free, known.get(reads) ?? 0);
      known.delete(index);
      known.set(reads, free);
    }
  }

  /** From the gradient of a layer's output to the coefficients of its raw output's; a ReLU6's mask is put on. */
  #normalizeBackward(index: number, gradient: Address): void {
    const { layer, channels, pixels, materialized, gamma, beta } = this.#convolutions[index];
    const memory = this.#memory[index];
    const rows = this.#count * pixels;
    if (layer.sumRelu6) this.kernels.maskGradient(gradient, memory.y, rows * channels);
    if (materialized)
      this.kernels.normalizeSums(
        ...([gradient, memory.z, memory.scale, memory.shift, layer.relu6 ? 1 : 0, rows, channels] as const),
        memory.sums,
      );
    this.kernels.normalizeBackward(
      ...([memory.sums, memory.mean, memory.inverse, this.#weights + 4 * gamma, rows, channels] as const),
      ...([memory.a, memory.b, memory.d, this.#gradients + 4 * gamma, this.#gradients + 4 * beta] as const),
    );
  }

  step(into: Float32Array): void {
    copyTrainable(this.#plan, into, this.#numbers(this.#gradients, this.#plan.trainableNumbers), 'unpad');
    copyStatistics(this.#plan, into, this.#numbers(this.#batchStatistics, this.#plan.statisticsNumbers), 'unpad');
  }

  round(rounding: Int8Rounding | null): void {
    if (this.#precise === null) throw new RangeError('the network was not compiled for rounding');
    if (rounding !== null && rounding.activations.length !== this.#convolutions.length)
      throw new RangeError('there is a scale for each convolution, no more and no fewer');
    this.#makePrecise();
    this.#rounding = rounding;
  }

  /** Puts rounded kernels into the place of precise ones, until somebody asks for those or changes them. */
  #roundKernels(): void {
    if (this.#precise === null || this.#isRounded) return;
    this.#precise.set(this.#numbers(this.#weights, this.#plan.kernelNumbers));
    for (const { kernel } of this.#plan.layers) {
      const { at, paddedRows, paddedColumns } = kernel;
      roundKernel(this.#numbers(this.#weights + 4 * at, paddedRows * paddedColumns), paddedColumns);
    }
    this.#isRounded = true;
  }

  #makePrecise(): void {
    if (!this.#isRounded || this.#precise === null) return;
    this.#numbers(this.#weights, this.#plan.kernelNumbers).set(this.#precise);
    this.#isRounded = false;
  }

  update(options: UpdateOptions, step?: Float32Array): void {
    this.#makePrecise();
    const { kernelNumbers, trainableNumbers, statisticsNumbers } = this.#plan;
    const statistics = this.#numbers(this.#batchStatistics, statisticsNumbers);
    if (step !== undefined) {
      copyTrainable(this.#plan, step, this.#numbers(this.#gradients, trainableNumbers), 'pad');
      copyStatistics(this.#plan, step, statistics, 'pad');
    }
    const descend = (from: number, count: number, decay: number): void =>
      this.kernels.descend(
        this.#weights + 4 * from,
        this.#gradients + 4 * from,
        this.#velocities + 4 * from,
        count,
        options.learningRate,
        options.momentum,
        decay,
        1,
      );
    descend(0, kernelNumbers, options.weightDecay);
    descend(kernelNumbers, trainableNumbers - kernelNumbers, 0);
    const running = this.#numbers(this.#running, statisticsNumbers);
    const share = options.statisticsMomentum;
    for (let i = 0; i < statisticsNumbers; i++) running[i] += share * (statistics[i] - running[i]);
  }

  #numbers(address: Address, count: number): Float32Array {
    return new Float32Array(this.arena.memory.buffer, address, count);
  }

  #scratchNumbers(planned: PlannedLayer): number {
    if (planned.layer.kind === 'depthwise_conv2d') return this.kernels.depthwiseScratch(...geometryOf(planned)) / 4;
    const { paddedRows, paddedColumns } = planned.kernel;
    return paddedRows * paddedColumns + BAND * (paddedRows + paddedColumns);
  }

  /** The output of a layer. */
  #source(index: number): Source {
    const memory = this.#memory[index];
    return memory.y === 0
      ? { values: memory.z, scale: memory.scale, shift: memory.shift }
      : { values: memory.y, scale: 0, shift: 0 };
  }

  #convolve(planned: PlannedLayer, training: boolean): void {
    const { index, layer, pixels, channels, kernel, windowed } = planned;
    const { z, statistics } = this.#memory[index];
    const weights = this.#weights + 4 * kernel.at;
    const sums = training ? statistics : 0;
    const rows = this.#count * pixels;
    if (index === 0) {
      this.#gatherWindows(planned);
      this.kernels.pointwiseForward(
        ...([this.#windows, 0, 0, weights, z, rows] as const),
        ...([kernel.paddedRows, kernel.paddedColumns, sums, this.#scratch] as const),
      );
      return;
    }
    const { values, scale, shift } = this.#source(layer.reads);
    if (layer.kind === 'depthwise_conv2d') {
      this.kernels.depthwiseForward(
        ...([values, scale, shift, weights, z, this.#count] as const),
        ...geometryOf(planned),
        sums,
        this.#scratch,
      );
    } else if (windowed) {
      this.kernels.convolveForward(
        ...([values, weights, z, this.#count] as const),
        ...geometryOf(planned),
        ...([channels, sums, this.#scratch] as const),
      );
    } else {
      this.kernels.pointwiseForward(
        ...([values, scale, shift, weights, z, rows] as const),
        ...([kernel.paddedRows, kernel.paddedColumns, sums, this.#scratch] as const),
      );
    }
  }

  #gatherWindows({ layer, kernel }: PlannedLayer): void {
    const { height, width, channels } = layer.input;
    this.kernels.gatherWindows(
      ...([this.#input, this.#windows, this.#count, height, width, channels, layer.kernel] as const),
      ...([layer.strideH, layer.strideW, layer.padding.top, layer.padding.left] as const),
      ...([layer.output.height, layer.output.width, kernel.paddedRows] as const),
    );
  }

  #normalize(planned: PlannedLayer, training: boolean): void {
    const { index, layer, channels, pixels, gamma, beta, mean, variance } = planned;
    const memory = this.#memory[index];
    const gammas = this.#weights + 4 * gamma;
    const betas = this.#weights + 4 * beta;
    const rows = this.#count * pixels;
    if (training) {
      this.kernels.normalizeCoefficients(
        ...([memory.statistics, rows, gammas, betas, channels, BATCH_NORM_EPSILON] as const),
        ...([memory.scale, memory.shift, memory.mean, memory.inverse, this.#batchStatistics + 4 * mean] as const),
      );
    } else {
      this.kernels.normalizeInference(
        ...([this.#running + 4 * mean, this.#running + 4 * variance, gammas, betas, channels] as const),
        ...([BATCH_NORM_EPSILON, memory.scale, memory.shift] as const),
      );
    }
    if (memory.y === 0) return;
    const residual = layer.adds === null ? 0 : this.#source(layer.adds).values;
    const activated = layer.sumRelu6 ? ACTIVATED.afterSum : layer.relu6 ? ACTIVATED.afterNorm : ACTIVATED.no;
    this.kernels.normalizeApply(
      ...([memory.z, memory.scale, memory.shift, residual, activated] as const),
      ...([memory.y, rows, channels] as const),
    );
    const scale = this.#rounding?.activations[index];
    if (scale !== undefined) roundToInt8(this.#numbers(memory.y, rows * channels), scale);
  }

  #classify(): Float32Array {
    const { layer, inputChannels, channels, kernel, beta } = this.#classifier;
    const { values, scale, shift } = this.#source(layer.reads);
    const { pixels } = this.#convolutions[layer.reads];
    const count = this.#count;
    this.kernels.poolForward(values, scale, shift, this.#pooled, count, pixels, inputChannels);
    const weights = this.#weights + 4 * kernel.at;
    this.kernels.pointwiseForward(
      ...([this.#pooled, 0, 0, weights, this.#logits, count, inputChannels, channels, 0, this.#scratch] as const),
    );
    const logits = this.#numbers(this.#logits, count * channels);
    const bias = this.#numbers(this.#weights + 4 * beta, channels);
    const { classes } = this.architecture;
    const answer = this.#answer.subarray(0, count * classes);
    for (let i = 0; i < count; i++)
      for (let j = 0; j < classes; j++) answer[i * classes + j] = logits[i * channels + j] + bias[j];
    return answer;
  }

  /** @returns the buffer with the gradient of the last convolution's output */
  #classifyBackward(gradient: Float32Array): Address {
    const { layer, inputChannels, channels, kernel, beta } = this.#classifier;
    const count = this.#count;
    const { classes } = this.architecture;
    const padded = this.#numbers(this.#logitGradient, count * channels);
    const bias = this.#numbers(this.#gradients + 4 * beta, channels);
    padded.fill(0);
    bias.fill(0);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < classes; j++) {
        const value = gradient[i * classes + j];
        padded[i * channels + j] = value;
        bias[j] += value;
      }
    }
    // Without batch norm dz is the gradient itself: a = 1, b = d = 0.
    this.kernels.pointwiseBackward(
      ...([this.#logitGradient, this.#logits, this.#ones, this.#zeros, this.#zeros, this.#pooled, 0, 0] as const),
      ...([this.#weights + 4 * kernel.at, this.#gradients + 4 * kernel.at, this.#pooledGradient, 0, 0] as const),
      ...([count, inputChannels, channels, this.#scratch] as const),
    );
    const last = this.#convolutions[layer.reads];
    const { values, scale, shift } = this.#source(layer.reads);
    const [output] = this.#exchange;
    this.kernels.poolBackward(
      ...([this.#pooledGradient, values, scale, shift, output, count] as const),
      ...([last.pixels, inputChannels, this.#memory[layer.reads].sums] as const),
    );
    return output;
  }

  /** @param known what of the input's gradient is known already; 0 for nothing */
  #convolveBackward(planned: PlannedLayer, gradient: Address, output: Address, known: Address): void {
    const { index, layer, pixels, channels, kernel, windowed } = planned;
    const { z, a, b, d } = this.#memory[index];
    const isStem = layer.reads < 0;
    const { values, scale, shift } = isStem ? { values: this.#windows, scale: 0, shift: 0 } : this.#source(layer.reads);
    const weights = this.#weights + 4 * kernel.at;
    const weightGradient = this.#gradients + 4 * kernel.at;
    const norm = [gradient, z, a, b, d] as const;
    if (windowed) {
      this.kernels.convolveBackward(
        ...([...norm, values, weights, weightGradient, output, known, this.#count] as const),
        ...geometryOf(planned),
        ...([channels, this.#scratch] as const),
      );
      return;
    }
    const sums = isStem ? 0 : this.#memory[layer.reads].sums;
    const from = [...norm, values, scale, shift, weights, weightGradient, output, known, sums] as const;
    if (layer.kind === 'depthwise_conv2d')
      this.kernels.depthwiseBackward(...from, this.#count, ...geometryOf(planned), this.#scratch);
    else
      this.kernels.pointwiseBackward(
        ...from,
        ...([this.#count * pixels, kernel.paddedRows, kernel.paddedColumns, this.#scratch] as const),
      );
  }
}

function geometryOf({ layer, inputChannels }: PlannedLayer): WindowGeometry {
  const { input, output, padding } = layer;
  return [
    ...([input.height, input.width, inputChannels, layer.kernel, layer.strideH, layer.strideW] as const),
    ...([padding.top, padding.left, output.height, output.width] as const),
  ];
}
