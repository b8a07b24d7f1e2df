import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import {
  labResultSchema,
  preflightSchema,
  StudioError,
  toErrorReport,
  type BenchParams,
  type EvaluateParams,
  type LabMatrix,
  type LabResult,
  type Preflight,
  type ProfileParams,
  type Report,
} from '../../contract/index.ts';
import { findBoard } from '../../boards/index.ts';
import { isRun, newRecord, RunFolder } from '../../store/index.ts';
import { listBoards } from '../boards.ts';
import { Trip, type StepContext } from '../jobs/index.ts';
import { openModel } from '../models/index.ts';
import { describeJob } from '../service/describeJob.ts';
import { workspaceOf } from '../service/workspaceFolder.ts';
import { tableFile } from '../report/index.ts';
import { cellsOf, defaultProtocol, optionName, type MatrixCell } from './matrix.ts';
import { preflight } from './preflight.ts';
import { isLostBoard } from './lostBoard.ts';
import { resultOf } from './result.ts';
import { SessionProgress } from './sessionProgress.ts';
import { sessionTable } from './sessionTable.ts';
import { cellRunId, cellStep, sessionAt } from './sessionView.ts';

/** Does one cell's job on its own trip. */
export type DoCell = (params: ProfileParams | EvaluateParams, trip: Trip) => Promise<Report>;

export interface SessionWorld {
  /** Whether a board is there to be tried once more. */
  readonly isConnected: (boardId: string) => Promise<boolean>;
  readonly preflight: typeof preflight;
}

const thisMachine: SessionWorld = {
  preflight,
  isConnected: async (id) => (await listBoards()).some((board) => board.id === id && board.connected.length > 0),
};

const modelsSchema = z.array(z.object({ file: z.string(), name: z.string(), sha256: z.string() }));
type KeptModels = z.infer<typeof modelsSchema>;

/**
 * A lab session: every cell of a matrix is a run of its own beside the session's, and a step of the session. What was
 * finished before a stop, a crash or a kill is taken as it is. A board that is lost parks its cells, and those of the
 * other boards go on; when they are done it is looked for once more.
 *
 * @throws StudioError `lab.parked`, `lab.incomplete` after all that could be done was done
 */
export function benchSession(
  { matrix }: BenchParams,
  trip: Trip,
  doCell: DoCell,
  world: SessionWorld = thisMachine,
): Promise<void> {
  const cells = cellsOf(matrix);
  for (const { id } of matrix.boards) findBoard(id);
  const announced = [
    steps.models,
    steps.preflight,
    ...cells.map((cell) => ({ name: cellStep(cell.index), title: cellTitle(cell) })),
    steps.report,
  ];
  return trip.go(announced, async () => {
    const models = await takeModels(trip, matrix);
    const looks = await preflightStep(trip, matrix, models, world);
    const fitting = cells.filter(({ index }) => looks[index]?.fits === true);
    const session = new Session(trip, matrix, models, doCell, fitting.length);
    const lost = await session.doAll(fitting);
    const back = await returned(lost, world);
    const parked = lost.filter((cell) => !back.has(cell.board.id));
    parked.push(...(await session.doAll(lost.filter((cell) => back.has(cell.board.id)))));
    await writeTables(trip);
    throwIfIncomplete(parked, session.failures);
  });
}

/** The steps of a session, beside its cells. */
const steps = {
  models: { name: 'models', title: 'Taking the models' },
  preflight: { name: 'preflight', title: 'Planning every cell' },
  report: { name: 'report', title: 'Writing the table' },
} as const;

const cellTitle = ({ model, board, option }: MatrixCell): string => `${model} · ${board.id} · ${optionName(option)}`;

/** Copies of the models: a session means the same models to its end, whatever happens to the files meanwhile. */
function takeModels(trip: Trip, { models }: LabMatrix): Promise<KeptModels> {
  return trip.step({
    ...steps.models,
    version: 1,
    input: { models },
    output: modelsSchema,
    run: async ({ write }) =>
      models.map((path, at) => {
        const { bytes, model, sha256 } = openModel(path);
        const { file } = write(`models/${String(at).padStart(2, '0')}/${basename(path)}`, bytes);
        return { file, name: model.name, sha256 };
      }),
  });
}

function preflightStep(trip: Trip, matrix: LabMatrix, models: KeptModels, world: SessionWorld): Promise<Preflight[]> {
  const { boards, options = [{}] } = matrix;
  return trip.step({
    ...steps.preflight,
    version: 1,
    input: { models: models.map(({ sha256 }) => sha256), boards: boards.map(({ id }) => findBoard(id)), options },
    output: z.array(preflightSchema),
    run: (context) => {
      const workspace = workspaceOf(trip.run.folder);
      const files = models.map(({ file }) => context.path(file));
      return world.preflight({ ...matrix, models: files }, { ...context, workspace });
    },
  });
}

/** The cells, one after the other; measurements want the machine and the boards for themselves. */
class Session {
  /** What went wrong in cells whose boards were there. */
  readonly failures: StudioError[] = [];
  readonly #trip: Trip;
  readonly #matrix: LabMatrix;
  readonly #models: KeptModels;
  readonly #doCell: DoCell;
  readonly #progress: SessionProgress;

