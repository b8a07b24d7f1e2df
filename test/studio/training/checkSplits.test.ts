import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../main/datasets/index.ts';
import { checkSplits } from '../../../main/studio/pipeline/datasetStep.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

describe('a dataset to train on', () => {
  it('has samples in every split, which is said before the training and not after it', async () => {
    const dataset = await openDataset('generated:road-signs?size=32&train=32&validation=16&test=16', {
      cacheDir: temporaryFolder(),
    });
    expect(() => checkSplits(dataset)).not.toThrow();
    const { samples, labels } = dataset.test;
    const none = { samples: samples.subarray(0, 0), labels: labels.subarray(0, 0), ids: [] };
    expect(() => checkSplits({ ...dataset, test: none })).toThrow(
      expect.objectContaining({ code: 'training.no-samples', message: expect.stringContaining('in the test split') }),
    );
    expect(() => checkSplits({ ...dataset, validation: none, test: none })).toThrow(/validation and test split/);
  });
});
