import { demoDefaults } from '../../studio/index.ts';
import { naturalNumber, positiveInteger, positiveNumber } from '../numbers.ts';
import { hardwareParams, withHardware, type HardwareOptions } from './hardware.ts';
import { withJson, type AddCommand } from './command.ts';
import { jobAnswer } from './jobs.ts';

interface TrainOptions extends HardwareOptions {
  readonly dataset: string;
  readonly board: string;
  readonly minutes: number;
  readonly out: string;
  readonly architecture?: string;
  readonly seed?: number;
  readonly workers?: number;
  readonly evaluate?: number;
}

export const addTrain: AddCommand = (program, session, finish) => {
  withHardware(withJson(program.command('train')))
    .description('train a network for a board, make it int8, measure and judge it there')
    .requiredOption('--dataset <spec>', 'generated:road-signs, or the path of a folder, a zip or a file')
    .requiredOption('--board <id>', 'one of `mcunet boards`')
    .requiredOption('--minutes <number>', 'for the training; building and measuring come on top', positiveNumber)
    .requiredOption('--out <folder>', 'where the run goes; given again, it goes on with what is unfinished there')
    .option('--architecture <file>', 'JSON of the network to train; one that suits is chosen where it is left out')
    .option('--seed <number>', 'where chance begins', naturalNumber)
    .option('--workers <number>', 'threads; as many as processors where it is left out', positiveInteger)
    .option('--evaluate <number>', 'how many test samples run on the board (500)', positiveInteger)
    .action(({ dataset, board, minutes, out, architecture, seed, workers, evaluate, ...rest }: TrainOptions) =>
      finish(() =>
        jobAnswer(
          session,
          {
            kind: 'train',
            dataset,
            boardId: board,
            minutes,
            ...(architecture === undefined ? {} : { architecture }),
            ...(seed === undefined ? {} : { seed }),
            ...(workers === undefined ? {} : { workers }),
            ...(evaluate === undefined ? {} : { evaluateLimit: evaluate }),
            ...hardwareParams(rest),
          },
          out,
        ),
      ),
    );
};

interface DemoOptions extends HardwareOptions {
  readonly minutes?: number;
  readonly board?: string;
  readonly out?: string;
}

export const addDemo: AddCommand = (program, session, finish) => {
  withHardware(withJson(program.command('demo')))
    .description('the whole job on the virtual board: dataset, training, int8, C, image, flash, profile, report')
    .option('--minutes <number>', `for the training, instead of its ${demoDefaults.epochs} epochs`, positiveNumber)
    .option('--board <id>', `one of \`mcunet boards\` (${demoDefaults.boardId})`)
    .option('--out <folder>', 'where the run goes (a run of the workspace)')
    .action(({ minutes, board, out, ...rest }: DemoOptions) =>
      finish(() =>
        jobAnswer(
          session,
          {
            kind: 'demo',
            ...(minutes === undefined ? {} : { minutes }),
            ...(board === undefined ? {} : { boardId: board }),
            ...hardwareParams(rest),
          },
          out,
        ),
      ),
    );
};
