import { join } from 'node:path';
import { StudioError, type LabCell, type LabSession } from '../../contract/index.ts';
import { doJob, format, readMatrix, runJob, sessionAt, type FinishedJob } from '../../studio/index.ts';
import type { Answer } from '../answer.ts';
import { jobView } from '../jobView.ts';
import { textTable } from '../textTable.ts';
import { withJson, type AddCommand, type Session } from './command.ts';

export const addBench: AddCommand = (program, session, finish) => {
  withJson(program.command('bench'))
    .description('a lab session: every model of a matrix on every board with every option, measured cell by cell')
    .argument('<matrix>', 'a MATRIX.json, as docs/lab.md describes it')
    .option('--resume', 'go on with the newest session of this matrix: what is finished is not done again')
    .action((matrix: string, { resume = false }: { resume?: boolean }) =>
      finish(() => benchAnswer(session, matrix, resume)),
    );
};

/** Does what can be done, and answers with the table even where a cell failed or waits for its board. */
async function benchAnswer(session: Session, matrix: string, resume: boolean): Promise<Answer> {
  const params = { kind: 'bench' as const, matrix: readMatrix(matrix) };
  const { folder, record } = await runJob(doJob, params, {
    resume,
    signal: session.console.signal,
    onEvent: jobView(session),
    keepGoing: (thrown) => thrown instanceof StudioError && thrown.code.startsWith('lab.'),
  });
  const { cells, ...rest } = sessionAt(folder);
  const files = Object.fromEntries(record.artefacts.map(({ name, file }) => [name, join(folder, file)]));
  return {
    json: { folder, error: record.error, files, ...rest, cells },
    text: summary({ ...rest, cells }, { folder, record }),
    ok: record.error === null,
  };
}

function summary({ cells }: LabSession, { folder, record }: FinishedJob): string {
  const shown = <T>(value: T | null | undefined, how: (value: T) => string): string | null =>
    value === null || value === undefined ? null : how(value);
  const rows = cells.map(({ model, boardId, option, state, preflight, result }: LabCell) => [
    model,
    boardId,
    option,
    state,
    shown(preflight?.latencyMs, (ms) => `~${format.milliseconds(ms)} ${preflight?.latencyFrom ?? ''}`),
    shown(result?.latencyMs, (ms) => `${result?.estimated === true ? '~' : ''}${format.milliseconds(ms)}`),
    shown(result?.sramBytes ?? preflight?.sramBytes, format.bytes),
    shown(result?.flashBytes, format.bytes),
    shown(result?.accuracy, (share) => format.percent(share)),
    shown(result?.agreement, ({ equal, compared }) => `${equal}/${compared}`),
  ]);
  const titles = ['model', 'board', 'option', 'state', 'predicted', 'latency', 'SRAM', 'Flash', 'accuracy', 'exact'];
  const { error } = record;
  return [
    textTable(titles, rows),
    '~ predicted: estimated by the planner, or from what the kernels of the board were measured or counted to take.',
    '~ latency: from instructions that a virtual board counted.',
    '',
    ...(error === null ? [] : [`${error.message}`, `→ ${error.remedy}`, '']),
    `session ${join(folder, 'session.html')}`,
  ].join('\n');
}