  constructor(trip: Trip, matrix: LabMatrix, models: KeptModels, doCell: DoCell, count: number) {
    this.#trip = trip;
    this.#matrix = matrix;
    this.#models = models;
    this.#doCell = doCell;
    this.#progress = new SessionProgress(count);
  }

  /** @returns the cells whose board was lost: the one that found out, and those that were not tried then */
  async doAll(cells: readonly MatrixCell[]): Promise<MatrixCell[]> {
    const lost = new Set<string>();
    const parked: MatrixCell[] = [];
    for (const cell of cells) {
      if (lost.has(cell.board.id)) {
        parked.push(cell);
        continue;
      }
      try {
        await this.#do(cell);
      } catch (thrown) {
        this.#trip.signal.throwIfAborted();
        const error = toErrorReport(thrown);
        this.#trip.log(`${cellTitle(cell)}: ${error.message} ${error.remedy}`, cellStep(cell.index), 'error');
        if (isLostBoard(error.code)) {
          lost.add(cell.board.id);
          parked.push(cell);
        } else this.failures.push(new StudioError({ ...error, details: { ...error.details }, cause: thrown }));
      }
    }
    return parked;
  }

  async #do(cell: MatrixCell): Promise<LabResult> {
    const model = this.#models[cell.modelIndex];
    if (model === undefined) throw new Error(`cell ${cell.index} has no model`);
    const result = await this.#trip.step({
      name: cellStep(cell.index),
      title: cellTitle(cell),
      version: 1,
      input: { ...this.#paramsOf(cell, ''), model: model.sha256, board: findBoard(cell.board.id) },
      output: labResultSchema,
      run: (context) => this.#measure(cell, this.#paramsOf(cell, context.path(model.file)), context),
    });
    this.#progress.finished();
    return result;
  }

  #paramsOf({ board, option }: MatrixCell, model: string): ProfileParams | EvaluateParams {
    const { dataset, evaluateLimit, protocol = defaultProtocol } = this.#matrix;
    const { id: boardId, ...hardware } = board;
    const common = { model, boardId, protocol, ...option, ...hardware };
    if (dataset === undefined) return { kind: 'profile', ...common };
    return { kind: 'evaluate', ...common, dataset, ...(evaluateLimit === undefined ? {} : { limit: evaluateLimit }) };
  }

  async #measure(cell: MatrixCell, params: ProfileParams | EvaluateParams, context: StepContext): Promise<LabResult> {
    const run = openCell(this.#trip.run, cell.index, params);
    const tell = this.#progress.of(cellTitle(cell), context);
    try {
      const report = await this.#doCell(params, new Trip(run, context.signal, tell));
      return resultOf(report, run.record);
    } finally {
      run.close();
    }
  }
}

/** The cell's own run, beside the session's: gone on with where it was begun before. */
function openCell(session: RunFolder, index: number, params: ProfileParams | EvaluateParams): RunFolder {
  const id = cellRunId(session.record.id, index);
  const folder = join(dirname(session.folder), id);
  if (!isRun(folder))
    return RunFolder.create(folder, { ...newRecord({ ...describeJob(params), kind: params.kind, params }), id });
  const run = RunFolder.open(folder);
  run.begin({ params });
  return run;
}

/** Which of the lost boards are there again. */
async function returned(lost: readonly MatrixCell[], { isConnected }: SessionWorld): Promise<Set<string>> {
  const back = new Set<string>();
  for (const id of new Set(lost.map(({ board }) => board.id))) if (await isConnected(id)) back.add(id);
  return back;
}

/** The session as files to take away; made anew on each trip, for its cells may have changed. */
async function writeTables(trip: Trip): Promise<void> {
  await trip.step({
    ...steps.report,
    version: 1,
    input: {},
    output: z.object({}),
    always: true,
    run: async ({ write }) => {
      const session = sessionAt(trip.run.folder);
      write('session.json', `${JSON.stringify(session, null, 2)}\n`);
      const table = sessionTable(session);
      for (const format of ['csv', 'md', 'html'] as const) write(`session.${format}`, tableFile(table, format).text);
      return {};
    },
  });
}

function throwIfIncomplete(parked: readonly MatrixCell[], failures: readonly StudioError[]): void {
  const boards = [...new Set(parked.map(({ board }) => board.id))];
  if (parked.length > 0)
    throw new StudioError({
      code: 'lab.parked',
      message: `${parked.length} ${parked.length === 1 ? 'cell waits' : 'cells wait'} for a board that was lost: ${boards.join(', ')}.`,
      remedy: 'Plug the board in and go on with the session: what is finished is not done again.',
      details: { cells: parked.map(cellTitle), boards, failed: failures.length },
    });
  const [first] = failures;
  if (first !== undefined)
    throw new StudioError({
      code: 'lab.incomplete',
      message: `${failures.length} ${failures.length === 1 ? 'cell' : 'cells'} of the session failed; the first: ${first.message}`,
      remedy: first.remedy,
      details: { failures: failures.map((error) => toErrorReport(error)) },
      cause: first,
    });
}
