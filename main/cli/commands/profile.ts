import type { InputMode, PlanChoice } from '../../contract/index.ts';
import { inputOption, planOption } from './build.ts';
import { hardwareParams, withHardware, type HardwareOptions } from './hardware.ts';
import { withJson, type AddCommand } from './command.ts';
import { jobAnswer } from './jobs.ts';

interface ProfileOptions extends HardwareOptions {
  readonly board: string;
  readonly plan: PlanChoice;
  readonly input: InputMode;
  readonly inputs?: readonly string[];
  readonly out?: string;
}

export const addProfile: AddCommand = (program, session, finish) => {
  withHardware(withJson(program.command('profile')))
    .description('build, flash, run: latency, per layer, memory, outputs')
    .argument('<model>', 'an int8 .tflite file')
    .requiredOption('--board <id>', 'one of `mcunet boards`')
    .option('--inputs <files...>', 'one file a sample: raw int8, the model’s inputs one after the other')
    .option('--out <folder>', 'where output_0.bin …, c/, firmware/ and the report go (a run of the workspace)')
    .addOption(planOption())
    .addOption(inputOption())
    .action((model: string, { board, plan, input, inputs, out, ...hardware }: ProfileOptions) =>
      finish(() =>
        jobAnswer(
          session,
          {
            kind: 'profile',
            model,
            boardId: board,
            plan,
            inputMode: input,
            ...(inputs === undefined ? {} : { inputs: [...inputs] }),
            ...hardwareParams(hardware),
          },
          out,
        ),
      ),
    );
};
