import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../main/core/random/index.ts';
import { architectureCost } from '../../../main/core/architecture/index.ts';
import * as nas from '../../../main/core/nas/index.ts';

const input = { height: 80, width: 80, channels: 3 };
const space = nas.mcunetSpace(input, 0.5, 2);
const noLimits = { sramBytes: null, flashBytes: null, latencyMs: null, energyMicrojoules: null };

const blockCount = (genotype: nas.Genotype): number => genotype.stages.reduce((sum, { depth }) => sum + depth, 0);
const costOf = (genotype: nas.Genotype): nas.Cost => ({
  sramBytes: 1000 * blockCount(genotype),
  flashBytes: 1,
  latencyMs: blockCount(genotype),
  energyMicrojoules: null,
});

describe('search spaces', () => {
  it('has the channels of the published networks', () => {
    expect(space.stem.channels).toBe(16);
    expect(space.firstBlockChannels).toBe(8);
    expect(space.stages.map(({ channels }) => channels)).toEqual([16, 24, 40, 48, 96, 160]);
    expect(space.stages.map(({ strideH }) => strideH)).toEqual([2, 2, 2, 1, 2, 1]);
  });

  it('is 12 resolutions by 9 widths', () => {
    const grid = nas.spaceGrid({ channels: 3 }, 10);
    expect(grid).toHaveLength(108);
    expect(new Set(grid.map(({ name }) => name)).size).toBe(108);
  });

  it('stops halving an axis that is small already, each on its own', () => {
    const flat = nas.mcunetSpace({ height: 16, width: 128, channels: 1 }, 0.5, 10);
    expect(flat.stages.map(({ strideH }) => strideH)).toEqual([2, 1, 1, 1, 1, 1]);
    expect(flat.stages.map(({ strideW }) => strideW)).toEqual([2, 2, 2, 1, 2, 1]);
  });

  it('keeps small pictures large for long: stages halve late, down to four rows', () => {
    const small = nas.smallInputSpace({ height: 32, width: 32, channels: 3 }, 1, 10);
    expect(small.stages.map(({ strideH }) => strideH)).toEqual([1, 2, 2, 1]);
    const spectrogram = nas.smallInputSpace({ height: 62, width: 14, channels: 1 }, 1, 10);
    expect(spectrogram.stages.map(({ strideH }) => strideH)).toEqual([2, 2, 2, 1]);
    expect(spectrogram.stages.map(({ strideW }) => strideW)).toEqual([1, 2, 1, 1]);
    expect(nas.spaceFor({ height: 32, width: 32, channels: 3 }, 1, 10)).toEqual(small);
    expect(nas.spaceFor(input, 0.5, 2)).toEqual(space);
  });

  it('has compact networks beside the published ones at middling sizes: fewer weights, more computation', () => {
    const at = (side: number): nas.SearchSpace[] =>
      nas.compactSpaces({ height: side, width: side, channels: 3 }, [0.5, 1], 10);
    expect(at(96).map(({ name }) => name)).toEqual(['compact-w0.5-r96', 'compact-w1-r96']);
    expect([...at(48), ...at(160)]).toEqual([]);
    const [, compact] = at(96);
    expect(nas.parseSearchSpace(JSON.parse(JSON.stringify(compact)), 'test')).toEqual(compact);
    const meanOf = (of: nas.SearchSpace): { macs: number; parameters: number } => {
      const random = createRandom(2);
      const costs = Array.from({ length: 100 }, () =>
        architectureCost(nas.toArchitecture(of, nas.sampleGenotype(of, random))),
      );
      const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
      return { macs: mean(costs.map(({ macs }) => macs)), parameters: mean(costs.map(({ parameters }) => parameters)) };
    };
    const published = meanOf(nas.spaceFor({ height: 96, width: 96, channels: 3 }, 1, 10));
    const { macs, parameters } = meanOf(compact);
    expect(macs / parameters).toBeGreaterThan(3 * (published.macs / published.parameters));
  });

  it('reads back what it wrote, and names what is wrong with what it did not', () => {
    expect(nas.parseSearchSpace(JSON.parse(JSON.stringify(space)), 'space.json')).toEqual(space);
    expect(() => nas.parseSearchSpace({ ...space, classes: 1 }, 'mine.json')).toThrow(
      /mine\.json is not valid at classes/,
    );
  });

  it('counts its networks: a tiny space by hand', () => {
    const one = { ...space.stages[0], depths: [1, 2], kernels: [3 as const, 5 as const], expansions: [3], widths: [1] };
    expect(nas.countNetworks({ ...space, stages: [one] })).toBe(2 + 4);
  });
});

