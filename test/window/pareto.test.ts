import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { bestByLatency, staircase } from '../../renderer/charts/pareto.ts';

const judged = fc.array(
  fc.record({ latencyMs: fc.integer({ min: 1, max: 50 }), accuracy: fc.integer({ min: 0, max: 20 }) }),
  { minLength: 1, maxLength: 40 },
);

describe('the line of the best accuracy by latency', () => {
  it('never falls, and leaves out nothing that is better than all that is faster', () => {
    fc.assert(
      fc.property(judged, (points) => {
        const line = bestByLatency(points);
        for (const [at, point] of line.entries())
          if (at > 0) {
            expect(point.latencyMs).toBeGreaterThan(line[at - 1]?.latencyMs ?? 0);
            expect(point.accuracy).toBeGreaterThan(line[at - 1]?.accuracy ?? 0);
          }
        for (const point of points) {
          const within = line.filter(({ latencyMs }) => latencyMs <= point.latencyMs);
          expect(Math.max(...within.map(({ accuracy }) => accuracy))).toBeGreaterThanOrEqual(point.accuracy);
        }
      }),
    );
  });

  it('is drawn level until a slower network does better, and on to the limit', () => {
    const line = [
      { latencyMs: 1, accuracy: 10 },
      { latencyMs: 3, accuracy: 20 },
    ];
    const same = (value: number): number => value;
    expect(staircase(line, 5, same, same)).toBe('M1 10H3V20H5');
    expect(staircase([], 5, same, same)).toBe('');
  });
});
