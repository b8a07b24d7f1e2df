import { createInterface } from 'node:readline/promises';
import { flashBoard, unlockBoard, unlockConfirmation } from '../../studio/index.ts';
import { StudioError } from '../../contract/index.ts';
import { withJson, type AddCommand } from './command.ts';
import { withHardware, type HardwareOptions } from './hardware.ts';

interface FlashOptions extends HardwareOptions {
  readonly board: string;
  readonly image?: string;
  readonly unlock?: string | true;
}

export const addFlash: AddCommand = (program, { console, progress }, finish) => {
  withHardware(withJson(program.command('flash')))
    .description('write, verify, reset')
    .requiredOption('--board <id>', 'one of `mcunet boards`')
    .option('--image <file>', 'ELF, BIN or Intel HEX')
    .option('--unlock [confirmation]', 'first erase all of a read-protected chip; asks for a typed confirmation')
    .action(({ board, image, unlock, probe, port }: FlashOptions) =>
      finish(async () => {
        const choice = {
          ...(probe !== undefined && { selector: probe }),
          ...(port !== undefined && { serialPath: port }),
        };
        const call = { signal: console.signal, onProgress: progress.report };
        if (unlock !== undefined) await unlockBoard(board, await confirmation(board, unlock), choice, call);
        if (image === undefined) {
          if (unlock !== undefined)
            return { json: { board, unlocked: true }, text: 'Unlocked; all of Flash is erased.' };
          throw noImage();
        }
        const flashed = await flashBoard(board, image, choice, call);
        const { chip, bytes, selector, serialPath } = flashed;
        const where = serialPath === null ? '' : `; it answers on ${serialPath}`;
        return {
          json: { ...flashed },
          text: `${bytes.toLocaleString('en')} bytes written to ${chip.name} through ${selector}, verified and started${where}.`,
        };
      }),
    );
};

/** What was typed: on the command line, or now at a terminal. */
async function confirmation(board: string, given: string | true): Promise<string> {
  if (given !== true) return given;
  if (!process.stdin.isTTY) return '';
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(
      `This erases everything in the chip of ${board}. Type "${unlockConfirmation(board)}" to go on: `,
    );
  } finally {
    lines.close();
  }
}

function noImage(): StudioError {
  return new StudioError({
    code: 'cli.usage',
    message: 'No image was given.',
    remedy: 'Name it with --image: the ELF, BIN or HEX file that `mcunet build` made.',
  });
}
