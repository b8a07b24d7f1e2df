import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../main/core/random/index.ts';

describe('createRandom', () => {
  it('gives the same stream for the same seed, and another for another', () => {
    const stream = (seed: number): number[] => {
      const random = createRandom(seed);
      return Array.from({ length: 8 }, () => random.uint32());
    };
    expect(stream(7)).toEqual(stream(7));
    expect(stream(7)).not.toEqual(stream(8));
  });

  it('follows xoshiro128** from the state 1, 2, 3, 4', () => {
    const random = createRandom([1, 2, 3, 4]);
    expect(Array.from({ length: 3 }, () => random.uint32())).toEqual([11520, 0, 5927040]);
  });

  it('goes on from its state as if never interrupted', () => {
    const random = createRandom(3);
    random.uint32();
    const resumed = createRandom(random.state());
    expect([resumed.next(), resumed.normal(), resumed.below(10)]).toEqual([
      random.next(),
      random.normal(),
      random.below(10),
    ]);
  });

  it('forks without advancing, by purpose', () => {
    const random = createRandom(1);
    const [a, b] = [random.fork('weights').uint32(), random.fork('order').uint32()];
    expect(a).not.toBe(b);
    expect(random.fork('weights').uint32()).toBe(a);
    expect(random.uint32()).toBe(createRandom(1).uint32());
  });

  it('is level: below(), next() and normal() have the moments that they should', () => {
    const random = createRandom(42);
    const counts = new Array<number>(6).fill(0);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < 60_000; i++) {
      counts[random.below(6)]++;
      const z = random.normal();
      sum += z;
      squares += z * z;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    expect(Math.abs(sum / 60_000)).toBeLessThan(0.02);
    expect(Math.abs(squares / 60_000 - 1)).toBeLessThan(0.03);
  });

  it('shuffles without losing anything', () => {
    const items = Array.from({ length: 50 }, (_, i) => i);
    expect(
      createRandom(5)
        .shuffle(items)
        .sort((a, b) => a - b),
    ).toEqual(items);
  });
});
