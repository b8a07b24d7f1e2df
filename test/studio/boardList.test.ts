import { describe, expect, it } from 'vitest';
import type { SystemView, UsbRecord } from '../../main/boards/index.ts';
import { listBoards } from '../../main/studio/index.ts';

/** What the window and `mcunet boards` are told of what is plugged in. */
const link: UsbRecord = {
  vendorId: 0x0483,
  productId: 0x374b,
  serial: '066DFF303430484257123456',
  manufacturer: null,
  product: 'STM32 STLink',
  location: '1-5',
  problem: 'permission',
};

const view: SystemView = {
  usbDevices: () => Promise.resolve([link]),
  serialPorts: () => Promise.resolve([{ ...link, path: '/dev/ttyACM3', manufacturer: null }]),
  mountedDrives: () => Promise.resolve([]),
  onChange: () => () => undefined,
};

describe('the list of boards', () => {
  it('shows a probe that cannot be opened, with the reason and what to do', async () => {
    const boards = await listBoards(view);
    const board = boards.find(({ id }) => id === 'nucleo-f401re');
    expect(board?.connected).toEqual([
      expect.objectContaining({ selector: `stlink:${link.serial}`, serialPath: '/dev/ttyACM3' }),
    ]);
    expect(board?.connected[0]?.problem).toMatchObject({
      code: 'probe.no-permission',
      remedy: expect.stringContaining('udev') as string,
    });
  });

  it('shows virtual boards as always there', async () => {
    const boards = await listBoards(view);
    expect(boards.find(({ id }) => id === 'virtual-stm32f405')?.connected).toEqual([
      { selector: 'qemu:virtual-stm32f405', serialPath: null, problem: null },
    ]);
  });
});
