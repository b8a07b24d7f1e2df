import type { Device } from 'usb';
import { beforeEach, describe, expect, it } from 'vitest';
import { realSystem, type ListUsb } from '../../main/boards/index.ts';
import { openStLink, type UsbPipe } from '../../main/probes/index.ts';
import { StLink } from '../../main/probes/stlink/stlink.ts';
import { listBoards } from '../../main/studio/index.ts';
import { VirtualChip, VirtualStLink, VirtualUsbStLink, type ChipName } from '../support/virtualProbe/index.ts';

/** ST-Links through npm `usb`, which has one object and one handle for a device, however many want it. */
let plugged: VirtualUsbStLink[] = [];
const list: ListUsb = () => Promise.resolve(plugged as unknown as Device[]);
const open = (serial: string): Promise<UsbPipe> => openStLink(serial, list);

const serials = ['066DFF303430484257123456', '0669FF545152717867654321'] as const;
let address = 0;

const plugIn = (serial: string, chip: ChipName): VirtualUsbStLink =>
  new VirtualUsbStLink(new VirtualStLink(new VirtualChip({ chip }), { serial }), ++address);

beforeEach(() => {
  plugged = [plugIn(serials[0], 'stm32f446'), plugIn(serials[1], 'stm32f746')];
});

/** Whether a promise is settled after some turns of the event loop. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('several ST-Links at once', () => {
  it('are each opened, asked and closed by several, none of whom disturbs another', async () => {
    const ask = async (serial: string): Promise<number> => {
      const pipe = await open(serial);
      try {
        return (await new StLink(pipe).version()).jtag;
      } finally {
        await pipe.close();
      }
    };
    const looks = [1, 2, 3].map(() => realSystem(list).usbDevices());
    expect(await Promise.all([...serials, ...serials].map(ask))).toEqual([37, 37, 37, 37]);
    for (const records of await Promise.all(looks))
      expect(records.map(({ serial, problem }) => [serial, problem])).toEqual(serials.map((serial) => [serial, null]));
    expect(plugged.map(({ openHandles }) => openHandles)).toEqual([0, 0]);
  });

  it('wait for the one before: who opens a held one has it when it was closed', async () => {
    const first = await open(serials[0]);
    const second = open(serials[0]);
    expect(await settles(second)).toBe(false);
    await first.close();
    await first.close();
    const pipe = await second;
    expect((await new StLink(pipe).version()).generation).toBe(2);
    await pipe.close();
    expect(plugged[0].openHandles).toBe(0);
  });
});

describe('while an ST-Link is held', () => {
  it('a listing, and whoever opens another, neither waits for it nor closes it', async () => {
    const held = await open(serials[0]);
    const records = await realSystem(list).usbDevices();
    expect(records.map(({ serial, problem }) => [serial, problem])).toEqual(serials.map((serial) => [serial, null]));
    await (await open(serials[1])).close();
    expect(plugged.map(({ openHandles }) => openHandles)).toEqual([1, 0]);
    await held.close();
  });

  it('boards are listed, and its own is known at the next look', async () => {
    const boardsAt = async (serial: string): Promise<string[]> =>
      (await listBoards(realSystem(list), open))
        .filter(({ connected }) => connected.some(({ selector }) => selector === `stlink:${serial}`))
        .map(({ id }) => id);
    const held = await open(serials[0]);
    const possible = await boardsAt(serials[0]);
    expect(possible).toContain('nucleo-f446re');
    expect(possible.length).toBeGreaterThan(1);
    await held.close();
    expect(await boardsAt(serials[0])).toEqual(['nucleo-f446re']);
  });
});
