import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as nas from '../../../main/core/nas/index.ts';
import { architectureCost } from '../../../main/core/architecture/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import {
  createWasmBackend,
  crossEntropy,
  initializeNetwork,
  sliceOf,
  weightLayout,
} from '../../../main/core/training/index.ts';
import { stripes, tinySpace as space } from '../../support/tinySearch.ts';

const supernet = nas.supernetLayout(space);
const fresh = (seed: number): Float32Array =>
  initializeNetwork(nas.toArchitecture(space, supernet.largest), createRandom(seed)).weights;

describe('inheritance', () => {
  it('gives the largest network the whole vector', () => {
    const weights = fresh(1);
    expect(nas.inherit(weights, nas.inheritanceOf(supernet, supernet.largest))).toEqual(weights);
  });

  it('takes centres of kernels, first channels, first blocks', () => {
    const weights = Float32Array.from({ length: supernet.layout.total }, (_, i) => i);
    const smallest = nas.smallestGenotype(space);
    const own = weightLayout(nas.toArchitecture(space, smallest));
    const inherited = nas.inherit(weights, nas.inheritanceOf(supernet, smallest));
    const [small, large] = ['block1.depthwise', 'block1.depthwise'].map((name, i) => {
      const layers = i === 0 ? own.layers : supernet.layout.layers;
      const found = layers.find(({ layer }) => layer.name === name);
      if (found === undefined) throw new Error(name);
      return found;
    });
    const [channels, wide] = [small.layer.output.channels, large.layer.output.channels];
    expect([small.layer.kernel, large.layer.kernel, channels < wide]).toEqual([3, 5, true]);
    // The 3×3's first tap, channel 0, is the 5×5's tap (1, 1).
    expect(sliceOf(inherited, small.kernel)[0]).toBe(large.kernel.offset + (1 * 5 + 1) * wide);
    // Its second tap, last channel.
    expect(sliceOf(inherited, small.kernel)[2 * channels - 1]).toBe(
      large.kernel.offset + (1 * 5 + 2) * wide + channels - 1,
    );
  });

  it('takes every number of a subnet from exactly one place, and gives it back there', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const genotype = nas.sampleGenotype(space, createRandom(seed));
        const inheritance = nas.inheritanceOf(supernet, genotype);
        const ones = nas.inherit(new Float32Array(supernet.layout.total).fill(1), inheritance);
        expect(ones.every((value) => value === 1)).toBe(true);
        const back = new Float32Array(supernet.layout.total);
        nas.giveBack(back, inheritance, ones, 1);
        expect(back.every((value) => value === 0 || value === 1)).toBe(true);
        expect(back.reduce((sum, value) => sum + value, 0)).toBe(inheritance.total);
      }),
      { numRuns: 50 },
    );
  });

  it('sorting channels leaves the largest network the same function, and puts important channels first', () => {
    const backend = createWasmBackend();
    const { samples } = stripes(8, 3);
    const logits = (weights: Float32Array): Float32Array => {
      const network = backend.compile(nas.toArchitecture(space, supernet.largest), 8);
      network.setWeights(weights);
      network.setSamples(samples, 8);
      return network.forward('inference').slice();
    };
    const weights = fresh(2);
    const before = logits(weights);
    const original = weights.slice();
    nas.sortChannels(supernet, weights);
    expect(weights).not.toEqual(original);
    logits(weights).forEach((value, i) => expect(value).toBeCloseTo(before[i], 4));
    const project = supernet.layers.get('block1.project');
    if (project === undefined) throw new Error('no projection');
    const outputs = project.layer.output.channels;
    const kernel = sliceOf(weights, project.kernel);
    const rowSum = (row: number): number =>
      kernel.subarray(row * outputs, (row + 1) * outputs).reduce((s, w) => s + Math.abs(w), 0);
    const sums = Array.from({ length: project.layer.input.channels }, (_, row) => rowSum(row));
    expect(sums).toEqual([...sums].sort((a, b) => b - a));
  });
});

