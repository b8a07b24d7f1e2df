import { execFileSync } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import { buildImage } from '../../main/firmware/index.ts';
import { openQemuProbe, startFirmware } from '../../main/probes/index.ts';
import { handModel, handModelAnswer } from '../firmware/handModel.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** B-L475E-IOT01A is emulated by QEMU 9.0 and later: where this computer has such a one, the firmware of STM32L4 runs in it. */
function hasMachine(): boolean {
  if (!programOnPath('qemu-system-arm')) return false;
  return execFileSync('qemu-system-arm', ['-M', 'help'], { encoding: 'utf8' }).includes('b-l475e-iot01a');
}

async function run(boardId: string): Promise<{ output: Int8Array; ticks: number; clockSource: string }> {
  const board = findBoard(boardId);
  const image = await buildImage({ board, model: handModel({ inputBytes: 2000 }), outDir: temporaryFolder() });
  const probe = await openQemuProbe(board);
  onTestFinished(() => probe.close());
  const session = await startFirmware(probe, image.flashImage, { buildId: image.buildId });
  const input = Int8Array.from({ length: 2000 }, (_, at) => at);
  const output = await session.run(input);
  expect(output).toEqual(handModelAnswer(input));
  const { ticks } = await session.invoke();
  const { clockSource } = session.hello();
  await session.close();
  return { output, ticks, clockSource };
}

describe.skipIf(!programOnPath('arm-none-eabi-gcc') || !hasMachine())('an emulated B-L475E-IOT01A', () => {
  it('runs the firmware of its family: flashed, started, right answers', async () => {
    const result = await run('virtual-b-l475e-iot01a');
    // QEMU has no Flash interface to raise the wait states of: the bounded wait ends, and the firmware says so.
    expect(result.clockSource).toBe('as-reset');
  });

  it('executes as many instructions as another Cortex-M4 does', async () => {
    const [iot, other] = [await run('virtual-b-l475e-iot01a'), await run('virtual-stm32f405')];
    // 256 ns an instruction and 4 MHz, against 8 ns and 168 MHz: 1.024 and 1.344 ticks.
    const instructions = [iot.ticks / 1.024, other.ticks / 1.344];
    expect(Math.abs((instructions[0] ?? 0) / (instructions[1] ?? 1) - 1)).toBeLessThan(0.002);
  });
});
