import { describe, expect, it } from 'vitest';
import {
  compileModel,
  lower,
  planCost,
  planFits,
  planFront,
  skeletonOf,
  type CompiledModel,
  type PlanCostOptions,
} from '../../../main/core/engine/index.ts';
import { longCost, shortCost } from '../../../main/core/engine/planner/cost.ts';
import { lowerFor } from '../../../main/core/engine/lowerFor.ts';
import { planChoices } from '../../../main/core/engine/planner/planChoices.ts';
import type { Architecture, Block } from '../../../main/core/architecture/index.ts';
import { sampleGenotype, spaceGrid, toArchitecture } from '../../../main/core/nas/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import { randomNetwork } from '../../support/randomNetwork.ts';
import { hasSharedModels, sharedModel } from '../../support/sharedModels.ts';

/** Small networks of the MCUNet family: any kernel, expansion, stride, residual. */
function randomArchitecture(seed: number): Architecture {
  const random = createRandom(seed);
  const blocks = Array.from({ length: 2 + random.below(5) }, () => {
    const stride = 1 + random.below(2);
    return {
      kernel: random.pick([3, 5, 7] as const),
      expansion: random.pick([1, 3, 4, 5, 6]),
      stride,
      channels: 8 * (1 + random.below(4)),
    };
  });
  let channels = 8 * (1 + random.below(2));
  return {
    name: `random_${String(seed)}`,
    input: { height: 16 + random.below(60), width: 16 + random.below(60), channels: random.pick([1, 3]) },
    stem: { channels, kernel: 3, strideH: 2, strideW: 2 },
    blocks: blocks.map(({ kernel, expansion, stride, channels: wanted }) => {
      const residual = stride === 1 && random.below(2) === 0;
      const expandedChannels = channels * expansion;
      channels = residual ? channels : wanted;
      return { kernel, expandedChannels, strideH: stride, strideW: stride, channels, residual };
    }),
    headChannels: random.below(2) === 0 ? null : 64,
    classes: 2 + random.below(20),
  };
}

/** A network of general convolutions and residual blocks. */
function residualArchitecture(seed: number): Architecture {
  const random = createRandom(seed).fork('residual');
  const blocks = Array.from({ length: 3 + random.below(3) }, (): Block => {
    const stride = 1 + random.below(2);
    const kind = random.pick(['residual', 'residual', 'convolution', 'inverted'] as const);
    const window = { kernel: random.pick([3, 5] as const), strideH: stride, strideW: stride };
    const channels = 8 * (1 + random.below(3));
    return kind === 'inverted'
      ? { ...window, channels, expandedChannels: 24, residual: false }
      : { kind, ...window, channels };
  });
  return { ...randomArchitecture(seed), name: `residual_${String(seed)}`, blocks };
}

/** One of every fourth of the 108 published spaces. */
function sampledArchitectures(count: number): Architecture[] {
  const random = createRandom(11);
  const spaces = spaceGrid({ channels: 3 }, 10);
  return Array.from({ length: count }, (_, index) => {
    const space = spaces[(4 * index) % spaces.length];
    return toArchitecture(space, sampleGenotype(space, random));
  });
}

describe('the cost of a plan', () => {
  const limits: readonly PlanCostOptions[] = [
    { core: 'm4' },
    { core: 'm4', input: 'row-fed', plan: 'stream' },
    { core: 'm0plus', sramLimitBytes: 24_000 },
  ];

  it('is that of the plan that would be made', () => {
    for (let seed = 0; seed < 12; seed++) {
      const architecture = randomArchitecture(seed);
      for (const options of limits) {
        const cost = planCost(architecture, options);
        const model = lowerFor(skeletonOf(architecture), options.core);
        const front = planFront(model, options.core, options.input ?? 'whole');
        const counters = 2 * model.operators.length;
        const isOne = front.some(
          ({ arenaBytes, estimatedCycles }) =>
            Math.abs(cost.sramBytes - arenaBytes - counters) < 16 &&
            Math.abs(cost.estimatedCycles - estimatedCycles) < 1,
        );
        expect(isOne, `${architecture.name} ${JSON.stringify(options)}`).toBe(true);
      }
    }
  });

  it('is the same by the short road and by the long one', () => {
    const limits: readonly PlanCostOptions[] = [
      { core: 'm4' },
      { core: 'm4', input: 'row-fed', plan: 'stream' },
      { core: 'm4', sramLimitBytes: 64_000, flashLimitBytes: 400_000 },
      { core: 'm7', input: 'row-fed', sramLimitBytes: 40_000, flashLimitBytes: 700_000 },
      { core: 'm0plus', sramLimitBytes: 30_000 },
    ];
    let short = 0;
    for (const architecture of [
      ...sampledArchitectures(18),
      ...Array.from({ length: 12 }, (_, i) => randomArchitecture(i)),
      ...Array.from({ length: 8 }, (_, i) => residualArchitecture(i)),
    ]) {
      for (const options of limits) {
        const cost = shortCost(architecture, options);
        if (cost === null) continue;
        short++;
        expect(cost, `${architecture.name} ${JSON.stringify(options)}`).toEqual(
          longCost(skeletonOf(architecture), options),
        );
        expect(planFits(architecture, options)).toEqual({ fits: cost.fits, macs: cost.macs });
      }
    }
    // Networks of few operators have cuts everywhere, which only the long road knows.
    expect(short).toBeGreaterThan(18 * limits.length);
  });

  it('says when nothing fits, and how much would be needed', () => {
    const architecture = randomArchitecture(1);
    const free = planCost(architecture, { core: 'm4', plan: 'stream' });
    const tight = planCost(architecture, { core: 'm4', sramLimitBytes: free.sramBytes - 1 });
    expect(free.fits).toBe(true);
    expect(tight).toMatchObject({ fits: false, sramBytes: free.sramBytes });
  });

  it('takes the fastest plan that fits', () => {
    const architecture = randomArchitecture(3);
    const free = planCost(architecture, { core: 'm4' });
    const small = planCost(architecture, { core: 'm4', plan: 'stream' });
    expect(free.estimatedCycles).toBeLessThanOrEqual(small.estimatedCycles * 1.0001);
    expect(small.sramBytes).toBeLessThanOrEqual(free.sramBytes);
  });
});

