import {
  StudioError,
  toErrorReport,
  type LabMatrix,
  type LongCall,
  type PlanChoice,
  type Preflight,
} from '../../contract/index.ts';
import { findBoard, type Board } from '../../boards/index.ts';
import { modelBudget } from '../../firmware/index.ts';
import { storedCalibration } from '../calibration/index.ts';
import { openModel, type OpenModel } from '../models/index.ts';
import { defaultWorkspaceFolder } from '../service/workspaceFolder.ts';
import { doInThread } from '../threads/index.ts';
import { cellsOf, type MatrixCell } from './matrix.ts';
import type { PreflightTarget, PreflightTask } from './preflight.worker.ts';

export interface PreflightOptions extends LongCall {
  /** Whose tables of measured kernels are gone by; absent: the default workspace's. */
  readonly workspace?: string;
}

/**
 * Whether each cell of a matrix fits, and what it is expected to take; nothing is compiled. One answer a cell, in the
 * order of `cellsOf`. A model that cannot be read is told in each of its cells.
 *
 * @throws StudioError `board.unknown`
 */
export async function preflight(matrix: LabMatrix, options: PreflightOptions = {}): Promise<Preflight[]> {
  const { workspace = defaultWorkspaceFolder(), ...call } = options;
  const cells = cellsOf(matrix);
  const answers: Preflight[] = [];
  for (const [modelIndex, path] of matrix.models.entries()) {
    call.signal?.throwIfAborted();
    const own = cells.filter((cell) => cell.modelIndex === modelIndex);
    answers.push(...(await lookAt(path, own, workspace, call.signal)));
    call.onProgress?.({
      stage: 'planning',
      done: modelIndex + 1,
      total: matrix.models.length,
      remainingMs: null,
    });
  }
  return answers;
}

async function lookAt(
  path: string,
  cells: readonly MatrixCell[],
  workspace: string,
  signal?: AbortSignal,
): Promise<Preflight[]> {
  let opened: OpenModel;
  try {
    opened = openModel(path);
  } catch (thrown) {
    return cells.map(({ board }) => unread(board.id, thrown));
  }
  // Options that differ in the compiler's zeal alone have the same plan.
  const keyOf = ({ board, option }: MatrixCell): string => `${board.id} ${planOf(option)}`;
  const distinct = new Map(cells.map((cell) => [keyOf(cell), cell]));
  const task: PreflightTask = {
    bytes: opened.bytes,
    name: opened.model.name,
    targets: await Promise.all(
      [...distinct.values()].map(async ({ board, option }): Promise<PreflightTarget> => {
        const found = findBoard(board.id);
        return { board: found, plan: planOf(option), measured: await measuredKernels(found, workspace) };
      }),
    ),
  };
  const never = new AbortController().signal;
  const looked = await doInThread<PreflightTask, Preflight[]>(
    'preflight.worker',
    import.meta.url,
    task,
    signal ?? never,
  );
  const byKey = new Map([...distinct.keys()].map((key, at) => [key, looked[at]]));
  return cells.map((cell) => {
    const answer = byKey.get(keyOf(cell));
    if (answer === undefined) throw new Error(`the pre-flight forgot ${keyOf(cell)}`);
    return answer;
  });
}

/** What a board's kernels were measured to take, as a build would use it; null where they never were. */
async function measuredKernels(board: Board, workspace: string): Promise<PreflightTarget['measured']> {
  try {
    const stored = await storedCalibration(board, workspace);
    return stored && { table: stored.table, from: stored.estimated ? 'counted' : 'measured' };
  } catch (thrown) {
    // A table belongs to a compiler: without one there is none to use, and planning needs neither.
    if (thrown instanceof StudioError && thrown.code === 'toolchain.missing') return null;
    throw thrown;
  }
}

const planOf = ({ plan = 'auto' }: { plan?: PlanChoice | undefined }): PlanChoice => plan;

function unread(boardId: string, thrown: unknown): Preflight {
  const budget = modelBudget(findBoard(boardId), { outputBytes: 0, operators: 0 });
  return {
    fits: false,
    sramBytes: null,
    sramLimitBytes: budget.sramBytes,
    flashBytes: null,
    flashLimitBytes: budget.flashBytes,
    latencyMs: null,
    latencyFrom: 'estimated',
    macs: null,
    error: toErrorReport(thrown),
  };
}
