import { describe, expect, it } from 'vitest';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBoard, type SystemView, type UsbRecord } from '../../main/boards/index.ts';
import { openProbe, parseSelector } from '../../main/probes/index.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { errorOf } from './contract.ts';

/** The right probe is opened for a board, and never the wrong one by mistake. */
const link: UsbRecord = {
  vendorId: 0x0483,
  productId: 0x374b,
  serial: '066DFF303430484257123456',
  manufacturer: null,
  product: 'STM32 STLink',
  location: '1-5',
  problem: null,
};
const arduino: UsbRecord = { ...link, vendorId: 0x2341, productId: 0x805a, serial: 'A1B2', product: 'Nano 33 BLE' };

function plugged(usb: UsbRecord[], drive?: { path: string; label: string }): SystemView {
  return {
    usbDevices: () => Promise.resolve(usb),
    serialPorts: () =>
      Promise.resolve(usb.map((device, at) => ({ ...device, path: `/dev/ttyACM${at}`, manufacturer: null }))),
    mountedDrives: () => Promise.resolve(drive === undefined ? [] : [{ ...drive, usbSerial: null }]),
    onChange: () => () => undefined,
  };
}

function nodeDrive(code: string, label: string): { path: string; label: string } {
  const path = join(temporaryFolder(), label);
  mkdirSync(path);
  writeFileSync(join(path, 'MBED.HTM'), `https://mbed.com/device/?code=${code}`);
  return { path, label };
}

const f401 = findBoard('nucleo-f401re');

describe('the probe of a board', () => {
  it('is our own driver for an ST-Link whose Flash we know, with the port of the same serial number', async () => {
    const probe = await openProbe(f401, { system: plugged([link]) });
    expect(probe.selector).toBe('stlink:066DFF303430484257123456');
    expect(await probe.serialPath()).toBe('/dev/ttyACM0');
  });

  it('is not chosen between two: both are named', async () => {
    const error = await errorOf(
      openProbe(f401, { system: plugged([link, { ...link, serial: 'SECOND', location: '1-6' }]) }),
    );
    expect(error.code).toBe('probe.ambiguous');
    expect(error.remedy).toContain('stlink:SECOND');
  });

  it('is the one that the selector names', async () => {
    const system = plugged([link, { ...link, serial: 'SECOND', location: '1-6' }]);
    const probe = await openProbe(f401, { system, selector: 'stlink:SECOND' });
    expect(probe.selector).toBe('stlink:SECOND');
    expect(await probe.serialPath()).toBe('/dev/ttyACM1');
  });

  it('is refused where the selector names one that is not there', async () => {
    const error = await errorOf(openProbe(f401, { system: plugged([link]), selector: 'stlink:NOPE' }));
    expect(error.code).toBe('probe.wrong-serial');
  });

  it('is refused by name where the drive tells that it is another board', async () => {
    const drive = nodeDrive('0777', 'NODE_F446RE');
    const error = await errorOf(openProbe(f401, { system: plugged([link], drive) }));
    expect(error.code).toBe('probe.wrong-chip');
    expect(error.message).toContain('NUCLEO-F446RE');
  });

  it('falls back to the drive where USB is not permitted', async () => {
    const drive = nodeDrive('0720', 'NODE_F401RE');
    const probe = await openProbe(f401, { system: plugged([{ ...link, problem: 'permission' }], drive) });
    expect(probe.selector).toMatch(/^drive:/);
  });

  it('says what is not permitted where there is no drive either', async () => {
    const error = await errorOf(openProbe(f401, { system: plugged([{ ...link, problem: 'permission' }]) }));
    expect(error.code).toBe('probe.no-permission');
  });

  it('is missed by the name of the board', async () => {
    const error = await errorOf(openProbe(f401, { system: plugged([]) }));
    expect(error.code).toBe('probe.not-found');
    expect(error.message).toContain('NUCLEO-F401RE');
  });

  it('is the bootloader for an Arduino', async () => {
    const probe = await openProbe(findBoard('nano33ble'), { system: plugged([arduino]) });
    expect(probe.selector).toBe('arduino:A1B2');
  });

  it.skipIf(!programOnPath('openocd'))('is OpenOCD where our own driver does not know the Flash', async () => {
    const v3 = { ...link, productId: 0x374e };
    const probe = await openProbe(findBoard('nucleo-u575zi-q'), { system: plugged([v3]) });
    expect(probe.selector).toBe('openocd:066DFF303430484257123456');
  });
});

describe('a selector', () => {
  it.each([
    ['stlink:066D', { kind: 'usb', serial: '066D', through: null }],
    ['openocd:066D', { kind: 'usb', serial: '066D', through: 'openocd' }],
    ['qemu:virtual-stm32f405', { kind: 'qemu', boardId: 'virtual-stm32f405' }],
    ['drive:/media/a b/NODE', { kind: 'drive', path: '/media/a b/NODE' }],
    ['stlink-server:7184/066D', { kind: 'stlink-server', port: 7184, serial: '066D' }],
  ])('%s', (text, expected) => {
    expect(parseSelector(text)).toEqual(expected);
  });

  it.each(['', 'stlink:', 'nonsense', 'stlink-server:7184', 'stlink-server:1/a b;exit'])('%s is none', (text) => {
    expect(() => parseSelector(text)).toThrow(/does not name a probe/);
  });
});
