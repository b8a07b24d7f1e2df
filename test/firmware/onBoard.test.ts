import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findBoard, type Board } from '../../main/boards/index.ts';
import { compileModel, type CompileOptions, type Core } from '../../main/core/engine/index.ts';
import { interpret, type Model } from '../../main/core/graph/index.ts';
import { buildImage } from '../../main/firmware/index.ts';
import type { Session } from '../../main/link/index.ts';
import { openQemuProbe, startFirmware, type Probe } from '../../main/probes/index.ts';
import { concatenated } from '../support/hostC.ts';
import { randomInputs8, randomModel } from '../support/randomModel.ts';
import { goldenVectors, hasSharedModels, sharedModel } from '../support/sharedModels.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const coreOf = (board: Board): Core => board.core.replace('cortex-', '') as Core;

/** One board for all tests of a block: each flashes it anew. */
function boardForAll(id: string): (model: Model, options?: Partial<CompileOptions>) => Promise<Session> {
  const board = findBoard(id);
  let probe: Probe;
  let session: Session | undefined;
  beforeAll(async () => {
    probe = await openQemuProbe(board);
  });
  afterEach(() => session?.close());
  afterAll(() => probe?.close());
  return async (model, options = {}) => {
    await session?.close();
    const { files } = compileModel(model, { core: coreOf(board), ...options });
    const sources = [...files].map(([path, text]) => ({ path, text }));
    const image = await buildImage({ board, model: sources, outDir: temporaryFolder() });
    // A model without padding rings has a table for them all the same.
    expect(image.warnings.filter(({ text }) => !text.includes('-Wunused-const-variable'))).toEqual([]);
    session = await startFirmware(probe, image.flashImage, { buildId: image.buildId });
    return session;
  };
}

async function expectGolden(session: Session, name: string, limit: number): Promise<void> {
  for (const { input, output } of goldenVectors(name, limit)) expect(await session.run(input)).toEqual(output);
}

describe.skipIf(!hasSharedModels)('published models on a virtual board give TensorFlow Lite Micro’s bytes', () => {
  describe('virtual-mps2-m4', () => {
    const start = boardForAll('virtual-mps2-m4');
    it.each([
      ['mcunet-vww1', 4],
      ['mcunet-in3', 2],
      ['mlperf-vww-mobilenetv1', 3],
      ['mlperf-ic-resnet8', 3],
      ['mlperf-kws-dscnn', 10],
      ['mlperf-ad-autoencoder', 10],
    ])('%s', async (name, limit) => {
      await expectGolden(await start(sharedModel(name)), name, limit);
    });

    it('mcunet-vww1 fed row by row', async () => {
      const session = await start(sharedModel('mcunet-vww1'), { plan: 'stream', input: 'row-fed' });
      await expectGolden(session, 'mcunet-vww1', 2);
      expect((await session.profile()).operators.length).toBeGreaterThan(20);
      await expectGolden(session, 'mcunet-vww1', 1);
    });
  });

  describe('virtual-stm32f405', () => {
    const start = boardForAll('virtual-stm32f405');
    it.each(['mcunet-vww1', 'mlperf-ic-resnet8', 'mlperf-kws-dscnn'])('%s', async (name) => {
      await expectGolden(await start(sharedModel(name)), name, 1);
    });
  });

  describe('virtual-mps2-m7', () => {
    const start = boardForAll('virtual-mps2-m7');
    it('mlperf-kws-dscnn', async () => {
      await expectGolden(await start(sharedModel('mlperf-kws-dscnn')), 'mlperf-kws-dscnn', 3);
    });
  });
});

describe('random graphs on a virtual board give the interpreter’s bytes', () => {
  const start = boardForAll('virtual-mps2-m4');
  const ways: readonly Partial<CompileOptions>[] = [{}, { plan: 'layers' }, { plan: 'stream', input: 'row-fed' }];
  it.each([3000, 3001, 3002, 3003, 3004, 3005])('seed %i', async (seed) => {
    const model = randomModel(seed, { operators: 10 });
    const session = await start(model, ways[seed % ways.length] ?? {});
    for (const run of [1, 2]) {
      const inputs = randomInputs8(31 * seed + run, model);
      expect(await session.run(concatenated(inputs))).toEqual(concatenated(interpret(model, inputs)));
    }
  });
});
