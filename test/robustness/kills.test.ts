import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../main/core/random/index.ts';
import { tinyClassifier } from '../cli/commandLine.ts';
import { killAgainAndAgain } from '../support/kills.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const hasBoard = programOnPath('arm-none-eabi-gcc') && programOnPath('qemu-system-arm');

/** `npm run bench:kills` does the same 200 times to demo, search, training, build and flashing. */
describe.skipIf(!hasBoard || process.platform !== 'linux')('a job that is killed again and again', () => {
  it('loses nothing that was finished, leaves no process, and comes to its end', async () => {
    const folder = temporaryFolder();
    const params = {
      kind: 'evaluate',
      model: tinyClassifier(folder),
      boardId: 'virtual-stm32f405',
      dataset: 'generated:road-signs?size=32&train=16&validation=16&test=16',
    } as const;
    const result = await killAgainAndAgain(
      { name: 'evaluate', params },
      { folder: join(folder, 'trial'), kills: 6, random: createRandom(1) },
    );
    expect(result.wrong).toEqual([]);
    expect(result.kills).toBe(6);
  }, 240_000);
});
