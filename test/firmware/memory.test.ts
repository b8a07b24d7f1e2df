import { describe, expect, it } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import { linkMemory, type LinkMemory } from '../../main/firmware/index.ts';

const kib = 1024;
const firmwareBytes = 20 * kib;

/** Which memories hold the model's pieces, and which the firmware. */
function placed(boardId: string, ...modelPieces: number[]): { model: string[]; firmware: string } {
  const memory = linkMemory(findBoard(boardId), { modelPieces, firmwareBytes });
  const partsOf = (name: LinkMemory['firmware']): string =>
    memory.rams.find((region) => region.name === name)?.parts.join('+') ?? '';
  return { model: memory.pieces.map(partsOf), firmware: partsOf(memory.firmware) };
}

describe('where an image lies', () => {
  it('joins memories that touch: DTCM and SRAM of an STM32F746 are one', () => {
    const { rams, firmware } = linkMemory(findBoard('nucleo-f746zg'), { modelPieces: [100 * kib], firmwareBytes });
    expect(rams).toEqual([expect.objectContaining({ name: 'RAM', start: 0x20000000, sizeBytes: 320 * kib })]);
    expect(rams[0]?.parts).toEqual(['DTCM', 'SRAM']);
    expect(firmware).toBe('RAM');
  });

  it.each([
    ['a small model and the firmware in DTCM', 60, 'DTCM', 'DTCM'],
    ['a model that fills DTCM there, and the firmware in AXI SRAM', 120, 'DTCM', 'AXISRAM'],
    ['a larger one in AXI SRAM, and the firmware in DTCM', 300, 'AXISRAM', 'DTCM'],
  ])('takes the fastest memory of an STM32H743 that holds it: %s', (_, model, expected, firmware) => {
    expect(placed('nucleo-h743zi', model * kib)).toEqual({ model: [expected], firmware });
  });

  it('spreads a model over the memories of an STM32H743 as its pieces say', () => {
    expect(placed('nucleo-h743zi', 500 * kib, 250 * kib)).toEqual({ model: ['AXISRAM', 'SRAM123'], firmware: 'DTCM' });
    expect(placed('nucleo-h743zi', 100 * kib, 500 * kib, 200 * kib)).toEqual({
      model: ['DTCM', 'AXISRAM', 'SRAM123'],
      firmware: 'DTCM',
    });
  });

  it('leaves the large memory to the model where a second one is as fast', () => {
    expect(placed('stm32f4discovery', 40 * kib)).toEqual({ model: ['SRAM'], firmware: 'CCM' });
    expect(placed('nucleo-l476rg', 90 * kib)).toEqual({ model: ['SRAM'], firmware: 'SRAM2' });
  });

  it('names the largest memory where nothing holds it, so that the linker can say what is missing', () => {
    expect(placed('nucleo-h743zi', 900 * kib).model).toEqual(['AXISRAM']);
  });

  it('joins Flash banks', () => {
    const { flash } = linkMemory(findBoard('nucleo-f429zi'), { modelPieces: [0], firmwareBytes });
    expect(flash).toMatchObject({ start: 0x08000000, sizeBytes: 2 << 20 });
  });
});
