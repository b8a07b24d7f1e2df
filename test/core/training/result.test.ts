import { describe, expect, it } from 'vitest';
import { meanTrainingLoss, type EpochRecord } from '../../../main/core/training/index.ts';

const record = (epoch: number, trainingLoss: number): EpochRecord => ({
  ...{ epoch, trainingLoss, trainingAccuracy: 0, validationLoss: 0, validationAccuracy: 0 },
  ...{ learningRate: 0, seconds: 0 },
});

describe('the mean loss of a training', () => {
  it('counts each record by the steps that it stands for', () => {
    expect(meanTrainingLoss([record(0.5, 2)])).toBe(2);
    expect(meanTrainingLoss([record(1, 2), record(1.5, 1)])).toBeCloseTo((2 + 0.5) / 1.5);
  });

  it('is not there without a step', () => {
    expect(() => meanTrainingLoss([])).toThrow(RangeError);
  });
});
