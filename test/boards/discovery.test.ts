import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  discover,
  loadBoards,
  realSystem,
  watchBoards,
  type DiscoveryChange,
  type MountedRecord,
  type SerialRecord,
  type SystemView,
  type UsbRecord,
} from '../../main/boards/index.ts';
import { linuxMounts } from '../../main/boards/discovery/realSystem.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** What is plugged in, found and joined; a system that refuses a list says so and hides nothing else. */
const boards = loadBoards();
const serialOfLink = '066DFF303430484257123456';

function usb(over: Partial<UsbRecord> = {}): UsbRecord {
  const nothing = { manufacturer: null, problem: null };
  return {
    vendorId: 0x0483,
    productId: 0x374b,
    serial: serialOfLink,
    product: 'STM32 STLink',
    location: '1-5',
    ...nothing,
    ...over,
  };
}

function port(path: string, over: Partial<SerialRecord> = {}): SerialRecord {
  return { path, vendorId: 0x0483, productId: 0x374b, serial: serialOfLink, manufacturer: null, ...over };
}

function system(parts: {
  usb?: UsbRecord[] | Error;
  ports?: SerialRecord[] | Error;
  mounts?: MountedRecord[];
}): SystemView {
  const give = <T>(value: T[] | Error | undefined): Promise<T[]> =>
    value instanceof Error ? Promise.reject(value) : Promise.resolve(value ?? []);
  return {
    usbDevices: () => give(parts.usb),
    serialPorts: () => give(parts.ports),
    mountedDrives: () => give(parts.mounts),
    onChange: () => () => undefined,
  };
}

describe('a board that is plugged in', () => {
  it('is joined with its serial port by the serial number of the probe', async () => {
    const found = await discover(
      boards,
      system({
        usb: [usb(), usb({ serial: 'OTHER', location: '1-6' })],
        ports: [port('/dev/ttyACM1', { serial: 'other' }), port('/dev/ttyACM0')],
      }),
    );
    const mine = found.probes.find((probe) => probe.serial === serialOfLink);
    expect(mine?.selector).toBe(`stlink:${serialOfLink}`);
    expect(mine?.serialPaths).toEqual(['/dev/ttyACM0']);
    expect(found.probes.find((probe) => probe.serial === 'OTHER')?.serialPaths).toEqual(['/dev/ttyACM1']);
  });

  it('is named by the code on its drive', async () => {
    const drive = temporaryFolder();
    writeFileSync(
      join(drive, 'MBED.HTM'),
      '<meta http-equiv="refresh" content="0; url=http://mbed.org/device/?code=07400221">',
    );
    const found = await discover(
      boards,
      system({ usb: [usb()], mounts: [{ path: drive, label: 'NODE_F411RE', usbSerial: null }] }),
    );
    expect(found.probes[0]).toMatchObject({ boards: ['nucleo-f411re'], certain: true });
    expect(found.probes[0]?.drive?.mbedCode).toBe('0740');
  });

  it('is a micro:bit by the first four digits of the serial number', async () => {
    const serial = '9904360254824e45003b4010000000550000000097969901';
    const device = usb({ vendorId: 0x0d28, productId: 0x0204, serial, product: 'BBC micro:bit CMSIS-DAP' });
    const found = await discover(boards, system({ usb: [device] }));
    expect(found.probes[0]).toMatchObject({ kind: 'daplink', boards: ['microbit-v2'], certain: true });
  });

  it('stays a guess where only the kind of probe speaks', async () => {
    const found = await discover(boards, system({ usb: [usb()] }));
    expect(found.probes[0]?.certain).toBe(false);
    expect(found.probes[0]?.boards.length).toBeGreaterThan(5);
  });

  it.each([
    ['permission', 'probe.no-permission'],
    ['busy', 'probe.busy'],
    ['driver', 'probe.no-driver'],
  ] as const)('is listed although it cannot be opened: %s', async (problem, code) => {
    const found = await discover(boards, system({ usb: [usb({ problem })] }));
    expect(found.probes[0]?.problem).toMatchObject({ code });
  });

  it('reads FAIL.TXT and DETAILS.TXT of its drive', async () => {
    const drive = temporaryFolder();
    writeFileSync(join(drive, 'DETAILS.TXT'), 'Unique ID: 9904000000000000\r\nInterface Version: 0257\r\n');
    writeFileSync(join(drive, 'FAIL.TXT'), 'error: The hex file cannot be decoded.\r\ntype: user\r\n');
    const found = await discover(boards, system({ mounts: [{ path: drive, label: 'MICROBIT', usbSerial: null }] }));
    expect(found.otherDrives[0]).toMatchObject({
      uniqueId: '9904000000000000',
      interfaceVersion: '0257',
      failure: { error: 'The hex file cannot be decoded.', type: 'user' },
    });
  });
});

