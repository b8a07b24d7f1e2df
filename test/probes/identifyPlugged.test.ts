import { describe, expect, it } from 'vitest';
import { discover, loadBoards, type PluggedProbe, type SystemView, type UsbRecord } from '../../main/boards/index.ts';
import { endpointsOf, identifyPlugged, openPipe } from '../../main/probes/index.ts';
import { VirtualChip, VirtualStLink, VirtualUsbStLink, type ChipOptions } from '../support/virtualProbe/index.ts';

/** An ST-Link says nothing of the board it is on; the chip behind it does, when it is asked. */
const boards = loadBoards();

async function plugIn(options: Partial<ChipOptions>): Promise<{ chip: VirtualChip; ids: readonly string[] }> {
  const chip = new VirtualChip(options);
  const link = new VirtualStLink(chip);
  const record: UsbRecord = {
    vendorId: 0x0483,
    productId: link.options.productId,
    serial: link.options.serial,
    manufacturer: null,
    product: 'STM32 STLink',
    location: '1-5',
    problem: null,
  };
  const view: SystemView = {
    usbDevices: () => Promise.resolve([record]),
    serialPorts: () => Promise.resolve([]),
    mountedDrives: () => Promise.resolve([]),
    onChange: () => () => undefined,
  };
  const [plugged] = (await discover(boards, view)).probes;
  const device = new VirtualUsbStLink(link);
  const ids = await identifyPlugged(plugged as PluggedProbe, boards, () =>
    Promise.resolve(openPipe(device, 'ST-Link', endpointsOf(link.options.productId))),
  );
  expect(device.openHandles).toBe(0);
  return { chip, ids };
}

describe('the board behind an ST-Link', () => {
  it('is known by its chip, which is neither stopped nor reset for that', async () => {
    const { chip, ids } = await plugIn({ chip: 'stm32f446' });
    expect(ids).toEqual(['nucleo-f446re']);
    expect([chip.halted, chip.resets, chip.flash.erasedSectors]).toEqual([false, 0, 0]);
  });

  it('stays one of several where these carry the same chip', async () => {
    expect((await plugIn({ chip: 'stm32f746' })).ids).toEqual(
      expect.arrayContaining(['nucleo-f746zg', 'stm32f746g-disco']),
    );
  });

  it.each([{ volts: 0 }, { connected: false }])('stays open where the chip does not answer: %o', async (trouble) => {
    const { ids } = await plugIn({ chip: 'stm32f446', ...trouble });
    expect(ids).toContain('nucleo-f446re');
    expect(ids.length).toBeGreaterThan(3);
  });
});
