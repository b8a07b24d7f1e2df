import { describe, expect, it } from 'vitest';
import { kendallTau } from '../../../main/core/nas/index.ts';

describe("Kendall's tau", () => {
  it('is 1 for the same order, −1 for the opposite one', () => {
    expect(kendallTau([1, 2, 3], [10, 20, 21])).toBe(1);
    expect(kendallTau([1, 2, 3], [3, 2, 1])).toBe(-1);
  });

  it('counts pairs: one of six the other way round', () => {
    expect(kendallTau([1, 2, 3, 4], [1, 2, 4, 3])).toBeCloseTo(4 / 6);
  });

  it('counts ties for neither, and says 0 where there is no order', () => {
    // Five of six pairs differ in the first rating, all agree in the second: 5 / √(5 · 6).
    expect(kendallTau([1, 1, 2, 3], [1, 2, 3, 4])).toBeCloseTo(5 / Math.sqrt(30));
    expect(kendallTau([1, 1], [1, 2])).toBe(0);
  });
});
