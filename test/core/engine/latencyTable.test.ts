import { describe, expect, it } from 'vitest';
import type { Architecture } from '../../../main/core/architecture/index.ts';
import {
  compileModel,
  latencyTableSchema,
  layerPlan,
  planCost,
  randomNetwork,
  skeletonOf,
  TableTiming,
  type KernelVariant,
  type LatencyPoint,
} from '../../../main/core/engine/index.ts';
import { kernelFamily, kernelKin } from '../../../main/core/engine/timing/kernelFamily.ts';

const architecture: Architecture = {
  name: 'small',
  input: { height: 24, width: 24, channels: 3 },
  stem: { channels: 16, kernel: 3, strideH: 2, strideW: 2 },
  blocks: [
    { expandedChannels: 48, kernel: 5, strideH: 1, strideW: 1, channels: 16, residual: true },
    { expandedChannels: 48, kernel: 3, strideH: 2, strideW: 2, channels: 24, residual: false },
    { expandedChannels: 96, kernel: 7, strideH: 1, strideW: 1, channels: 24, residual: true },
  ],
  headChannels: null,
  classes: 10,
};

/** The planner's own figure for a step, so that a table with it changes kernels alone. */
const PLANNED_PER_STEP = 90;

const kernel = (name: string, cycles: number, steps = 10, constantBytes = 1000): KernelVariant =>
  ({ name, cycles, steps, constantBytes }) as KernelVariant;
const point = (name: string, estimate: number, cycles: number, steps = 10): LatencyPoint => ({
  kernel: name,
  estimate,
  cycles,
  steps,
  constantBytes: 1000,
});

describe('families of kernels', () => {
  it('are names without sizes', () => {
    expect(kernelFamily('conv1x1_24x144_56x56_fit_row_m4')).toBe('conv1x1_fit_row_m4');
    expect(kernelFamily('depthwise7x7_s2x2_p2_40to20x32_h20_fit_m4')).toBe('depthwise7x7_s2x2_fit_m4');
    expect(kernelFamily('conv3x3_s2x2_p0_48x3_24x8_c')).toBe('conv3x3_s2x2_c');
    expect(kernelFamily('add_320_m4_h40')).toBe('add_m4');
  });

  it('have kin of other windows and strides', () => {
    expect(kernelKin('depthwise7x7_s2x2_fit_m4')).toBe('depthwise_fit_m4');
  });
});

describe('a table of measured cycles', () => {
  const points = [1, 2, 4, 8].map((k) =>
    point(`conv1x1_8x${String(8 * k)}_9x9_fit_row_m4`, 1000 * k, 1000 * k * (1 + 0.1 * k)),
  );
  const timing = new TableTiming({ points, cyclesPerStep: PLANNED_PER_STEP });

  it('gives a measured kernel its measured cycles', () => {
    expect(timing.cyclesOf(kernel('conv1x1_8x32_9x9_fit_row_m4', 4000))).toBeCloseTo(5600, 6);
  });

  it('tells images of different heights apart, whose rows the same kernel makes', () => {
    const rows = new TableTiming({
      points: [point('conv1x1_s1x1_p0_16x64_16x16_c', 1000, 800, 4)],
      cyclesPerStep: PLANNED_PER_STEP,
    });
    expect(rows.cyclesOf(kernel('conv1x1_s1x1_p0_16x64_16x16_c', 4000, 16))).toBeCloseTo(3200, 6);
  });

  it('interpolates the factor between shapes that were measured', () => {
    const factor = timing.cyclesOf(kernel('conv1x1_8x24_9x9_fit_row_m4', 3000)) / 3000;
    expect(factor).toBeGreaterThan(1.2);
    expect(factor).toBeLessThan(1.4);
  });

  it('takes the factor of kin where a family is unknown, and of all where there is none', () => {
    for (const name of ['conv3x3_8x24_9x9_fit_row_m4', 'softmax_10_c']) {
      const factor = timing.cyclesOf(kernel(name, 3000)) / 3000;
      expect(factor).toBeGreaterThan(1.1);
      expect(factor).toBeLessThan(1.8);
    }
  });

  it('changes nothing where nothing was measured', () => {
    const none = new TableTiming({ points: [], cyclesPerStep: PLANNED_PER_STEP });
    expect(none.cyclesOf(kernel('conv1x1_8x24_9x9_fit_row_m4', 3000))).toBe(3000);
  });

  it('adds what a step costs more than planned', () => {
    const slow = new TableTiming({ points: [], cyclesPerStep: PLANNED_PER_STEP + 100 });
    expect(slow.cyclesOf(kernel('conv1x1_8x24_9x9_fit_row_m4', 3000, 7))).toBe(3700);
  });

  it('is plain data that a file can hold', () => {
    const table = { points, cyclesPerStep: 90 };
    expect(latencyTableSchema.parse(JSON.parse(JSON.stringify(table)))).toEqual(table);
  });
});

describe('a plan made with a table', () => {
  const skeleton = skeletonOf(architecture);
  const plain = layerPlan(skeleton, 'm4', 'whole');
  const pointsOf = (factor: (name: string) => number): LatencyPoint[] =>
    plain.operators.map(({ kernel: { name, cycles, steps, constantBytes } }) => ({
      kernel: name,
      estimate: cycles,
      steps,
      constantBytes,
      cycles: cycles * factor(name),
    }));

  it('predicts what was measured', () => {
    const timing = new TableTiming({ points: pointsOf(() => 3), cyclesPerStep: PLANNED_PER_STEP });
    const kernels = plain.operators.reduce((sum, { kernel: { cycles } }) => sum + cycles, 0);
    const expected = plain.estimatedCycles + 2 * kernels;
    expect(layerPlan(skeleton, 'm4', 'whole', { timing }).estimatedCycles).toBeCloseTo(expected, 3);
    // Where there is room in Flash, kernels are as fast as they come.
    const cost = planCost(architecture, { core: 'm4', timing, flashLimitBytes: 1_000_000 });
    expect(cost.estimatedCycles).toBeLessThan(1.02 * expected);
  });

  it('takes another kernel where the one that was thought to be the fastest was measured to be slow', () => {
    const slow = plain.operators.map(({ kernel: { name } }) => name).find((name) => name.includes('_row_'));
    expect(slow).toBeDefined();
    const others = new KernelsOf(skeleton).points();
    const points = others.map((each) => (each.kernel === slow ? { ...each, cycles: 100 * each.estimate } : each));
    const timing = new TableTiming({ points, cyclesPerStep: PLANNED_PER_STEP });
    const { plan } = compileModel(randomNetwork(architecture, 1), { core: 'm4', timing });
    expect(plan.operators.map(({ kernel: { name } }) => name)).not.toContain(slow);
  });
});

/** All variants that a plan may ask about, each measured to take what it is estimated to. */
class KernelsOf {
  readonly #points = new Map<string, LatencyPoint>();

  constructor(model: ReturnType<typeof skeletonOf>) {
    layerPlan(model, 'm4', 'whole', {
      prefer: ({ name, cycles, steps, constantBytes }) => {
        this.#points.set(name, { kernel: name, estimate: cycles, cycles, steps, constantBytes });
        return cycles;
      },
    });
  }

  points = (): LatencyPoint[] => [...this.#points.values()];
}
