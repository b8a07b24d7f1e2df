import { Option } from 'commander';
import type { InputMode, PlanChoice } from '../../contract/index.ts';
import { withJson, type AddCommand } from './command.ts';
import { jobAnswer } from './jobs.ts';

interface BuildOptions {
  readonly board: string;
  readonly plan: PlanChoice;
  readonly input: InputMode;
  readonly out: string;
}

export const planOption = (): Option =>
  new Option('--plan <plan>', 'layer by layer, streamed row by row, or the faster one that fits')
    .choices(['auto', 'layers', 'stream'])
    .default('auto');

export const inputOption = (): Option =>
  new Option('--input <mode>', 'the whole input in memory, or handed over row by row')
    .choices(['whole', 'row-fed'])
    .default('whole');

export const addBuild: AddCommand = (program, session, finish) => {
  withJson(program.command('build'))
    .description('C and image; planned and linked SRAM and Flash')
    .argument('<model>', 'an int8 .tflite file')
    .requiredOption('--board <id>', 'one of `mcunet boards`')
    .requiredOption('--out <folder>', 'where c/, firmware/ and the report go')
    .addOption(planOption())
    .addOption(inputOption())
    .action((model: string, { board, plan, input, out }: BuildOptions) =>
      finish(() => jobAnswer(session, { kind: 'build', model, boardId: board, plan, inputMode: input }, out)),
    );
};