describe('a limit of Flash', () => {
  it('that is loose takes the fast kernels, one that is tight the small ones', () => {
    const model = randomNetwork(randomArchitecture(4), 1);
    const compiled = (flashLimitBytes?: number) => compileModel(model, { core: 'm4', flashLimitBytes });
    const [usual, loose] = [compiled(), compiled(1e9)];
    const tight = compiled(Math.round(0.9 * loose.estimatedFlashBytes));
    const kernels = ({ plan }: CompiledModel): string => plan.operators.map(({ kernel }) => kernel.name).join();
    const isWide = /depthwise\S*_wide/;
    expect(kernels(loose)).toMatch(isWide);
    expect(kernels(tight)).not.toBe(kernels(loose));
    expect(tight.estimatedFlashBytes).toBeLessThanOrEqual(0.9 * loose.estimatedFlashBytes);
    expect(loose.plan.estimatedCycles).toBeLessThan(tight.plan.estimatedCycles);
    expect(usual.estimatedFlashBytes).toBeLessThan(loose.estimatedFlashBytes);
  });

  const published = hasSharedModels ? ['mlperf-kws-dscnn', 'mlperf-ic-resnet8', 'mcunet-vww1'] : [];
  const subjects = [
    ...published.map((name) => ({ name, model: () => lower(sharedModel(name)) })),
    ...[4, 7, 9].map((seed) => ({ name: `random ${String(seed)}`, model: () => skeletonOf(randomArchitecture(seed)) })),
  ];

  it.each(subjects)('that grows makes no plan of $name slower', ({ model }) => {
    const plans = planChoices(model(), { core: 'm4' });
    const usual = plans({}).best;
    let least = usual.flashBytes;
    while (plans({ flashLimitBytes: 0.98 * least }).fits) least *= 0.98;
    let before = Infinity;
    for (let percent = 100; percent <= 130; percent++) {
      const { best, fits } = plans({ flashLimitBytes: (percent / 100) * least });
      expect(fits).toBe(true);
      expect(best.flashBytes).toBeLessThanOrEqual((percent / 100) * least);
      expect(best.cycles, `${String(percent)} %`).toBeLessThanOrEqual(before);
      before = best.cycles;
    }
    // With so much Flash, nothing is given up.
    expect(before).toBeLessThanOrEqual(1.02 * usual.cycles);
  });

  it.skipIf(!hasSharedModels)('that is a little short costs a little speed', () => {
    const model = lower(sharedModel('mlperf-kws-dscnn'));
    const usual = planCost(model, { core: 'm4' });
    const tight = planCost(model, { core: 'm4', flashLimitBytes: Math.round(1.02 * usual.estimatedFlashBytes) });
    expect(tight.estimatedCycles).toBeLessThanOrEqual(1.01 * usual.estimatedCycles);
  });

  it('is the same for the plan that is built, with its kernels exchanged', () => {
    const architecture = randomArchitecture(4);
    const model = randomNetwork(architecture, 1);
    const { estimatedFlashBytes } = planCost(lower(model), { core: 'm4', flashLimitBytes: 1e9 });
    for (const share of [0.99, 0.96, 0.92]) {
      const options = { core: 'm4', flashLimitBytes: Math.round(share * estimatedFlashBytes) } as const;
      const cost = planCost(lower(model), options);
      const compiled = compileModel(model, options);
      expect(compiled.estimatedFlashBytes).toBe(cost.estimatedFlashBytes);
      expect(compiled.plan.estimatedCycles).toBeCloseTo(cost.estimatedCycles, 3);
      expect(compiled.sramBytes).toBe(cost.sramBytes);
    }
  });

  it('is kept with smaller kernels where there are some, and refused where there are none', () => {
    const architecture = randomArchitecture(4);
    const free = planCost(architecture, { core: 'm4' });
    const tight = planCost(architecture, { core: 'm4', flashLimitBytes: free.estimatedFlashBytes - 200 });
    if (tight.fits) expect(tight.estimatedFlashBytes).toBeLessThanOrEqual(free.estimatedFlashBytes - 200);
    else expect(tight.estimatedFlashBytes).toBeGreaterThan(free.estimatedFlashBytes - 200);
    expect(planCost(architecture, { core: 'm4', flashLimitBytes: 1000 }).fits).toBe(false);
  });
});