describe('genotypes', () => {
  const wide = nas.mcunetSpace(input, 0.5, 10, { stageWidths: [0.5, 0.75, 1] });

  it('samples, mutates and crosses within the space', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = createRandom(seed);
        const [a, b] = [nas.sampleGenotype(wide, random), nas.sampleGenotype(wide, random)];
        const children = [a, b, nas.mutate(wide, a, 0.3, random), nas.crossover(a, b, random)];
        for (const child of children) expect(nas.inSpace(wide, child)).toBe(true);
      }),
    );
  });

  it('spells out legal architectures', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const architecture = nas.toArchitecture(wide, nas.sampleGenotype(wide, createRandom(seed)));
        let channels = architecture.stem.channels;
        for (const block of architecture.blocks) {
          if (block.kind === 'convolution' || block.kind === 'residual') throw new Error('the space has no such block');
          expect(block.expandedChannels % 8).toBe(0);
          expect(block.channels % 8).toBe(0);
          if (block.residual) expect([block.strideH, block.strideW, block.channels]).toEqual([1, 1, channels]);
          channels = block.channels;
        }
      }),
    );
  });

  it('knows two genotypes that build the same network as one', () => {
    const genotype = nas.smallestGenotype(space);
    const [first, ...others] = genotype.stages;
    const idle = {
      ...first,
      blocks: first.blocks.map((block, i) => (i >= first.depth ? { ...block, expansion: 6 } : block)),
    };
    expect(nas.genotypeKey({ stages: [idle, ...others] })).toBe(nas.genotypeKey(genotype));
  });

  it('judges of many candidates those that a proxy scores highest, in the order in which they were drawn', () => {
    const candidates = [3, 9, 1, 9, 5].map((score) => ({ score }));
    const generation = { candidates, random: [1, 2, 3, 4] } as unknown as nas.Generation;
    const scores = candidates.map(({ score }) => score);
    expect(nas.bestByScore(generation, scores, 3).candidates).toEqual([9, 9, 5].map((score) => ({ score })));
    expect(nas.bestByScore(generation, scores, 1).candidates[0]).toBe(candidates[1]);
    expect(nas.bestByScore(generation, scores, 9)).toEqual(generation);
  });

  it('redraws nothing at rate 0 and takes every choice from a parent', () => {
    const random = createRandom(1);
    const [a, b] = [nas.sampleGenotype(space, random), nas.sampleGenotype(space, random)];
    expect(nas.mutate(space, a, 0, random)).toEqual(a);
    const child = nas.crossover(a, b, random);
    child.stages.forEach(({ depth }, s) => expect([a.stages[s].depth, b.stages[s].depth]).toContain(depth));
  });
});

