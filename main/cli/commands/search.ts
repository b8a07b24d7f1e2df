import { Option } from 'commander';
import { searchParamsSchema, StudioError, type SearchParams } from '../../contract/index.ts';
import { naturalNumber, positiveInteger, positiveNumber } from '../numbers.ts';
import { hardwareParams, withHardware, type HardwareOptions } from './hardware.ts';
import { withJson, type AddCommand } from './command.ts';
import { jobAnswer } from './jobs.ts';

type Proxy = NonNullable<SearchParams['proxy']>;
const proxies: readonly Proxy[] = searchParamsSchema.shape.proxy.unwrap().options;

interface SearchOptions extends HardwareOptions {
  readonly dataset: string;
  readonly board?: string;
  readonly minutes: number;
  readonly out: string;
  readonly space?: string;
  readonly repeat?: string;
  readonly sram?: number;
  readonly flash?: number;
  readonly latency?: number;
  readonly energy?: number;
  readonly calibrate: boolean;
  readonly rows?: true;
  readonly proxy?: Proxy;
  readonly seed?: number;
  readonly workers?: number;
  readonly evaluate?: number;
}

export const addSearch: AddCommand = (program, session, finish) => {
  withHardware(withJson(program.command('search')))
    .description('search the network that fits a board best, train it, measure and judge it there')
    .requiredOption('--dataset <spec>', 'generated:road-signs, or the path of a folder, a zip or a file')
    .option(
      '--board <ids>',
      'one of `mcunet boards`; several with commas: one supernet, specialised for each; left out, --sram and --flash say what there is',
    )
    .requiredOption('--minutes <number>', 'for all of it but building and measuring', positiveNumber)
    .requiredOption('--out <folder>', 'where the run goes; given again, it goes on with what is unfinished there')
    .option('--space <file>', 'JSON of the space to search in; one is chosen where it is left out')
    .option(
      '--repeat <run>',
      'the folder of a finished search: its steps are followed instead of the clock, and its wishes hold',
    )
    .option('--sram <bytes>', 'the most SRAM, where that is less than the board leaves', positiveInteger)
    .option('--flash <bytes>', 'the most Flash, where that is less than the board leaves', positiveInteger)
    .option('--latency <ms>', 'the longest inference, as the board’s table of kernels foretells it', positiveNumber)
    .option('--energy <microjoules>', 'the most energy of an inference, from the board file’s power', positiveNumber)
    .option('--rows', 'the input’s source can hand over row by row: plans may do without the whole input')
    .addOption(
      new Option('--proxy <name>', 'what chooses among candidates before they are judged: without training').choices(
        proxies,
      ),
    )
    .option('--no-calibrate', 'estimate what kernels take where the board was not measured before')
    .option('--seed <number>', 'where chance begins', naturalNumber)
    .option('--workers <number>', 'threads; as many as processors where it is left out', positiveInteger)
    .option('--evaluate <number>', 'how many test samples run on the board (500)', positiveInteger)
    .action(
      ({
        dataset,
        board,
        minutes,
        out,
        space,
        repeat,
        sram,
        flash,
        latency,
        energy,
        rows,
        proxy,
        calibrate,
        seed,
        workers,
        evaluate,
        ...hardware
      }: SearchOptions) =>
        finish(() =>
          jobAnswer(
            session,
            {
              kind: 'search',
              dataset,
              ...(board === undefined ? withoutBoard({ sram, flash, latency, energy }) : boardsOf(board)),
              minutes,
              ...(space === undefined ? {} : { space }),
              ...(repeat === undefined ? {} : { repeat }),
              ...(sram === undefined ? {} : { sramBytes: sram }),
              ...(flash === undefined ? {} : { flashBytes: flash }),
              ...(latency === undefined ? {} : { latencyMs: latency }),
              ...(energy === undefined ? {} : { energyMicrojoules: energy }),
              ...(rows === undefined ? {} : { rows }),
              ...(proxy === undefined ? {} : { proxy }),
              ...(calibrate ? {} : { calibrate }),
              ...(seed === undefined ? {} : { seed }),
              ...(workers === undefined ? {} : { workers }),
              ...(evaluate === undefined ? {} : { evaluateLimit: evaluate }),
              ...hardwareParams(hardware),
            },
            out,
          ),
        ),
    );
};

/** It has more memory than any chip to search for, so that only what was given by hand limits the network. */
const STANDS_FOR_LIMITS = 'virtual-mps2-m4';

/** Who has limits and no board that is known here gets a network that keeps them, tried on a virtual Cortex-M4. */
function withoutBoard(limits: Pick<SearchOptions, 'sram' | 'flash' | 'latency' | 'energy'>): { boardId: string } {
  const { sram, flash, latency, energy } = limits;
  const refused = (message: string, remedy: string): StudioError =>
    new StudioError({ code: 'cli.usage', message, remedy, details: limits });
  if (sram === undefined || flash === undefined)
    throw refused(
      'Neither a board was given nor limits that could stand for one.',
      'Name one of `mcunet boards` with --board, or give both --sram and --flash in bytes.',
    );
  if (latency !== undefined || energy !== undefined)
    throw refused(
      `${latency === undefined ? 'Energy' : 'Latency'} cannot be limited without a board: it depends on the chip.`,
      'Name a board with --board; a board file of your own counts as well.',
    );
  return { boardId: STANDS_FOR_LIMITS };
}

/** `a,b,c`: the first is the run's board, the others are specialised for as well. */
function boardsOf(text: string): { boardId: string; moreBoards?: string[] } {
  const [boardId = '', ...moreBoards] = text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  return { boardId, ...(moreBoards.length > 0 && { moreBoards }) };
}
