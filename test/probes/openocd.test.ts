import { describe } from 'vitest';
import { stlinkV3 } from '../support/virtualProbe/index.ts';
import { programOnPath } from '../support/programs.ts';
import { openocdBench } from './benches.ts';
import { describeProbe, type Trouble } from './contract.ts';

const everyTrouble: readonly Trouble[] = [
  'no-probe',
  'wrong-serial',
  'no-voltage',
  'no-target',
  'wrong-chip',
  'wrong-chip-of-other-family',
  'read-protected',
  'write-protected',
  'bad-cell',
];
const protections: readonly Trouble[] = ['read-protected', 'bad-cell'];

/** Real OpenOCD against virtual probes and chips. */
describe.skipIf(!programOnPath('openocd'))('through OpenOCD', () => {
  describeProbe(openocdBench({ boardId: 'nucleo-f401re', chip: 'stm32f401' }, everyTrouble));
  describeProbe(openocdBench({ boardId: 'nucleo-f746zg', chip: 'stm32f746' }, protections));
  describeProbe(openocdBench({ boardId: 'nucleo-l476rg', chip: 'stm32l476' }, protections));
  describeProbe(openocdBench({ boardId: 'nucleo-g474re', chip: 'stm32g474', link: stlinkV3 }, protections));
  describeProbe(openocdBench({ boardId: 'nucleo-h743zi2', chip: 'stm32h743', link: stlinkV3 }, protections));
});
