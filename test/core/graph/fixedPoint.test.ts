import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  multiplyByQuantizedMultiplier,
  quantizeMultiplier,
  roundingDivideByPowerOfTwo,
  roundingHalfSum,
  saturatingRoundingDoublingHighMul,
  saturatingShiftLeft,
} from '../../../main/core/graph/index.ts';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

/** gemmlowp's definition, in 64-bit integers. */
function highMulInBigInts(a: number, b: number): number {
  if (a === -(2 ** 31) && b === a) return 2 ** 31 - 1;
  const product = BigInt(a) * BigInt(b);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return Number((product + nudge) / (1n << 31n));
}

describe('saturatingRoundingDoublingHighMul', () => {
  it('is exact for all int32 pairs', () => {
    fc.assert(
      fc.property(int32, int32, (a, b) => {
        expect(saturatingRoundingDoublingHighMul(a, b)).toBe(highMulInBigInts(a, b));
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([
    [-(2 ** 31), -(2 ** 31), 2 ** 31 - 1],
    [-(2 ** 31), 2 ** 31 - 1, -(2 ** 31) + 1],
    [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 2],
    [1, 2 ** 30, 1],
    [-1, 2 ** 30, 0],
    [3, 2 ** 30, 2],
    [-3, 2 ** 30, -1],
    [-(2 ** 31), 2 ** 30, -(2 ** 30)],
  ])('%i · %i → %i', (a, b, expected) => {
    expect(saturatingRoundingDoublingHighMul(a, b)).toBe(expected);
    expect(saturatingRoundingDoublingHighMul(b, a)).toBe(expected);
  });
});

describe('roundingDivideByPowerOfTwo', () => {
  it('rounds to nearest, halves away from zero', () => {
    fc.assert(
      fc.property(int32, fc.integer({ min: 0, max: 31 }), (x, exponent) => {
        const magnitude = Math.floor(Math.abs(x) / 2 ** exponent + 0.5);
        expect(roundingDivideByPowerOfTwo(x, exponent) + 0).toBe((x < 0 ? -magnitude : magnitude) + 0);
      }),
    );
  });
});

describe('quantizeMultiplier', () => {
  it.each([
    [0, 0, 0],
    [1, 2 ** 30, 1],
    [0.5, 2 ** 30, 0],
    [0.25, 2 ** 30, -1],
    [-0.5, -(2 ** 30), 0],
    [2 ** -32, 2 ** 30, -31],
    [2 ** -33, 0, 0],
    [1.5, 1610612736, 1],
    // Rounds up to 2^31, which is carried into the exponent.
    [1 - 2 ** -40, 2 ** 30, 1],
    [0.0003921568627450981, 1724724122, -11],
  ])('%d → %i · 2^(%i − 31)', (real, multiplier, shift) => {
    expect(quantizeMultiplier(real)).toEqual({ multiplier, shift });
  });

  it('keeps 31 bits of the factor', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (real) => {
        const { multiplier, shift } = quantizeMultiplier(real);
        expect(Math.abs((multiplier * 2 ** (shift - 31)) / real - 1)).toBeLessThan(2 ** -30);
      }),
    );
  });
});

describe('multiplyByQuantizedMultiplier', () => {
  it('rounds twice, as TensorFlow Lite’s default does', () => {
    // 4 · 0.12499… = 0.49999 would round to 0; but 4 · 0.99998 is rounded to 4 first, and 4 / 8 to 1 then.
    const { multiplier, shift } = quantizeMultiplier(0.49999 / 4);
    expect(multiplyByQuantizedMultiplier(4, multiplier, shift)).toBe(1);
  });

  it('is within one of the real product', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 24), max: 2 ** 24 }),
        fc.double({ min: 1e-7, max: 64, noNaN: true }),
        (x, real) => {
          const { multiplier, shift } = quantizeMultiplier(real);
          expect(Math.abs(multiplyByQuantizedMultiplier(x, multiplier, shift) - x * real)).toBeLessThanOrEqual(
            1 + Math.abs(x * real) * 2 ** -29,
          );
        },
      ),
    );
  });
});

describe('small helpers', () => {
  it('saturatingShiftLeft stops at the ends of int32', () => {
    expect([
      saturatingShiftLeft(1 << 28, 2),
      saturatingShiftLeft(1 << 29, 2),
      saturatingShiftLeft(-(1 << 30), 2),
    ]).toEqual([1 << 30, 2 ** 31 - 1, -(2 ** 31)]);
  });

  it('roundingHalfSum rounds halves away from zero', () => {
    expect([roundingHalfSum(1, 2), roundingHalfSum(-1, -2), roundingHalfSum(3, 5)]).toEqual([2, -2, 4]);
  });
});
