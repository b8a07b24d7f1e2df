import { describe, expect, it } from 'vitest';
import { findBoard } from '../../../main/boards/index.ts';
import { openDataset } from '../../../main/datasets/index.ts';
import { Workspace } from '../../../main/store/index.ts';
import { Trip } from '../../../main/studio/jobs/index.ts';
import { engineCore } from '../../../main/studio/pipeline/compile.ts';
import { spaceStep, type SpaceWish } from '../../../main/studio/pipeline/spaceStep.ts';
import { costModelOf } from '../../../main/studio/search/costs.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const limits = { sramBytes: 80_000, flashBytes: 500_000, latencyMs: 20, energyMicrojoules: null };

async function chosenFor(boards: readonly string[]): ReturnType<typeof spaceStep> {
  const folder = temporaryFolder();
  const dataset = await openDataset('generated:road-signs?size=32&train=64&validation=32&test=16', {
    cacheDir: folder,
  });
  const workspace = Workspace.open(folder);
  const params = { kind: 'search', dataset: 'generated:road-signs', boardId: boards[0], minutes: 1 } as const;
  const run = workspace.createRun({ kind: 'search', title: 'a space', params });
  const trip = new Trip(run, new AbortController().signal, () => undefined);
  const targets = boards
    .map((id) => findBoard(id))
    .map((board) => ({
      limits,
      model: costModelOf(board, engineCore(board), limits),
    }));
  // Of each board's spaces as many as were looked at in a search that is followed.
  const sampled = boards.map((_, i) => Array.from({ length: 20 }, () => 30 + i));
  const wish: SpaceWish = { file: undefined, targets, mostMacs: 6e6, minutes: 1, seed: 1, workers: 1, sampled };
  try {
    return await trip.go([], () => spaceStep(trip, dataset, wish));
  } finally {
    run.close();
    workspace.close();
  }
}

describe('stage 1', () => {
  it('has stages for several boards that are narrow enough for the slowest and wide enough for the fastest', async () => {
    const [slow, fast] = ['nucleo-f401re', 'nucleo-h743zi2'];
    const [one, several] = [await chosenFor([slow]), await chosenFor([slow, fast])];
    const widths = ({ chosen }: typeof one): number => Math.min(...chosen.stages.flatMap((stage) => stage.widths));
    expect(widths(several)).toBeLessThan(widths(one));
    const fitting = several.spaces.find(({ name }) => name === several.chosen.name)?.fitting;
    expect(fitting).toBeGreaterThan(0);
    expect(several.sampled.map((ofBoard) => new Set(ofBoard))).toEqual([new Set([30]), new Set([31])]);
    // The largest that fit the faster board are far larger than what fits the slower.
    expect(several.mostMacs).toBeGreaterThan(2.5 * one.mostMacs);
  }, 120_000);
});
