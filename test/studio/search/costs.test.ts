import { describe, expect, it } from 'vitest';
import { findBoard } from '../../../main/boards/index.ts';
import type { Architecture } from '../../../main/core/architecture/index.ts';
import { planCost } from '../../../main/core/engine/index.ts';
import { fits, type Limits } from '../../../main/core/nas/index.ts';
import { costModelOf, costOf, verdictOf } from '../../../main/studio/search/costs.ts';

/** A large picture, of which little is left after the stem: it is the input that takes the memory. */
const architecture: Architecture = {
  name: 'large input',
  input: { height: 96, width: 96, channels: 3 },
  stem: { channels: 8, kernel: 3, strideH: 2, strideW: 2 },
  blocks: [
    { expandedChannels: 8, kernel: 3, strideH: 2, strideW: 2, channels: 8, residual: false },
    { expandedChannels: 24, kernel: 3, strideH: 2, strideW: 2, channels: 16, residual: false },
    { expandedChannels: 48, kernel: 5, strideH: 1, strideW: 1, channels: 16, residual: true },
  ],
  headChannels: null,
  classes: 10,
};

const board = findBoard('nucleo-f401re');
const limits: Limits = { sramBytes: 20_000, flashBytes: 400_000, latencyMs: null, energyMicrojoules: null };

describe('what a candidate costs', () => {
  it('is of the plan with the whole input, unless its source can hand over rows', () => {
    const cost = costOf(architecture, costModelOf(board, 'm4', limits));
    expect(cost.inputMode).toBe('whole');
    expect(fits(cost, limits)).toBe(false);
  });

  it('is of the row-fed plan where only that fits', () => {
    const cost = costOf(architecture, costModelOf(board, 'm4', limits, { rows: true }));
    expect(cost.inputMode).toBe('row-fed');
    expect(fits(cost, limits)).toBe(true);
    const planned = planCost(architecture, {
      core: 'm4',
      input: 'row-fed',
      sramLimitBytes: 20_000,
      flashLimitBytes: 400_000,
    });
    expect(cost.sramBytes).toBe(planned.sramBytes);
  });

  it('is of the whole input where both fit and rows gain nothing', () => {
    const wide = { ...limits, sramBytes: 90_000 };
    expect(costOf(architecture, costModelOf(board, 'm4', wide, { rows: true })).inputMode).toBe('whole');
  });

  it('says as soon as it is certain whether a network keeps to the limits', () => {
    for (const sramBytes of [3_000, 20_000, 90_000]) {
      for (const rows of [false, true]) {
        const narrow = { ...limits, sramBytes };
        const model = costModelOf(board, 'm4', narrow, { rows });
        const { macs, ...cost } = costOf(architecture, model);
        expect(verdictOf(architecture, model, narrow)).toEqual({ fits: fits(cost, narrow), macs });
        const timed = { ...narrow, latencyMs: 0.9 * cost.latencyMs };
        expect(verdictOf(architecture, model, timed).fits).toBe(false);
      }
    }
  });

  it('has an energy where the board’s power is known: that power for the time', () => {
    const powered = { ...board, power: { milliamps: 10, volts: 5, milliwatts: 50, source: 'a test' } };
    const cost = costOf(architecture, costModelOf(powered, 'm4', limits));
    expect(cost.energyMicrojoules).toBeCloseTo(50 * cost.latencyMs, 9);
    const unknown = { ...board, power: null };
    expect(costOf(architecture, costModelOf(unknown, 'm4', limits)).energyMicrojoules).toBeNull();
  });

  it('goes by the table of kernels that were measured', () => {
    const estimated = costOf(architecture, costModelOf(board, 'm4', limits));
    const table = {
      points: [
        'conv1x1_8x8_9x9_fit_row_m4',
        'conv1x1_8x16_9x9_fit_row_m4',
        'depthwise3x3_s1x1_p1_9to9x8_h9_fit_m4',
      ].map((kernel) => ({ kernel, estimate: 1000, steps: 9, constantBytes: 100, cycles: 2000 })),
      cyclesPerStep: 180,
    };
    const measured = costOf(architecture, costModelOf(board, 'm4', limits, { table }));
    expect(measured.latencyMs / estimated.latencyMs).toBeCloseTo(2, 1);
  });
});