describe('the supernet', () => {
  const options = { distillation: true, labelSmoothing: 0, classes: 3 };

  it('adds the mean of its subnets’ gradients: one subnet alone gets its own gradient', () => {
    const backend = createWasmBackend();
    const weights = fresh(4);
    const { samples, labels } = stripes(16, 5);
    const genotype = nas.sampleGenotype(space, createRandom(9));
    const into = new Float32Array(supernet.layout.total);
    const runner = new nas.SubnetRunner(backend, supernet, 16);
    nas.supernetGradient(runner, weights, { samples, labels, count: 16 }, [genotype], options, into);

    const inheritance = nas.inheritanceOf(supernet, genotype);
    const alone = new nas.SubnetRunner(createWasmBackend(), supernet, 16).load(genotype, weights);
    alone.setSamples(samples, 16);
    const gradient = new Float32Array(16 * 3);
    crossEntropy(alone.forward('training'), 16, 3, { labels, labelSmoothing: 0 }, gradient);
    alone.backward(gradient);
    const step = new Float32Array(inheritance.total);
    alone.step(step);
    expect(step.subarray(0, alone.layout.trainable).some((g) => g !== 0)).toBe(true);
    expect(nas.inherit(into, inheritance)).toEqual(step);

    // What the subnet does not have gets no gradient.
    nas.giveBack(into, inheritance, step, -1);
    expect(into.every((value) => value === 0)).toBe(true);
  });

  it('draws within bounds on capacity and multiply-accumulates, and what is nearest where hardly anything keeps them', () => {
    const macsOf = (genotype: nas.Genotype): number => architectureCost(nas.toArchitecture(space, genotype)).macs;
    const rule = { random: 20, sandwich: false, distillation: false };
    const all = nas.drawSubnets(supernet, rule, createRandom(1)).map(macsOf);
    const bound = [...all].sort((a, b) => a - b)[6];
    const bounded = nas.drawSubnets(supernet, { ...rule, mostMacs: bound }, createRandom(1)).map(macsOf);
    expect(Math.max(...bounded)).toBeLessThanOrEqual(bound);
    expect(Math.max(...all)).toBeGreaterThan(bound);
    const capacityOf = (genotype: nas.Genotype): number => nas.capacityOf(nas.toArchitecture(space, genotype));
    const capacities = nas.drawSubnets(supernet, rule, createRandom(1)).map(capacityOf);
    const leastCapacity = [...capacities].sort((a, b) => a - b)[10];
    const able = nas.drawSubnets(supernet, { ...rule, leastCapacity }, createRandom(1)).map(capacityOf);
    expect(Math.min(...able)).toBeGreaterThanOrEqual(leastCapacity);
    expect(Math.min(...capacities)).toBeLessThan(leastCapacity);
    const one = { ...rule, random: 1 };
    const [least] = nas.drawSubnets(supernet, { ...one, mostMacs: 1 }, createRandom(1)).map(macsOf);
    expect(least).toBeLessThanOrEqual(Math.min(...all));
    const [most] = nas.drawSubnets(supernet, { ...one, leastCapacity: 1e12 }, createRandom(1)).map(macsOf);
    expect(most).toBeGreaterThanOrEqual(0.8 * Math.max(...all));
  });

  it('learns: largest, smallest and random subnets get better together', () => {
    const backend = createWasmBackend();
    const runner = new nas.SubnetRunner(backend, supernet, 32);
    const random = createRandom(6);
    const data = stripes(256, 7);
    const held = stripes(128, 8);
    const length = 12 * 12 * 3;
    const weights = fresh(6);
    const velocity = new Float32Array(supernet.layout.trainable);
    const rule: nas.SamplingRule = { random: 2, sandwich: true, distillation: true };
    const judge = (genotype: nas.Genotype): number => nas.judgeSubnet(runner, weights, genotype, data.samples, held);
    const untrained = judge(nas.smallestGenotype(space));
    for (let step = 0; step < 80; step++) {
      const at = (step % 8) * 32;
      const batch = {
        samples: data.samples.subarray(at * length, (at + 32) * length),
        labels: data.labels.subarray(at, at + 32),
        count: 32,
      };
      const gradient = new Float32Array(supernet.layout.total);
      nas.supernetGradient(runner, weights, batch, nas.drawSubnets(supernet, rule, random), options, gradient);
      for (let i = 0; i < velocity.length; i++) {
        velocity[i] = 0.9 * velocity[i] + gradient[i];
        weights[i] -= 0.05 * velocity[i];
      }
    }
    for (const genotype of [supernet.largest, nas.smallestGenotype(space), nas.sampleGenotype(space, random)]) {
      expect(judge(genotype)).toBeGreaterThan(0.8);
    }
    expect(untrained).toBeLessThan(0.7);
  });
});
