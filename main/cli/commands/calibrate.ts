import { calibrate, hardwareOf, summaryOf } from '../../studio/index.ts';
import { withHardware, type HardwareOptions } from './hardware.ts';
import { withJson, type AddCommand } from './command.ts';

export const addCalibrate: AddCommand = (program, { console, progress }, finish) => {
  withHardware(withJson(program.command('calibrate')))
    .description('measure what kernels take on a board, in less than two minutes; search and build go by it')
    .requiredOption('--board <id>', 'one of `mcunet boards`')
    .action(({ board, ...hardware }: HardwareOptions & { readonly board: string }) =>
      finish(async () => {
        const call = { signal: console.signal, onProgress: progress.report };
        const found = summaryOf(await calibrate(board, { ...call, hardware: hardwareOf(hardware) }));
        const what = found.estimated ? 'instructions counted, cycles estimated from them' : 'cycles measured';
        const foretold =
          found.worstError === null
            ? ''
            : `; each image foretold from the others to ${(100 * found.worstError).toFixed(1)} %`;
        return {
          json: { ...found },
          text: `${board}: ${found.kernels} kernels (images: ${found.images}), ${found.seconds.toFixed(0)} s (${what})${foretold}.`,
        };
      }),
    );
};