describe('the choice of a space', () => {
  it('takes the one whose fitting networks have the largest mean FLOPs', () => {
    const judge: nas.Judge = ({ input: { height } }) => ({ fits: height <= 96, macs: height * 1000 });
    const grid = nas.spaceGrid({ channels: 3 }, 10, [64, 96, 128], [0.5]);
    const distributions = grid.map((s) => nas.measureSpace(s, 20, judge, createRandom(1)));
    expect(nas.chooseSpace(distributions)?.space.name).toBe('w0.5-r96');
    expect(distributions.map(({ fitting }) => fitting)).toEqual([20, 20, 0]);
    expect(distributions[1].meanFlops).toBe(2 * 96_000);
    const [small, large, none] = distributions.map(({ mostCapacity }) => mostCapacity);
    expect(large).toBeGreaterThan(small);
    expect(none).toBe(0);
  });

  it('does not trust a mean over a handful of lucky networks', () => {
    const lucky = { space, sampled: 1000, fitting: 3, macs: [9, 9, 9], meanFlops: 18, mostCapacity: 9 };
    const solid = { space, sampled: 1000, fitting: 800, macs: [4], meanFlops: 8, mostCapacity: 4 };
    expect(nas.chooseSpace([lucky, solid])).toBe(solid);
    expect(nas.chooseSpace([lucky])).toBe(lucky);
  });

  it('takes the one in which the most fit, where too few do in all of them', () => {
    const of = (fitting: number, meanFlops: number): nas.SpaceDistribution => {
      return { space, sampled: 100, fitting, macs: [], meanFlops, mostCapacity: 0 };
    };
    expect(nas.chooseSpace([of(5, 9), of(20, 3), of(40, 2)], 0.3)?.meanFlops).toBe(2);
    expect(nas.chooseSpace([of(5, 9), of(20, 3)], 0.3)?.meanFlops).toBe(3);
  });

  it('says so when nothing fits', () => {
    expect(nas.chooseSpace([{ space, sampled: 10, fitting: 0, macs: [], meanFlops: 0, mostCapacity: 0 }])).toBeNull();
  });
});

describe('one space for several boards', () => {
  const space = nas.mcunetSpace({ height: 48, width: 48, channels: 3 }, 0.5, 10);
  const seen = (fitting: number, meanFlops: number, most: number): nas.SpaceDistribution => ({
    space,
    sampled: 100,
    fitting,
    macs: fitting === 0 ? [] : [most],
    meanFlops,
    mostCapacity: fitting === 0 ? 0 : most / 10,
  });

  it('fits as many networks as the board that is hardest to please, and means them all alike', () => {
    const [combined] = nas.combineBoards([[seen(80, 4e6, 2e6)], [seen(20, 1e6, 5e5)]]);
    expect(combined).toMatchObject({ sampled: 100, fitting: 20, macs: [2e6], mostCapacity: 2e5 });
    expect(combined?.meanFlops).toBeCloseTo(2e6, 3);
  });

  it('is none in which some board finds nothing', () => {
    const combined = nas.combineBoards([[seen(80, 4e6, 2e6)], [seen(0, 0, 0)]]);
    expect(nas.chooseSpace(combined)).toBeNull();
  });

  it('is what it was for a single board', () => {
    const [combined] = nas.combineBoards([[seen(80, 4e6, 2e6)]]);
    expect(combined).toMatchObject({ sampled: 100, fitting: 80, macs: [2e6] });
    expect(combined?.meanFlops).toBeCloseTo(4e6, 3);
  });
});

