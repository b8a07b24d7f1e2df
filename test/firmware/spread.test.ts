import { describe, expect, it } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import { readArchitecture } from '../../main/core/architecture/index.ts';
import { compileModel, skeletonOf } from '../../main/core/engine/index.ts';
import { outputBytes, type Model } from '../../main/core/graph/index.ts';
import { buildImage, modelBudget, type BuiltImage } from '../../main/firmware/index.ts';
import { openSession } from '../../main/link/index.ts';
import { compileForBoard } from '../../main/studio/pipeline/compile.ts';
import { programOnPath } from '../support/programs.ts';
import { withRandomWeights } from '../support/randomWeights.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { FirmwareRun } from '../support/virtualProbe/silicon/firmwareRun.ts';

/** A small network that sees a large image: what it needs of SRAM is hardly more than the image. */
function networkFor(resolution: number): Model {
  const block = { k: 3, s: 2, cin: 8, mid: 24, cout: 8, residual: false };
  const network = readArchitecture({
    id: `watcher-${resolution}`,
    resolution,
    first_conv: { k: 3, s: 2, out: 20 },
    blocks: [{ ...block, cin: 20, mid: 40 }, block, block],
    feature_mix: null,
    classifier: { in_features: 8, out: 2 },
  });
  return withRandomWeights(skeletonOf(network));
}

const imageFor = async (boardId: string, model: Model): Promise<BuiltImage> => {
  const board = findBoard(boardId);
  const { files } = compileForBoard(model, board);
  const sources = [...files].map(([path, text]) => ({ path, text }));
  return buildImage({ board, model: sources, outDir: temporaryFolder(), options: { optimization: '-O1' } });
};

const modelBytesIn = (image: BuiltImage): Record<string, number> =>
  Object.fromEntries(
    image.regions
      .filter(({ kind, modelBytes }) => kind === 'ram' && modelBytes > 0)
      .map((r) => [r.parts.join('+'), r.modelBytes]),
  );

/** Activations lie in the fastest memory that holds them, and in several where none does. */
describe.skipIf(!programOnPath('arm-none-eabi-gcc'))('a network in a board’s memories', () => {
  it('needs more than any one memory of an STM32L476, lies in both, and starts', async () => {
    const board = findBoard('nucleo-l476rg');
    const model = networkFor(176);
    const outputs = outputBytes(model).reduce((sum, bytes) => sum + bytes, 0);
    const { sramBytes } = modelBudget(board, { outputBytes: outputs, operators: model.operators.length });
    expect(() => compileModel(model, { core: 'm4', sramLimitBytes: sramBytes })).toThrow(/needs at least/);

    const image = await imageFor('nucleo-l476rg', model);
    const bytes = modelBytesIn(image);
    expect(Object.keys(bytes).sort()).toEqual(['SRAM', 'SRAM2']);
    expect((bytes['SRAM'] ?? 0) + (bytes['SRAM2'] ?? 0)).toBeGreaterThan(sramBytes);

    const run = new FirmwareRun(board, image.flashImage.segments);
    run.runUntilIdle(40_000_000);
    const session = await openSession(run.stream, { greetingMs: 20_000 });
    expect(session.hello().inputBytes).toBe(176 * 176 * 3);
    expect(run.violations).toEqual([]);
    await session.close();
  });

  it('lies in the DTCM of an STM32H743 where that holds it, else in its AXI SRAM', async () => {
    const [small, large] = await Promise.all([
      imageFor('nucleo-h743zi', networkFor(150)),
      imageFor('nucleo-h743zi', networkFor(300)),
    ]);
    expect(Object.keys(modelBytesIn(small))).toEqual(['DTCM']);
    expect(Object.keys(modelBytesIn(large))).toEqual(['AXISRAM']);
  });

  it('begins in the DTCM of an STM32F767, which its SRAM follows', async () => {
    const image = await imageFor('nucleo-f767zi', networkFor(150));
    expect(Object.keys(modelBytesIn(image))).toEqual(['DTCM+SRAM']);
    const model = image.elf.sections.find(({ name }) => name === '.model');
    expect((model?.address ?? 0) + (model?.sizeBytes ?? 0)).toBeLessThanOrEqual(0x20000000 + (128 << 10));
  });
});
