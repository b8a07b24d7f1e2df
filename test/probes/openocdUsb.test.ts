import { describe, expect, it, onTestFinished } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import { OpenocdProbe } from '../../main/probes/index.ts';
import {
  stlinkPeripheral,
  stlinkV3,
  VirtualChip,
  VirtualStLink,
  VirtualUsbBus,
} from '../support/virtualProbe/index.ts';
import { programOnPath } from '../support/programs.ts';
import { openocdConfig, openocdUsbBench } from './benches.ts';
import { codeOf, describeProbe, patternImage } from './contract.ts';

/** Real OpenOCD with nothing but the board file's configuration, on a virtual USB bus: ST-Link and CMSIS-DAP. */
const possible = process.platform === 'linux' && ['openocd', 'gcc'].every(programOnPath);

describe.skipIf(!possible)('through OpenOCD over USB', () => {
  describeProbe(
    openocdUsbBench({ boardId: 'nucleo-f401re', chip: 'stm32f401' }, [
      'no-probe',
      'no-permission',
      'busy',
      'no-voltage',
      'no-target',
    ]),
  );
  describeProbe(
    openocdUsbBench({ boardId: 'nucleo-u575zi-q', chip: 'stm32u575', link: stlinkV3 }, [
      'no-voltage',
      'read-protected',
      'write-protected',
      'bad-cell',
    ]),
  );
  describeProbe(
    openocdUsbBench({ boardId: 'microbit-v2', chip: 'nrf52833' }, [
      'no-probe',
      'no-target',
      'read-protected',
      'bad-cell',
    ]),
  );

  describeProbe(openocdUsbBench({ boardId: 'nrf5340-dk', chip: 'nrf5340' }, ['no-target', 'bad-cell']));

  it('writes to the one of two equal probes that is named, and to none where that one is missing', async () => {
    const links = ['066DFF303430484257100001', '066DFF303430484257100002'].map(
      (serial) => new VirtualStLink(new VirtualChip({ chip: 'stm32f401' }), { serial }),
    );
    const bus = await VirtualUsbBus.start(links.map(stlinkPeripheral));
    onTestFinished(() => bus.stop());
    const board = findBoard('nucleo-f401re');
    const probeOf = (serial: string): OpenocdProbe =>
      new OpenocdProbe({ board, config: openocdConfig(board), serial, environment: bus.environment });
    await probeOf('066DFF303430484257100002').flash(patternImage(0x08000000, 2000));
    expect(links.map(({ chip }) => chip.flash.erasedSectors)).toEqual([0, 1]);
    expect(await codeOf(probeOf('066DFF303430484257100003').flash(patternImage(0x08000000, 2000)))).toBe(
      'probe.not-found',
    );
    expect(links.map(({ chip }) => chip.flash.erasedSectors)).toEqual([0, 1]);
  });
});
