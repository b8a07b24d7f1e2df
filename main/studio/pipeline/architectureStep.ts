import { readFileSync } from 'node:fs';
import { StudioError } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import {
  architectureCost,
  architectureSchema,
  readArchitecture,
  type Architecture,
} from '../../core/architecture/index.ts';
import { defaultRecipe } from '../../core/training/index.ts';
import type { Dataset } from '../../datasets/index.ts';
import type { Trip } from '../jobs/index.ts';
import { doInThread } from '../threads/index.ts';
import type { DefaultTask } from './defaultForBoard.ts';
import { steps } from './stepTitles.ts';

/**
 * Multiply-accumulates that one worker trains in a second, counted in the forward direction: what the training benchmark
 * shows on one core of a laptop, with a margin. It only decides how large a default network is.
 */
const trainedMacsPerSecond = 4e9;
/** Passes over the training split that a default network should get, and steps: few samples are soon passed over. */
const wantedEpochs = 20;
const wantedSteps = 1500;
/** A larger network is slower on the board without being better on datasets of this kind. */
const mostMacs = 5e6;
const leastMacs = 4e5;

export interface ArchitectureWish {
  /** A file that describes one; absent: a default that suits dataset, board and budget. */
  readonly file: string | undefined;
  /** What a default may cost. */
  readonly macs: number;
}

/** What a network may cost, in multiply-accumulates, to be trained well in the time given. */
export function affordableMacs(
  dataset: Pick<Dataset, 'train' | 'kind' | 'mirrorable'>,
  minutes: number,
  workers: number,
  { most = mostMacs } = {},
): number {
  const samples = Math.max(wantedEpochs * dataset.train.labels.length, wantedSteps * defaultRecipe(dataset).batch);
  const macs = (minutes * 60 * workers * trainedMacsPerSecond) / samples;
  return Math.max(leastMacs, Math.min(most, macs));
}

/** The network to train: read from a file, or the widest default that the time allows to train and the board to run. */
export function architectureStep(
  trip: Trip,
  dataset: Dataset,
  board: Board,
  wish: ArchitectureWish,
): Promise<Architecture> {
  const given = wish.file === undefined ? null : readArchitectureFile(wish.file, dataset);
  return trip.step({
    ...steps.architecture,
    version: 3,
    input: { given, shape: dataset.shape, classes: dataset.classes.length, board, macs: wish.macs },
    output: architectureSchema,
    run: async ({ write, log, signal }) => {
      const task: DefaultTask = { shape: dataset.shape, classes: dataset.classes.length, board, macs: wish.macs };
      const architecture =
        given ?? (await doInThread<DefaultTask, Architecture>('architecture.worker', import.meta.url, task, signal));
      const cost = architectureCost(architecture);
      log(`${architecture.name}: ${cost.macs} MACs, ${cost.parameters} parameters`);
      write('architecture.json', `${JSON.stringify(architecture, null, 2)}\n`);
      return architecture;
    },
  });
}

function readArchitectureFile(file: string, { shape, classes }: Dataset): Architecture {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new StudioError({
      code: 'architecture.unreadable',
      message: `The architecture file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}.`,
      remedy: 'Check the path.',
      details: { file },
      cause: error,
    });
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new StudioError({
      code: 'architecture.unreadable',
      message: `The architecture file ${file} is no JSON: ${error instanceof Error ? error.message : String(error)}.`,
      remedy: 'Correct the file; ARCHITECTURE.md shows what one looks like.',
      details: { file },
      cause: error,
    });
  }
  // The dataset decides what goes in and how many classes come out; the file decides everything between.
  return readArchitecture({ ...(document as object), input: shape, classes: classes.length });
}
