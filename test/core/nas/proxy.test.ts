import { describe, expect, it } from 'vitest';
import { ProxyJudge, PROXIES, type Proxy } from '../../../main/core/nas/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import { createWasmBackend, sampleBytes } from '../../../main/core/training/index.ts';
import { NETS } from '../training/nets.ts';

const [architecture] = NETS;
const random = createRandom(2);
const count = 8;
const samples = Uint8Array.from({ length: count * sampleBytes(architecture.input) }, () => random.below(256));
const labels = Array.from({ length: count }, () => random.below(architecture.classes));
const judge = (seed = 1): ProxyJudge => new ProxyJudge(createWasmBackend('plain'), { samples, labels, count }, seed);

describe('a training-free proxy', () => {
  it.each(PROXIES)('scores a network alike whatever was scored before: %s', (proxy: Proxy) => {
    const used = judge();
    const smaller = { ...architecture, blocks: architecture.blocks.slice(0, 2) };
    used.score(smaller, proxy);
    const score = used.score(architecture, proxy);
    expect(score).toBe(judge().score(architecture, proxy));
    expect(score).toBeGreaterThan(0);
    expect(score).not.toBe(used.score(smaller, proxy));
  });

  it('depends on the weights that the seed draws, but for the computations', () => {
    const of = (proxy: Proxy): boolean => judge(1).score(architecture, proxy) === judge(2).score(architecture, proxy);
    expect(PROXIES.filter(of)).toEqual(['computations']);
  });

  it('of the gradient is what a step of plain descent would change the weights by', () => {
    const backend = createWasmBackend('plain');
    const scorer = new ProxyJudge(backend, { samples, labels, count }, 1);
    // The same sample twice as often changes no mean: neither the norm of its gradient.
    const twice = new Uint8Array(2 * samples.length);
    twice.set(samples);
    twice.set(samples, samples.length);
    const doubled = new ProxyJudge(backend, { samples: twice, labels: [...labels, ...labels], count: 2 * count }, 1);
    const [once, both] = [scorer, doubled].map((each) => each.score(architecture, 'gradient'));
    expect(both / once).toBeCloseTo(1, 3);
  });
});
