import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../main/datasets/index.ts';
import { sha256, Workspace } from '../../../main/store/index.ts';
import { Trip } from '../../../main/studio/jobs/index.ts';
import { roundingStep } from '../../../main/studio/pipeline/roundingStep.ts';
import { bytesOf, trainingData, type Trained } from '../../../main/studio/pipeline/trainStep.ts';
import { evaluateNetwork, trainNetwork } from '../../../main/studio/training/index.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { withWildChannels } from '../../support/wildChannels.ts';
import { barArchitecture } from './blobs.ts';

const [first, second] = barArchitecture.blocks;
const SPEC = 'generated:road-signs?size=32&train=640&validation=200&test=160';
const EPOCHS = 8;

describe('the step that looks at what int8 costs', () => {
  it('trains on where it costs too much, for a part of the passes, and says what the network is worth then', async () => {
    const folder = temporaryFolder();
    const dataset = await openDataset(SPEC, { cacheDir: folder });
    const architecture = {
      ...barArchitecture,
      input: dataset.shape,
      classes: dataset.classes.length,
      blocks: [first, { ...second, residual: false }],
    };
    const common = { architecture, data: trainingData(dataset), workers: 1, seed: 7 };
    const { network, history } = await trainNetwork({ ...common, length: { epochs: EPOCHS } });
    const wild = withWildChannels(network, [0, 5], 200);

    const workspace = Workspace.open(folder);
    const params = { kind: 'train', dataset: SPEC, boardId: 'virtual-stm32f405', minutes: 1 } as const;
    const run = workspace.createRun({ kind: 'train', title: 'a training', params });
    const log: string[] = [];
    const trip = new Trip(run, new AbortController().signal, (event) => {
      if (event.type === 'log') log.push(event.line.message);
    });
    try {
      const bytes = bytesOf(wild.weights);
      writeFileSync(run.path('network.bin'), bytes);
      const trained: Trained = {
        weights: { file: 'network.bin', sha256: sha256(bytes) },
        curve: history.map((record) => ({
          epoch: record.epoch,
          trainLoss: record.trainingLoss,
          trainAccuracy: record.trainingAccuracy,
          validationLoss: record.validationLoss,
          validationAccuracy: record.validationAccuracy,
          learningRate: record.learningRate,
          elapsedMs: 0,
          samplesPerSecond: null,
        })),
        elapsedMs: 0,
        workers: 1,
        floatAccuracy: 0,
        testSamples: dataset.test.labels.length,
        pace: [],
      };
      const rounded = (seed: number): Promise<Trained> =>
        trip.go([], () => roundingStep(trip, dataset, architecture, trained, { workers: 1, seed }));
      const tuned = await rounded(7);
      expect(log.join('\n')).toMatch(/After 2\.0 passes with rounding: int8 .* kept/);
      expect(tuned.weights.file).toBe('network-rounded.bin');
      const kept = {
        architecture,
        weights: new Float32Array(new Uint8Array(readFileSync(run.path(tuned.weights.file))).buffer),
      };
      const { accuracy } = await evaluateNetwork(kept, dataset.test, { workers: 1 });
      expect(tuned.floatAccuracy).toBe(accuracy);
      // The run's seed is the training's.
      expect((await rounded(8)).weights.sha256).not.toBe(tuned.weights.sha256);
    } finally {
      run.close();
      workspace.close();
    }
  }, 120_000);
});
