import { describe, expect, it } from 'vitest';
import { lower, type InputMode } from '../../../main/core/engine/index.ts';
import { fastest, KernelChoices } from '../../../main/core/engine/planner/assign.ts';
import { placeSegment } from '../../../main/core/engine/planner/build.ts';
import { networkOf } from '../../../main/core/engine/planner/network.ts';
import { pricesFrom } from '../../../main/core/engine/planner/price.ts';
import { randomModel } from '../../support/randomModel.ts';

describe('the price of a segment', () => {
  it('is what placing it takes, for every segment of random graphs', () => {
    for (let seed = 0; seed < 25; seed++) {
      const model = lower(randomModel(seed, { operators: 12 }));
      const network = networkOf(model, new KernelChoices(model, 'm4').assign(fastest));
      const modes: readonly InputMode[] = model.inputs.length === 1 ? ['whole', 'row-fed'] : ['whole'];
      for (const mode of modes) {
        model.operators.forEach((_, from) => {
          const ends = model.operators.map((__, index) => index + 1).slice(from, from + 8);
          for (const price of pricesFrom(network, from, ends, mode)) {
            const { packing, cycles } = placeSegment(network, price, mode);
            expect(price.bytes, `${model.name} ${mode} ${String(from)} ${String(price.to)}`).toBe(packing.bytes);
            expect(price.cycles).toBeCloseTo(cycles, 3);
          }
        });
      }
    }
  });
});
