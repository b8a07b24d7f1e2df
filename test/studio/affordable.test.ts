import { describe, expect, it } from 'vitest';
import { openDataset } from '../../main/datasets/index.ts';
import { affordableMacs } from '../../main/studio/pipeline/architectureStep.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

describe('what a network may cost that is trained for some minutes', () => {
  it('is less the more samples there are, and for few samples what leaves it steps enough', async () => {
    const folder = temporaryFolder();
    const macsFor = async (samples: number): Promise<number> => {
      const spec = `generated:road-signs?size=32&train=${samples}&validation=16&test=16`;
      return affordableMacs(await openDataset(spec, { cacheDir: folder }), 1, 2, { most: Infinity });
    };
    const [few, hundreds, thousands] = [await macsFor(48), await macsFor(480), await macsFor(9600)];
    expect(thousands).toBeLessThan(0.7 * hundreds);
    // Ten times as many samples, and as many steps.
    expect(few).toBe(hundreds);
  }, 60_000);
});
