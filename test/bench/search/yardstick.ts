/**
 * How fast this machine trains, beside the one on which the first arms of the benchmark were measured: so that minutes stay
 * the same amount of work wherever, and whenever, an arm is measured.
 */
import { spaceFor, toArchitecture, type Genotype } from '../../../main/core/nas/index.ts';
import { openDataset } from '../../../main/datasets/index.ts';
import { budgetNow, type BudgetClock } from '../../../main/processes/index.ts';
import { trainingData } from '../../../main/studio/pipeline/trainStep.ts';
import { allowRelaxedSimd, trainNetwork } from '../../../main/studio/training/index.ts';
import { TASKS } from './tasks.ts';

/** Two cores share the work, whatever the machine has: so every result stands for the same computing time. */
export const CORES = 2;

/** What the yardstick's networks learn: CIFAR-10, whatever an arm is measured on. */
const [{ dataset: CIFAR10, classes: CLASSES }] = TASKS;
const SHAPE = { height: 32, width: 32, channels: 3 } as const;

interface Yard {
  readonly width: number;
  readonly genotype: Genotype;
  /** Seconds of two cores that a pass over the training split of CIFAR-10 took, validation included. */
  readonly secondsPerPass: number;
}

const stage = (width: number, ...blocks: readonly (readonly [3 | 5 | 7, number])[]): Genotype['stages'][number] => ({
  depth: blocks.length,
  width,
  blocks: blocks.map(([kernel, expansion]) => ({ kernel, expansion })),
});

/** Networks of the first arms that were measured, the search's and random ones, with the seconds of their last trainings. */
const YARDS: readonly Yard[] = [
  {
    width: 0.8,
    genotype: { stages: [stage(1, [5, 3]), stage(1, [7, 6], [7, 4], [7, 3]), stage(0.75, [3, 4]), stage(1, [5, 4])] },
    secondsPerPass: 911.03 / 58.89,
  },
  {
    width: 0.9,
    genotype: {
      stages: [
        stage(0.75, [7, 3]),
        stage(1, [7, 6], [3, 6]),
        stage(0.5, [5, 3], [5, 3], [3, 3], [5, 3]),
        stage(0.75, [3, 3]),
      ],
    },
    secondsPerPass: 919.67 / 54.84,
  },
  {
    width: 0.8,
    genotype: {
      stages: [stage(0.5, [3, 6]), stage(1, [7, 6], [7, 3]), stage(0.75, [5, 4]), stage(0.75, [3, 4], [5, 3])],
    },
    secondsPerPass: 1199.86 / 82.69,
  },
  {
    width: 0.9,
    genotype: {
      stages: [stage(0.75, [5, 3]), stage(0.75, [5, 3], [5, 4]), stage(1, [5, 6]), stage(0.5, [3, 3], [3, 6])],
    },
    secondsPerPass: 1199.65 / 92,
  },
];

/**
 * A pass of each of the yardstick's networks: a minute and more, by computing time, so that other work on the machine changes
 * little.
 *
 * @returns the mean speed, 1 where a pass takes what it took then
 */
export async function speedNow(cacheDir: string, signal: AbortSignal): Promise<number> {
  allowRelaxedSimd();
  const dataset = await openDataset(CIFAR10, { shape: SHAPE, cacheDir });
  const clock = clockAt(1);
  let sum = 0;
  for (const { width, genotype, secondsPerPass } of YARDS) {
    const architecture = toArchitecture(spaceFor(SHAPE, width, CLASSES), genotype);
    const began = budgetNow(clock);
    const data = trainingData(dataset);
    await trainNetwork({ architecture, data, length: { epochs: 1 }, seed: 1, workers: CORES, signal });
    sum += secondsPerPass / ((budgetNow(clock) - began) / 1000);
  }
  return sum / YARDS.length;
}

/** The clock of minutes of two cores of the first machine: of slower ones it takes more to make a minute. */
export const clockAt = (speed: number): BudgetClock => ({ kind: 'cpu', cores: CORES / speed });
