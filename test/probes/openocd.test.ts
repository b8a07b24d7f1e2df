import { describe, expect, it } from 'vitest';
import { findBoard, loadBoards } from '../../main/boards/index.ts';
import { explainFailure } from '../../main/probes/openocd/output.ts';
import { OpenocdProbe } from '../../main/probes/index.ts';
import { stlinkV3 } from '../support/virtualProbe/index.ts';
import { programOnPath } from '../support/programs.ts';
import { openocdBench, openocdConfig } from './benches.ts';
import { codeOf, describeProbe, type Trouble } from './contract.ts';

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

/** J-Link is not emulated: that OpenOCD takes these arguments and looks for the probe is all that is tried of it. */
const withOpenocd = loadBoards().filter((board) => openocdConfig(board).length > 0);
describe.skipIf(!programOnPath('openocd'))('the OpenOCD configuration of', () => {
  it.each(withOpenocd.map((board) => [board.id, board] as const))(
    '%s is read, and its probe missed',
    async (_, board) => {
      const probe = new OpenocdProbe({ board, config: openocdConfig(board), serial: '000000000001' });
      expect(await codeOf(probe.identify())).toBe('probe.not-found');
    },
  );
});

/** `npm test` meets the real program without a network where `bench:fresh-clone` runs it; these are its words there. */
it('a J-Link that is missing is missed without a network, too', () => {
  const output = [
    'Error: Failed to send discovery message',
    'Error: TCP/IP device discovery failed',
    'Error: jaylink_discovery_scan() failed: input/output error',
  ].join('\n');
  const run = { board: findBoard('nrf52-dk'), output, exitCode: 1, serial: '000000000001', image: 'none' };
  expect(explainFailure(run)).toMatchObject({ code: 'probe.not-found' });
});
