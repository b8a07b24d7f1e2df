import { describe, expect, it } from 'vitest';
import { findBoard } from '../../../main/boards/index.ts';
import type { Candidate } from '../../../main/contract/index.ts';
import {
  genotypeKey,
  largestGenotype,
  smallestGenotype,
  toArchitecture,
  type Genotype,
} from '../../../main/core/nas/index.ts';
import { engineCore } from '../../../main/studio/pipeline/compile.ts';
import { bestOnBoard, type TrainedNetwork } from '../../../main/studio/pipeline/specialise.ts';
import { costModelOf, costOf } from '../../../main/studio/search/costs.ts';
import { tinySpace } from '../../support/tinySearch.ts';

const [small, large] = [smallestGenotype(tinySpace), largestGenotype(tinySpace)];
const costOn = (boardId: string, genotype: Genotype): ReturnType<typeof costOf> => {
  const board = findBoard(boardId);
  const limits = { sramBytes: null, flashBytes: null, latencyMs: null, energyMicrojoules: null };
  return costOf(toArchitecture(tinySpace, genotype), costModelOf(board, engineCore(board), limits));
};

/** A board's network as it is after training, with limits in the board's own time. */
function networkOf(boardId: string, genotype: Genotype, validationAccuracy: number, latencyMs: number): TrainedNetwork {
  const board = findBoard(boardId);
  const limits = { sramBytes: 60_000, flashBytes: 300_000, latencyMs, energyMicrojoules: null };
  const model = costModelOf(board, engineCore(board), limits);
  const architecture = toArchitecture(tinySpace, genotype);
  const key = genotypeKey(genotype);
  const { sramBytes, flashBytes, latencyMs: took, energyMicrojoules } = costOf(architecture, model);
  const promised: Candidate = {
    ...{ key, accuracy: 0.5, sramBytes, flashBytes, latencyMs: took, energyMicrojoules },
    ...{ inputMode: 'whole', onFront: true },
  };
  const point = { trainLoss: 1, trainAccuracy: 0.5, validationLoss: 1, learningRate: 0, samplesPerSecond: null };
  return {
    target: { board, limits, latency: { table: null, source: { kind: 'estimated', detail: '' } }, model },
    found: {
      genotype: structuredClone(genotype) as TrainedNetwork['found']['genotype'],
      generations: 1,
      candidates: [promised],
      recommended: { key, reason: 'It is the most accurate.', why: { code: 'most-accurate' } },
      largestAccuracy: null,
      heatTrainings: 0,
      seconds: 1,
    },
    promised,
    architecture,
    trained: {
      weights: { file: `${boardId}.bin`, sha256: boardId },
      curve: [{ ...point, epoch: 1, validationAccuracy, elapsedMs: 1 }],
      ...{ elapsedMs: 1, workers: 1, floatAccuracy: validationAccuracy, testSamples: 1, pace: [] },
    },
  };
}

describe('the network of each of several boards', () => {
  const [slow, fast] = ['nucleo-f401re', 'nucleo-f746zg'];
  const roomy = 2 * costOn(slow, large).latencyMs;

  it('is that of another board where it fits and turned out better', () => {
    const all = [networkOf(slow, small, 0.8, roomy), networkOf(fast, large, 0.7, roomy)];
    const best = bestOnBoard(all[1], all);
    expect(best.target).toBe(all[1].target);
    expect(best.architecture).toEqual(all[0].architecture);
    expect(best.trained).toBe(all[0].trained);
    // What it costs is what it costs here.
    expect(best.promised.latencyMs).toBe(costOf(best.architecture, best.target.model).latencyMs);
    expect(best.promised.latencyMs).toBeLessThan(all[0].promised.latencyMs);
    const { recommended, candidates } = best.found;
    expect(recommended.why).toEqual({
      code: 'of-another-board',
      board: findBoard(slow).name,
      accuracy: 0.8,
      own: 0.7,
    });
    expect(recommended.reason).toMatch(/80\.0 % of validation samples, not 70\.0 %/);
    expect(candidates.map(({ key }) => key)).toEqual([genotypeKey(large), genotypeKey(small)]);
    expect(recommended.key).toBe(genotypeKey(small));
  });

  it('is its own where the other does not fit, or is no better', () => {
    const tight = (costOn(slow, small).latencyMs + costOn(slow, large).latencyMs) / 2;
    const all = [networkOf(slow, small, 0.6, tight), networkOf(fast, large, 0.9, roomy)];
    expect(bestOnBoard(all[0], all)).toBe(all[0]);
    const equal = [networkOf(slow, small, 0.6, roomy), networkOf(fast, large, 0.6, roomy)];
    expect(equal.map((own) => bestOnBoard(own, equal))).toEqual(equal);
  });
});
