import { describe, expect, it } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import { linkMemory } from '../../main/firmware/index.ts';

describe('where an image lies', () => {
  it('joins memories that touch: DTCM and SRAM of an STM32F746 are one', () => {
    const { ram, fast } = linkMemory(findBoard('nucleo-f746zg'));
    expect(ram).toMatchObject({ start: 0x20000000, sizeBytes: 320 << 10, parts: ['DTCM', 'SRAM'] });
    expect(fast).toBeNull();
  });

  it('leaves the large memory to the model where a second one without wait states takes the stack', () => {
    const { ram, fast } = linkMemory(findBoard('stm32f4discovery'));
    expect(ram.parts).toEqual(['SRAM']);
    expect(fast?.parts).toEqual(['CCM']);
  });

  it('joins Flash banks', () => {
    expect(linkMemory(findBoard('nucleo-f429zi')).flash).toMatchObject({ start: 0x08000000, sizeBytes: 2 << 20 });
  });
});
