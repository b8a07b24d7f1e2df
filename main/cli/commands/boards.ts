import { listBoards } from '../../studio/index.ts';
import { textTable } from '../textTable.ts';
import { withJson, type AddCommand } from './command.ts';

export const addBoards: AddCommand = (program, _session, finish) => {
  withJson(program.command('boards'))
    .description('the boards known and those plugged in')
    .action(() =>
      finish(async () => {
        const boards = await listBoards();
        const rows = boards.map((board) => [
          board.id,
          board.name,
          board.core,
          `${Math.round(board.clockHz / 1e6)} MHz`,
          `${Math.round(board.sramBytes / 1024)} KiB`,
          `${Math.round(board.flashBytes / 1024)} KiB`,
          board.virtual ? 'virtual' : board.connected.map(({ selector }) => selector).join(', ') || 'not plugged in',
        ]);
        const problems = boards
          .flatMap(({ connected }) => connected)
          .flatMap(({ selector, problem }) =>
            problem === null ? [] : [`${selector}: ${problem.message} ${problem.remedy}`],
          );
        const table = textTable(['board', 'name', 'core', 'clock', 'SRAM', 'Flash', 'state'], rows);
        return { json: { boards }, text: [table, ...new Set(problems)].join('\n') };
      }),
    );
};
