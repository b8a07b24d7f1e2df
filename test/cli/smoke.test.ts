import { describe, expect, it } from 'vitest';
import { smokeTest } from '../../main/studio/index.ts';
import { programOnPath } from '../support/programs.ts';

/** The first try of a board, here a virtual one: it says hello, runs, and claims no clock that was not measured. */
describe.skipIf(!['qemu-system-arm', 'arm-none-eabi-gcc'].every(programOnPath))('the smoke test', () => {
  it('flashes, greets and blinks', async () => {
    const result = await smokeTest('virtual-stm32f405');
    expect(result.hello.boardId).toBe('virtual-stm32f405');
    expect(result.blinks).toBe(4);
    expect(result.measuredClockHz).toBeNull();
  });
});
