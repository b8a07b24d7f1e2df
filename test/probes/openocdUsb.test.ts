import { describe } from 'vitest';
import { programOnPath } from '../support/programs.ts';
import { openocdUsbBench } from './benches.ts';
import { describeProbe } from './contract.ts';

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
  describeProbe(openocdUsbBench({ boardId: 'microbit-v2', chip: 'nrf52833' }, ['no-probe', 'no-target', 'bad-cell']));
});
