import { describe, expect, it } from 'vitest';
import {
  fittedOutput,
  planRequantization,
  referenceOutput,
  type ChannelScale,
} from '../../../../main/core/engine/kernels/dsp/requantization.ts';
import { multiplyByQuantizedMultiplier, quantizeMultiplier } from '../../../../main/core/graph/index.ts';
import { createRandom } from '../../../../main/core/random/index.ts';

const full = { min: -128, max: 127 };

function channelOf(real: number, reach: number, bias: number): ChannelScale {
  return { factor: quantizeMultiplier(real), bias, low: bias - reach, high: bias + reach };
}

describe('the reference', () => {
  it('is TFLite’s multiplication for large and small accumulators', () => {
    const random = createRandom(1);
    for (let index = 0; index < 20_000; index++) {
      const factor = quantizeMultiplier(2 ** (-14 * random.next()));
      const a = Math.trunc((random.next() - 0.5) * 2 ** (4 + random.below(20)));
      const expected = multiplyByQuantizedMultiplier(a, factor.multiplier, factor.shift) - 7;
      expect(referenceOutput(a, factor, -7)).toBe(expected);
    }
  });
});

describe('a fit', () => {
  const random = createRandom(2);
  const channels = Array.from({ length: 24 }, () =>
    channelOf(0.002 * 2 ** (random.next() * 4), 3000 + random.below(30_000), random.below(8000) - 4000),
  );
  const plan = planRequantization(channels, -128, full);

  it('is found for outputs that are clamped at their zero point', () => {
    expect(plan?.kind).toBe('fit');
  });

  it('equals both roundings for every accumulator that a channel can reach', () => {
    if (plan?.kind !== 'fit') throw new Error('no fit');
    channels.forEach(({ factor, bias, low, high }, index) => {
      const { offset, multiplier } = plan.channels[index] ?? { offset: 0, multiplier: 0 };
      const withoutBias = offset - bias * 2 ** plan.scaleBits;
      for (let a = low; a <= high; a++) {
        const expected = Math.max(-128, Math.min(127, referenceOutput(a, factor, -128)));
        const value = Math.max(-128, Math.min(127, fittedOutput(a, withoutBias, multiplier, plan)));
        if (value !== expected) expect({ index, a, value }).toEqual({ index, a, value: expected });
      }
    });
  });

  it('holds for channels so flat that they hardly move, beside steep ones', () => {
    const flat = channelOf(2 ** -17, 60_000, 9_000_000);
    const mixed = planRequantization([flat, ...channels.slice(0, 3)], -128, full);
    expect(mixed?.kind).toBe('fit');
  });

  it('calls a channel constant whose output never changes', () => {
    const still = planRequantization([channelOf(2 ** -30, 1000, 5)], -128, full);
    expect(still?.kind === 'fit' && still.channels[0]?.constant).toBe(true);
  });
});

describe('where no fit is right', () => {
  it('both roundings are done one after the other', () => {
    const random = createRandom(3);
    const channels = Array.from({ length: 40 }, () => channelOf(0.004 * 2 ** random.next(), 40_000, 0));
    expect(planRequantization(channels, 3, full)?.kind).toBe('exact');
  });

  it('with the exponents in words of their own where a bias is too large to share one', () => {
    const random = createRandom(3);
    const channels = Array.from({ length: 40 }, () => channelOf(0.004 * 2 ** random.next(), 40_000, 0));
    channels.push(channelOf(0.004, 40_000, 5_000_000));
    expect(planRequantization(channels, 3, full)?.kind).toBe('wide');
  });

  it('and left shifts of such channels are left to plain C', () => {
    const channels = [channelOf(3.7, 300, 0), channelOf(0.004, 40_000, 0), channelOf(0.0051, 40_000, 0)];
    expect(planRequantization(channels, 3, full)).toBeNull();
  });
});
