import { flashBoard, format } from '../../studio/index.ts';
import { withJson, type AddCommand } from './command.ts';

interface FlashOptions {
  readonly board: string;
  readonly image: string;
  readonly probe?: string;
}

export const addFlash: AddCommand = (program, { console, progress }, finish) => {
  withJson(program.command('flash'))
    .description('write, verify, reset')
    .requiredOption('--board <id>', 'one of `mcunet boards`')
    .requiredOption('--image <file>', 'ELF, HEX or BIN')
    .option('--probe <selector>', 'which probe, where several fit: `mcunet boards` shows them')
    .action(({ board, image, probe }: FlashOptions) =>
      finish(async () => {
        const result = await flashBoard({
          board,
          image,
          signal: console.signal,
          onProgress: progress.report,
          ...(probe === undefined ? {} : { probe }),
        });
        const { chip, selector, bytes } = result;
        return {
          json: result,
          text: `${format.bytes(bytes)} written to ${board} (${chip.name}) through ${selector}, verified, started`,
        };
      }),
    );
};
