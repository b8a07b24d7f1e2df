import { describe, expect, it } from 'vitest';
import { findBoard } from '../../../main/boards/index.ts';
import { skeletonOf } from '../../../main/core/engine/index.ts';
import { largestGenotype, toArchitecture } from '../../../main/core/nas/index.ts';
import { compileForBoard } from '../../../main/studio/pipeline/compile.ts';
import { withRandomWeights } from '../../support/randomWeights.ts';
import { tinySpace } from '../../support/tinySearch.ts';

const board = findBoard('virtual-stm32f405');
const model = withRandomWeights(skeletonOf(toArchitecture(tinySpace, largestGenotype(tinySpace))));

describe('limits that are narrower than the board', () => {
  it('are kept where they can be, and where not, it is built with what the board has and why is told', () => {
    const heard: string[] = [];
    const onBeyond = (why: string): void => void heard.push(why);
    const { sramBytes } = compileForBoard(model, board, 'auto', { onBeyond });
    const kept = compileForBoard(model, board, 'auto', { limits: { sramBytes }, onBeyond });
    expect(kept.sramBytes).toBeLessThanOrEqual(sramBytes);
    expect(heard).toEqual([]);

    const larger = compileForBoard(model, board, 'auto', { limits: { sramBytes: 64 }, onBeyond });
    expect(larger.sramBytes).toBeGreaterThan(64);
    expect(heard).toEqual([expect.stringMatching(/needs at least \d+ bytes of SRAM, but 64 are left for it\.$/)]);
    compileForBoard(model, board, 'auto', { limits: { flashBytes: 100 }, onBeyond });
    expect(heard[1]).toMatch(/bytes of Flash, but 100 are left for it\.$/);
  });
});
