import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  benchParamsSchema,
  labResultSchema,
  preflightSchema,
  StudioError,
  type CellStepName,
  type LabCell,
  type LabResult,
  type LabSession,
  type Preflight,
  type RunRecord,
} from '../../contract/index.ts';
import { z } from 'zod';
import { isRun, readRecord } from '../../store/index.ts';
import { isLostBoard } from './lostBoard.ts';
import { cellsOf, optionName, type MatrixCell } from './matrix.ts';

const number = (index: number): string => String(index).padStart(3, '0');

/** The session's step that does a cell. */
export const cellStep = (index: number): CellStepName => `cell-${number(index)}`;

/** The run that does a cell: known before it is begun, so that a kill cannot lose it. */
export const cellRunId = (sessionId: string, index: number): string => `${sessionId}-c${number(index)}`;

export const isCellOf = (sessionId: string, runId: string): boolean =>
  runId.startsWith(`${sessionId}-c`) && /^\d{3,}$/.test(runId.slice(sessionId.length + 2));

/**
 * A lab session as it stands in its folder and those of its cells. Nothing about a cell is written down twice: its state
 * follows from its step and its run.
 *
 * @throws StudioError `lab.no-session` for another run, `store.no-run`
 */
export function sessionAt(folder: string): LabSession {
  const record = readRecord(folder);
  const params = benchParamsSchema.safeParse(record.params);
  if (!params.success)
    throw new StudioError({
      code: 'lab.no-session',
      message: `${record.title} is no lab session.`,
      remedy: 'Choose a run of the kind lab session.',
      details: { run: record.id, kind: record.kind },
    });
  const { matrix } = params.data;
  const looks = outputOf(folder, 'preflight', z.array(preflightSchema)) ?? [];
  const cells = cellsOf(matrix).map((cell) => cellAt(folder, record, cell, looks[cell.index] ?? null));
  const { id, title, state, createdAt } = record;
  return { id, title, state, createdAt, matrix, cells: withParked(cells) };
}

function cellAt(folder: string, session: RunRecord, cell: MatrixCell, look: Preflight | null): LabCell {
  const { index, model, board, option } = cell;
  const runId = cellRunId(session.id, index);
  const runFolder = join(dirname(folder), runId);
  const run = isRun(runFolder) ? readRecord(runFolder) : null;
  const step = session.steps.find(({ name }) => name === cellStep(index));
  const result = step?.state === 'done' ? outputOf(folder, cellStep(index), labResultSchema) : null;
  return {
    index,
    model,
    boardId: board.id,
    option: optionName(option),
    state: stateOf(session, step?.state ?? 'waiting', run, look, result),
    runId: run === null ? null : runId,
    preflight: look,
    result,
    error: result !== null ? null : (run?.error ?? look?.error ?? null),
    startedAt: step?.startedAt ?? run?.createdAt ?? null,
    finishedAt: result === null ? null : (run?.finishedAt ?? null),
  };
}

function stateOf(
  session: RunRecord,
  step: 'waiting' | 'running' | 'done' | 'failed',
  run: RunRecord | null,
  look: Preflight | null,
  result: LabResult | null,
): LabCell['state'] {
  if (result !== null) return 'done';
  if (look?.fits === false) return 'unfit';
  const live = session.state === 'running';
  if (step === 'running') return live ? 'running' : 'waiting';
  if (run?.state === 'failed' && run.error !== null) return isLostBoard(run.error.code) ? 'parked' : 'failed';
  if (step === 'failed' && session.state !== 'cancelled') return run?.state === 'cancelled' ? 'cancelled' : 'failed';
  return session.state === 'cancelled' ? 'cancelled' : 'waiting';
}

/** What waits for a board that another cell has lost waits with it. */
function withParked(cells: readonly LabCell[]): LabCell[] {
  const lost = new Map(cells.filter(({ state }) => state === 'parked').map(({ boardId, error }) => [boardId, error]));
  return cells.map((cell) => {
    const error = lost.get(cell.boardId);
    return cell.state === 'waiting' && error !== undefined ? { ...cell, state: 'parked', error } : cell;
  });
}

/** What a finished step of the session gave; null where it is not there or not whole. */
function outputOf<T>(folder: string, step: string, schema: z.ZodType<T>): T | null {
  const file = join(folder, 'steps', `${step}.json`);
  if (!existsSync(file)) return null;
  try {
    const document = JSON.parse(readFileSync(file, 'utf8')) as { output?: unknown };
    return schema.safeParse(document.output).data ?? null;
  } catch {
    return null;
  }
}
