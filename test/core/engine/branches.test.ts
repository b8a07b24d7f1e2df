/**
 * Branches that published networks have: a squeeze-and-excitation gate, and a detection head that looks at two scales. Each
 * is planned, its plan replayed by the checker, and its C gives the interpreter's bytes.
 */
import { describe, expect, it, vi } from 'vitest';
import { checkPlan, compileModel, lower, planFront } from '../../../main/core/engine/index.ts';
import {
  clampFor,
  elementsOf,
  interpret,
  ModelBuilder,
  resolvePadding,
  type Model,
  type TensorId,
} from '../../../main/core/graph/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import { concatenated, runOnHost } from '../../support/hostC.ts';
import { randomInputs8 } from '../../support/randomModel.ts';

// Compilers at work, on a machine that may have other work to do.
vi.setConfig({ testTimeout: 240_000 });

const SCALE = 0.05;
const none = clampFor('none', SCALE, 0);

/** Networks are written down here as chains of these; images are H × W × C. */
class Network {
  readonly builder = new ModelBuilder();
  readonly #random = createRandom(7);

  activation(shape: readonly number[]): TensorId {
    return this.builder.activation(shape, SCALE, 0);
  }

  convolution(source: TensorId, size: number, stride: number, channels: number): TensorId {
    const [, height, width, inside] = this.builder.at(source).shape;
    const shape = [channels, size, size, inside];
    const bytes = Int8Array.from({ length: channels * size * size * inside }, () => this.#random.below(256) - 128);
    const inputs = [source, this.builder.weights(shape, bytes, [0.01], 0)];
    const window = { height: size, width: size };
    const strides = { height: stride, width: stride };
    const padding = resolvePadding('same', { height, width }, window, strides, { height: 1, width: 1 });
    const output = this.activation([1, Math.ceil(height / stride), Math.ceil(width / stride), channels]);
    const geometry = { strideH: stride, strideW: stride, dilationH: 1, dilationW: 1, padding, clamp: none };
    this.builder.add({ kind: 'conv2d', ...geometry, inputs, outputs: [output] });
    return output;
  }

  mean(source: TensorId): TensorId {
    const channels = this.builder.at(source).shape[3];
    const output = this.activation([1, 1, 1, channels]);
    this.builder.add({ kind: 'mean', axes: [1, 2], keepDims: true, inputs: [source], outputs: [output] });
    return output;
  }

  gate(source: TensorId): TensorId {
    const output = this.builder.activation(this.builder.at(source).shape, 1 / 256, -128);
    this.builder.add({ kind: 'logistic', inputs: [source], outputs: [output] });
    return output;
  }

  product(image: TensorId, gate: TensorId): TensorId {
    const output = this.activation(this.builder.at(image).shape);
    this.builder.add({ kind: 'mul', clamp: none, inputs: [image, gate], outputs: [output] });
    return output;
  }

  twiceAsLarge(source: TensorId): TensorId {
    const [, height, width, channels] = this.builder.at(source).shape;
    const output = this.activation([1, 2 * height, 2 * width, channels]);
    const centring = { alignCorners: false, halfPixelCenters: false };
    this.builder.add({ kind: 'resize_nearest_neighbor', ...centring, inputs: [source], outputs: [output] });
    return output;
  }

  together(a: TensorId, b: TensorId): TensorId {
    const [, height, width, channels] = this.builder.at(a).shape;
    const output = this.activation([1, height, width, channels + this.builder.at(b).shape[3]]);
    this.builder.add({ kind: 'concatenation', axis: 3, inputs: [a, b], outputs: [output] });
    return output;
  }
}

function squeezeAndExcitation(): Model {
  const net = new Network();
  const input = net.builder.input([1, 24, 24, 3], SCALE, 0);
  const image = net.convolution(input, 3, 2, 16);
  const gate = net.gate(net.convolution(net.convolution(net.mean(image), 1, 1, 4), 1, 1, 16));
  return net.builder.build('squeeze-and-excitation', [net.convolution(net.product(image, gate), 1, 1, 8)]);
}

function detectionHead(): Model {
  const net = new Network();
  const input = net.builder.input([1, 32, 32, 3], SCALE, 0);
  const fine = net.convolution(input, 3, 2, 8);
  const coarse = net.convolution(fine, 3, 2, 16);
  const merged = net.together(fine, net.twiceAsLarge(net.convolution(coarse, 1, 1, 8)));
  const boxes = [net.convolution(merged, 3, 1, 6), net.convolution(coarse, 3, 1, 6)];
  return net.builder.build('detection head', boxes);
}

describe.each([squeezeAndExcitation(), detectionHead()])('a network with branches: $name', (model) => {
  it('has plans that the checker accepts, the smallest no larger than layer by layer, and no value twice in memory', () => {
    const lowered = lower(model);
    const front = planFront(lowered, 'm4', 'whole');
    for (const plan of front) checkPlan(lowered, plan);
    const layers = compileModel(model, { core: 'm4', plan: 'layers' }).plan.arenaBytes;
    expect(Math.min(...front.map(({ arenaBytes }) => arenaBytes))).toBeLessThanOrEqual(layers);
    // What is gated, or joined from two scales, is there once: no copy of the largest value beside it.
    const largest = Math.max(
      ...model.tensors.filter(({ data }) => data === null).map(({ shape }) => elementsOf(shape)),
    );
    expect(Math.min(...front.map(({ arenaBytes }) => arenaBytes))).toBeLessThan(1.5 * largest);
  });

  it.each(['whole', 'row-fed'] as const)("gives the interpreter's bytes, %s input", async (input) => {
    const cases = [1, 2].map((seed) => randomInputs8(seed, model));
    const jobs = (['m4', 'm0'] as const).map((core) => ({
      files: compileModel(model, { core, plan: 'auto', input }).files,
      inputs: cases.map(concatenated),
    }));
    const wanted = cases.map((each) => concatenated(interpret(model, each)));
    const outputs = await runOnHost(jobs, { flags: ['-O1', '-fsanitize=undefined', '-fno-sanitize-recover'] });
    expect(outputs).toEqual([wanted, wanted]);
  });
});