describe('evolution', () => {
  const settings = { ...nas.PUBLISHED_EVOLUTION, population: 20, parents: 5, crossovers: 10, mutations: 10 };
  const accuracy = ({ genotype }: { genotype: nas.Genotype }): number =>
    genotype.stages
      .flatMap(({ blocks, depth }) => blocks.slice(0, depth))
      .reduce((sum, { kernel }) => sum + kernel, 0) / 200;

  const run = (
    seed: number,
    generations: number,
    limits: nas.Limits,
    from = nas.startEvolution(seed),
  ): nas.EvolutionState => {
    let state = from;
    while (state.generation < generations) {
      const generation = nas.proposeGeneration(space, state, limits, costOf, settings);
      state = nas.recordGeneration(state, generation, generation.candidates.map(accuracy));
    }
    return state;
  };

  it('climbs', () => {
    const state = run(1, 15, noLimits);
    const [best] = nas.bestOf(state.judged, 1);
    const [firstBest] = nas.bestOf(state.judged.slice(0, settings.population), 1);
    expect(best.accuracy).toBeGreaterThan(firstBest.accuracy * 1.1);
  });

  it('judges nothing that does not fit, and nothing twice', () => {
    const state = run(2, 10, { ...noLimits, sramBytes: 14_000 });
    expect(state.judged.every(({ cost }) => cost.sramBytes <= 14_000)).toBe(true);
    expect(new Set(state.judged.map(({ key }) => key)).size).toBe(state.judged.length);
  });

  it('begins with what it is given, as far as that fits and is wanted, and is as large as otherwise', () => {
    const [small, large] = [nas.smallestGenotype(space), nas.largestGenotype(space)];
    const limits = { ...noLimits, sramBytes: (costOf(small).sramBytes + costOf(large).sramBytes) / 2 };
    const first = (options: nas.ProposalOptions): nas.Generation =>
      nas.proposeGeneration(space, nas.startEvolution(5), limits, costOf, settings, options);
    const keys = ({ candidates }: nas.Generation): string[] => candidates.map(({ key }) => key);
    const seeded = keys(first({ seeds: [large, small, small] }));
    expect(seeded[0]).toBe(nas.genotypeKey(small));
    expect(seeded).not.toContain(nas.genotypeKey(large));
    expect(new Set(seeded).size).toBe(settings.population);
    const isWanted = (genotype: nas.Genotype): boolean => nas.genotypeKey(genotype) !== nas.genotypeKey(small);
    expect(keys(first({ seeds: [small], isWanted }))).toEqual(keys(first({ isWanted })));
  });

  it('ends where the limits leave nothing', () => {
    expect(run(3, 2, { ...noLimits, sramBytes: 1 }).judged).toEqual([]);
  });

  it('resumed from stored state equals uninterrupted', () => {
    const stored = JSON.parse(JSON.stringify(run(4, 3, noLimits))) as nas.EvolutionState;
    expect(run(4, 6, noLimits, stored)).toEqual(run(4, 6, noLimits));
  });
});

describe('the Pareto front', () => {
  const rated = (accuracy: number, latencyMs: number, sramBytes = 1): nas.Rated => ({
    accuracy,
    cost: { sramBytes, flashBytes: 1, latencyMs, energyMicrojoules: null },
  });

  it('keeps what nothing beats, by rising latency, equals once', () => {
    const [slow, fast, worse, lean] = [rated(0.9, 30), rated(0.8, 10), rated(0.7, 20), rated(0.7, 25, 0.5)];
    expect(nas.paretoFront([slow, fast, worse, lean, rated(0.9, 30)])).toEqual([fast, lean, slow]);
  });

  it('holds no dominated point and dominates every other', () => {
    const points = fc.array(fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)), { maxLength: 30 });
    fc.assert(
      fc.property(points, (triples) => {
        const all = triples.map(([a, l, s]) => rated(a, l, s));
        const front = nas.paretoFront(all);
        expect(front.some((a) => front.some((b) => nas.dominates(a, b)))).toBe(false);
        for (const point of all.filter((p) => !front.includes(p))) {
          expect(front.some((f) => nas.dominates(f, point) || JSON.stringify(f) === JSON.stringify(point))).toBe(true);
        }
      }),
    );
  });

  it('recommends the best that fits, or one nearly as good and much faster', () => {
    const limits = { ...noLimits, latencyMs: 50 };
    expect(nas.recommend([rated(0.9, 60), rated(0.8, 40)], limits)?.candidate.accuracy).toBe(0.8);
    expect(nas.recommend([rated(0.9, 60), rated(0.8, 40)], limits)?.why).toEqual({ code: 'most-accurate' });
    const faster = nas.recommend([rated(0.9, 40), rated(0.899, 20)], limits);
    expect(faster?.candidate.cost.latencyMs).toBe(20);
    expect(faster?.why).toEqual({ code: 'faster', lost: expect.closeTo(0.001) as number, saved: 0.5 });
    expect(faster?.reason).toContain('within 0.1 points');
    expect(faster?.reason).toContain('50 % faster');
    expect(nas.recommend([rated(0.9, 60)], limits)).toBeNull();
  });
});
