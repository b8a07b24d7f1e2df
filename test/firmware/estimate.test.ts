import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { boardTimer, findBoard } from '../../main/boards/index.ts';
import { compileModel } from '../../main/core/engine/index.ts';
import { buildImage } from '../../main/firmware/index.ts';
import { openQemuProbe, startFirmware } from '../../main/probes/index.ts';
import { runProcess } from '../../main/processes/index.ts';
import { goldenVectors, sharedModel } from '../support/sharedModels.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** Prices every executed instruction as a Cortex-M4 would; beside the checkout, not in it. */
const m4cycles = join(import.meta.dirname, '../../../shared/tools/m4cycles/m4cycles');

describe.skipIf(!existsSync(m4cycles))('estimated cycles', () => {
  it.each(['mlperf-kws-dscnn', 'mlperf-ad-autoencoder'])(
    'of %s are close to every instruction’s price',
    async (name) => {
      const board = findBoard('virtual-mps2-m4');
      const [vector] = goldenVectors(name, 1);
      const { files } = compileModel(sharedModel(name), { core: 'm4' });
      const folder = temporaryFolder();
      const sources = [...files].map(([path, text]) => ({ path, text }));
      const image = await buildImage({ board, model: sources, outDir: folder });
      const probe = await openQemuProbe(board);
      onTestFinished(() => probe.close());
      const session = await startFirmware(probe, image.flashImage);
      onTestFinished(() => session.close());
      await session.load(vector!.input);
      const estimate = boardTimer(board)((await session.invoke()).ticks);

      // The tool takes no folder with a space in its name.
      const exported = mkdtempSync(join(tmpdir(), 'estimate-'));
      onTestFinished(() => rmSync(exported, { recursive: true }));
      for (const { path, text } of sources) writeFileSync(join(exported, path), text);
      writeFileSync(join(exported, 'input.bin'), vector!.input);
      const { stdout } = await runProcess(m4cycles, [exported, join(exported, 'input.bin')]);
      const priced = Number(/^m4_cycles (\d+)/m.exec(stdout)?.[1]);
      const counted = Number(/^instructions (\d+)/m.exec(stdout)?.[1]);
      expect(Math.abs(estimate.instructions! / counted - 1)).toBeLessThan(0.01);
      expect(Math.abs(estimate.cycles / priced - 1)).toBeLessThan(0.08);
    },
  );
});
