import { spaceOfDataset } from '../../studio/index.ts';
import { positiveNumber } from '../numbers.ts';
import { withJson, type AddCommand } from './command.ts';

interface SpaceOptions {
  readonly dataset: string;
  readonly width?: number;
}

export const addSpace: AddCommand = (program, { console, progress }, finish) => {
  withJson(program.command('space'))
    .description('JSON of a search space to change by hand; `mcunet search --space` takes it')
    .requiredOption('--dataset <spec>', 'whose samples and classes it is for')
    .option('--width <number>', 'factor on the published channels (0.5)', positiveNumber)
    .action(({ dataset, width }: SpaceOptions) =>
      finish(async () => {
        const call = { signal: console.signal, onProgress: progress.report };
        const json = await spaceOfDataset(dataset, call, width);
        return { json, text: JSON.stringify(json, null, 2) };
      }),
    );
};
