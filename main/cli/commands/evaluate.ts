import { Option } from 'commander';
import type { InputMode, PlanChoice, SplitName } from '../../contract/index.ts';
import { positiveInteger } from '../numbers.ts';
import { inputOption, planOption } from './build.ts';
import { hardwareParams, withHardware, type HardwareOptions } from './hardware.ts';
import { withJson, type AddCommand } from './command.ts';
import { jobAnswer } from './jobs.ts';

interface EvaluateOptions extends HardwareOptions {
  readonly board: string;
  readonly dataset: string;
  readonly split: SplitName;
  readonly limit?: number;
  readonly plan: PlanChoice;
  readonly input: InputMode;
  readonly out?: string;
}

export const addEvaluate: AddCommand = (program, session, finish) => {
  withHardware(withJson(program.command('evaluate')))
    .description('accuracy on the board, confusion matrix')
    .argument('<model>', 'an int8 .tflite file')
    .requiredOption('--board <id>', 'one of `mcunet boards`')
    .requiredOption('--dataset <spec>', 'generated:road-signs, or the path of a folder, a zip or a file')
    .addOption(new Option('--split <name>', 'which samples').choices(['train', 'validation', 'test']).default('test'))
    .option('--limit <number>', 'how many samples; all where it is left out', positiveInteger)
    .option('--out <folder>', 'where the report goes (a run of the workspace)')
    .addOption(planOption())
    .addOption(inputOption())
    .action((model: string, { board, dataset, split, limit, plan, input, out, ...hardware }: EvaluateOptions) =>
      finish(() =>
        jobAnswer(
          session,
          {
            kind: 'evaluate',
            model,
            boardId: board,
            dataset,
            split,
            plan,
            inputMode: input,
            ...(limit === undefined ? {} : { limit }),
            ...hardwareParams(hardware),
          },
          out,
        ),
      ),
    );
};
