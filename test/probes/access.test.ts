import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadBoards, type SystemView, type UsbRecord } from '../../main/boards/index.ts';
import { checkProbeAccess, endpointsOf, openPipe, type AccessTools } from '../../main/probes/index.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { VirtualChip, VirtualStLink, VirtualUsbStLink } from '../support/virtualProbe/index.ts';

/** What doctor says of probes and ports: each was really tried, and the step that failed is named. */
const boards = loadBoards();
const serial = '066DFF303430484257123456';
const link: UsbRecord = {
  vendorId: 0x0483,
  productId: 0x374b,
  serial,
  manufacturer: null,
  product: 'STM32 STLink',
  location: '1-5',
  problem: null,
};

function system(usb: UsbRecord[], port?: string): SystemView {
  return {
    usbDevices: () => Promise.resolve(usb),
    serialPorts: () => Promise.resolve(port === undefined ? [] : [{ ...link, path: port, manufacturer: null }]),
    mountedDrives: () => Promise.resolve([]),
    onChange: () => () => undefined,
  };
}

function toolsFor(virtual: VirtualStLink): Pick<AccessTools, 'openStLink'> {
  const device = new VirtualUsbStLink(virtual);
  return {
    openStLink: () =>
      new Promise((resolve) => {
        resolve(openPipe(device, 'ST-Link', endpointsOf(0x374b)));
      }),
  };
}

const noPort = { openPort: () => Promise.resolve() };

describe('the check of access', () => {
  it('says version and voltage of a probe that answers', async () => {
    const tools = { ...toolsFor(new VirtualStLink(new VirtualChip())), ...noPort };
    const [check] = await checkProbeAccess(boards, system([link]), tools);
    expect(check).toMatchObject({ state: 'ok', detail: expect.stringMatching(/V2J37, 3\.25 V/) as string });
  });

  it('names the step at which a held probe failed', async () => {
    const virtual = new VirtualStLink(new VirtualChip());
    virtual.openFails = 'busy';
    const [check] = await checkProbeAccess(boards, system([link]), { ...toolsFor(virtual), ...noPort });
    expect(check).toMatchObject({ state: 'missing', detail: expect.stringContaining('Another program') as string });
  });

  it('offers the rules file where the node may not be opened', async () => {
    const [check] = await checkProbeAccess(boards, system([{ ...link, problem: 'permission' }]));
    expect(check?.state).toBe('missing');
    expect(check?.facts).toMatchObject({ what: 'probe.failed', step: 'opening', install: 'udev-rules' });
    expect(check?.remedy).toContain('60-mcunet-studio.rules');
  });

  it.skipIf(process.getuid?.() === 0)('opens the node of a serial port, and tells that it may not', async () => {
    const node = join(temporaryFolder(), 'ttyACM0');
    writeFileSync(node, '');
    chmodSync(node, 0o000);
    const tools = toolsFor(new VirtualStLink(new VirtualChip()));
    const checks = await checkProbeAccess(boards, system([link], node), tools);
    expect(checks.find(({ id }) => id.startsWith('port.'))).toMatchObject({
      state: 'missing',
      detail: expect.stringContaining('EACCES') as string,
    });
  });

  it('names what failed when a port cannot be opened', async () => {
    const failing = (code: string) => (): Promise<void> => Promise.reject(Object.assign(new Error(code), { code }));
    const tools = toolsFor(new VirtualStLink(new VirtualChip()));
    const port = async (code: string): Promise<string | null | undefined> => {
      const checks = await checkProbeAccess(boards, system([link], '/dev/ttyACM0'), {
        ...tools,
        openPort: failing(code),
      });
      return checks.find(({ id }) => id.startsWith('port.'))?.remedy;
    };
    expect(await port('EACCES')).toContain('dialout');
    expect(await port('EBUSY')).toContain('Close the other program');
    expect(await port('ENOENT')).toContain('Plug the board in again');
  });

  it('says that the devices could not be listed, and tries the rest', async () => {
    const unlisted = { ...system([]), usbDevices: () => Promise.reject(new Error('no bus')) };
    const [check] = await checkProbeAccess(boards, unlisted);
    expect(check).toMatchObject({
      ...{ id: 'lists', state: 'warning', detail: expect.stringContaining('no bus') as string },
      facts: { what: 'devices.unlisted', problem: { code: 'boards.not-listed' } },
    });
  });

  it('says that nothing could be tried where nothing is plugged in', async () => {
    const [check] = await checkProbeAccess(boards, system([]));
    expect(check).toMatchObject({
      id: 'usb',
      state: 'ok',
      detail: expect.stringContaining('nothing could be tried') as string,
    });
  });
});

describe('the udev rules', () => {
  const rules = readFileSync(join(import.meta.dirname, '../../resources/udev/60-mcunet-studio.rules'), 'utf8');

  it.each(boards.flatMap((board) => board.usb.map((id) => [board.id, id] as const)))('cover %s', (_, id) => {
    const hex = (value: number): string => value.toString(16).padStart(4, '0');
    const covered = rules
      .split('\n')
      .filter((line) => line.startsWith('ATTRS{idVendor}') && line.includes('uaccess'))
      .some(
        (line) =>
          line.includes(`"${hex(id.vendorId)}"`) && (!line.includes('idProduct') || line.includes(hex(id.productId))),
      );
    expect(covered).toBe(true);
  });

  it.each(['df11', '3757', '005a'])('cover what Debian’s lack: %s', (productId) => {
    expect(rules).toContain(productId);
  });
});
