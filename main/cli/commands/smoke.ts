import { smokeTest } from '../../studio/index.ts';
import { withJson, type AddCommand } from './command.ts';
import { withHardware, type HardwareOptions } from './hardware.ts';

export const addSmoke: AddCommand = (program, { console, progress }, finish) => {
  withHardware(withJson(program.command('smoke')))
    .description('the first try of a board: it says hello, blinks, and its clock is measured')
    .requiredOption('--board <id>', 'one of `mcunet boards`')
    .action(({ board, probe, port }: HardwareOptions & { readonly board: string }) =>
      finish(async () => {
        const choice = {
          ...(probe !== undefined && { selector: probe }),
          ...(port !== undefined && { serialPath: port }),
        };
        const result = await smokeTest(board, choice, { signal: console.signal, onProgress: progress.report });
        const { clockHz, clockSource, counter } = result.hello;
        const measured =
          result.measuredClockHz === null
            ? 'a virtual board has no clock to measure'
            : `measured here: ${(result.measuredClockHz / 1e6).toFixed(1)} MHz`;
        return {
          json: { ...result },
          text: `${board} says hello: ${(clockHz / 1e6).toFixed(1)} MHz (${clockSource}, counted by ${counter}); ${measured}; blinked ${result.blinks} times.`,
        };
      }),
    );
};
