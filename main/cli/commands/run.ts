import { runModel } from '../../studio/index.ts';
import { withJson, type AddCommand } from './command.ts';

interface RunOptions {
  readonly inputs: readonly string[];
  readonly out: string;
}

export const addRun: AddCommand = (program, { console, progress }, finish) => {
  withJson(program.command('run'))
    .description('the reference interpreter: raw int8 in, raw int8 out')
    .argument('<model>', 'an int8 .tflite file')
    .requiredOption('--inputs <files...>', 'one file a sample: raw int8, the model’s inputs one after the other')
    .requiredOption('--out <folder>', 'where output_0.bin, output_1.bin … go: the model’s outputs one after the other')
    .action((model: string, { inputs, out }: RunOptions) =>
      finish(async () => {
        const result = await runModel({ model, inputs, out, signal: console.signal, onProgress: progress.report });
        const lines = result.samples.map(({ input, output }) => `${input} → ${output}`);
        return { json: result, text: lines.join('\n') };
      }),
    );
};
