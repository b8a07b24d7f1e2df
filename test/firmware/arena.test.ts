import { expect, it, onTestFinished, describe } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import { compileModel } from '../../main/core/engine/index.ts';
import { interpret } from '../../main/core/graph/index.ts';
import { buildImage } from '../../main/firmware/index.ts';
import { openQemuProbe, startFirmware } from '../../main/probes/index.ts';
import { concatenated } from '../support/hostC.ts';
import { programOnPath } from '../support/programs.ts';
import { randomInputs8, randomModel } from '../support/randomModel.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** What the plan reserves is what the running model writes: the board's high-water mark says so. */
describe.skipIf(!['qemu-system-arm', 'arm-none-eabi-gcc'].every(programOnPath))('the arena of a running model', () => {
  it('is untouched before the first run, and used up to its end after it', async () => {
    const board = findBoard('virtual-mps2-m4');
    const model = randomModel(3001, { operators: 10 });
    const { plan, files } = compileModel(model, { core: 'm4' });
    const sources = [...files].map(([path, text]) => ({ path, text }));
    const image = await buildImage({ board, model: sources, outDir: temporaryFolder() });
    const probe = await openQemuProbe(board);
    onTestFinished(() => probe.close());
    const session = await startFirmware(probe, image.flashImage, { buildId: image.buildId });

    const before = await session.stack();
    expect(before.arenaBytes - plan.arenaBytes).toBeGreaterThanOrEqual(0);
    expect(before.arenaBytes - plan.arenaBytes).toBeLessThan(16);
    expect(before.arenaUsedBytes).toBe(0);

    const inputs = randomInputs8(1, model);
    expect(await session.run(concatenated(inputs))).toEqual(concatenated(interpret(model, inputs)));
    const after = await session.stack();
    expect(after.arenaUsedBytes).toBeLessThanOrEqual(after.arenaBytes);
    expect(after.arenaUsedBytes).toBeGreaterThan(0.8 * plan.arenaBytes);
    expect(after.usedBytes).toBeGreaterThan(64);
    await session.close();
  });
});
