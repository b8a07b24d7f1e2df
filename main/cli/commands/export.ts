import { Option } from 'commander';
import type { PlanChoice } from '../../contract/index.ts';
import { exportFormats, exportModelFile, format as show, type ExportFormat } from '../../studio/index.ts';
import { planOption } from './build.ts';
import { withJson, type AddCommand } from './command.ts';

interface ExportOptions {
  readonly format: ExportFormat;
  readonly board?: string;
  readonly plan: PlanChoice;
  readonly input: 'whole' | 'row-fed';
  readonly out: string;
}

export const addExport: AddCommand = (program, _session, finish) => {
  withJson(program.command('export'))
    .description('something to take away: C, an Arduino library, a CMSIS pack, .tflite')
    .argument('<model>', 'an int8 .tflite or .onnx file')
    .addOption(new Option('--format <format>', 'what to make').choices([...exportFormats]).makeOptionMandatory())
    .option('--board <id>', 'whose core the C is made for and whose memories it must fit; else a Cortex-M4')
    .option('--out <folder>', 'where the files go', 'export')
    .addOption(planOption())
    .addOption(
      new Option('--input <mode>', 'the whole input in memory, or handed over row by row')
        .choices(['whole', 'row-fed'])
        .default('whole'),
    )
    .action((model: string, { format, board, plan, input, out }: ExportOptions) =>
      finish(async () => {
        const result = exportModelFile({ model, format, board, plan, input, out });
        const lines = result.files.map(({ path, bytes }) => `${path}  ${show.bytes(bytes)}`);
        return { json: result, text: [`${result.folder}:`, ...lines].join('\n') };
      }),
    );
};