describe('a system that refuses a list', () => {
  it('tells which one and why, and gives the others', async () => {
    const found = await discover(
      boards,
      system({
        usb: new Error('/sys/bus/usb/devices/ not found'),
        ports: [port('/dev/ttyACM0')],
      }),
    );
    expect(found.problems).toHaveLength(1);
    expect(found.problems[0]?.message).toContain('/sys/bus/usb/devices/ not found');
    expect(found.otherPorts).toEqual(['/dev/ttyACM0']);
  });
});

describe.skipIf(process.platform !== 'linux')('the real system', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('does not fail where udevadm is missing', async () => {
    vi.stubEnv('PATH', temporaryFolder());
    const found = await discover(boards, realSystem());
    expect(found.problems.map(({ message }) => message).join()).toContain('udevadm');
  });

  it('joins what udevadm tells', async () => {
    const folder = temporaryFolder();
    const lines = [
      'P: /devices/pci0000:00/usb1/1-2/1-2:1.2/tty/ttyACM0',
      'N: ttyACM0',
      'E: DEVNAME=/dev/ttyACM0',
      'E: ID_VENDOR_ID=0483',
      'E: ID_MODEL_ID=374b',
      `E: ID_SERIAL_SHORT=${serialOfLink}`,
      '',
    ];
    writeFileSync(join(folder, 'udevadm'), `#!/bin/sh\nprintf '${lines.join('\\n')}\\n'\n`);
    chmodSync(join(folder, 'udevadm'), 0o755);
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
    const ports = await realSystem().serialPorts();
    expect(ports).toEqual([expect.objectContaining({ path: '/dev/ttyACM0', vendorId: 0x0483, serial: serialOfLink })]);
  });

  it('reads paths with spaces out of the table of mounts', () => {
    const table = 'proc /proc proc rw 0 0\n/dev/sdz1 /media/a\\040b/NODE_F411RE vfat rw 0 0\n';
    expect(linuxMounts(table)).toEqual([{ path: '/media/a b/NODE_F411RE', label: 'NODE_F411RE', usbSerial: null }]);
  });
});

describe('watching', () => {
  it('tells what arrives and what leaves, within one look', async () => {
    let present: UsbRecord[] = [];
    let news = (): void => undefined;
    const view = {
      ...system({}),
      usbDevices: () => Promise.resolve(present),
      onChange: (listener: () => void) => ((news = listener), () => undefined),
    };
    const changes: DiscoveryChange[] = [];
    const stop = watchBoards(boards, view, (change) => changes.push(change), { everyMs: 20 });
    await vi.waitFor(() => {
      expect(changes).toHaveLength(1);
    });
    present = [usb()];
    news();
    await vi.waitFor(() => {
      expect(changes[1]?.arrived.map((probe) => probe.selector)).toEqual([`stlink:${serialOfLink}`]);
    });
    present = [];
    await vi.waitFor(() => {
      expect(changes[2]?.left).toHaveLength(1);
    });
    stop();
    present = [usb()];
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(changes).toHaveLength(3);
  });

  it('finds a board within two seconds where the system sends no news', async () => {
    let present: UsbRecord[] = [];
    const view = { ...system({}), usbDevices: () => Promise.resolve(present) };
    const arrivals: number[] = [];
    const stop = watchBoards(boards, view, ({ arrived }) => {
      if (arrived.length > 0) arrivals.push(performance.now());
    });
    // Just after a look is the worst moment.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const plugged = performance.now();
    present = [usb()];
    await vi.waitFor(() => expect(arrivals).toHaveLength(1), { timeout: 4000, interval: 20 });
    stop();
    expect((arrivals[0] ?? Infinity) - plugged).toBeLessThan(2000);
  });

  it('survives drives that vanish while they are read', async () => {
    const folder = join(temporaryFolder(), 'gone');
    mkdirSync(folder);
    const found = await discover(
      boards,
      system({ mounts: [{ path: join(folder, 'nothing'), label: 'MICROBIT', usbSerial: null }] }),
    );
    expect(found.otherDrives).toEqual([]);
  });
});
