import { expect, it } from 'vitest';
import { programOnPath } from '../support/programs.ts';
import { stress } from './stress.ts';

/** A short trip of what `npm run bench:probes` does a thousand times. */
it('plugging, unplugging, flashing and killing at random leaves nothing wrong behind', async () => {
  const openocdEvery = programOnPath('openocd') ? 10 : 0;
  const result = await stress({ cycles: 50, seed: 1, openocdEvery });
  expect(result).toMatchObject({ wrongSuccesses: 0, hangs: 0, failedRecoveries: 0, openHandles: 0, strayProcesses: 0 });
  expect(result.strange).toEqual([]);
  expect(result.recoveries).toBeGreaterThan(20);
}, 180_000);
