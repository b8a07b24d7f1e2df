import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBoard, type Board } from '../../boards/index.ts';
import type { LongCall } from '../../contract/index.ts';
import { writeFileAtomic } from '../../store/index.ts';
import type { HardwareChoice } from '../pipeline/board.ts';
import { defaultWorkspaceFolder } from '../service/workspaceFolder.ts';
import { calibrationOf, calibrationSchema, type Calibration } from './calibration.ts';
import { calibrationKey } from './engineVersion.ts';
import { measureKernels } from './measureKernels.ts';

/** Tables are kept by board, engine and compiler, so that one that is out of date is simply not found. */
const fileOf = (workspace: string, boardId: string, key: string): string =>
  join(workspace, 'latency', `${boardId}-${key}.json`);

/**
 * What was measured of a board with this engine and compiler, and kept in a workspace; null where nothing was, or the file
 * cannot be read.
 */
export async function storedCalibration(board: Board, workspace: string): Promise<Calibration | null> {
  if (!hasTables(workspace, board.id)) return null;
  const key = await calibrationKey(board);
  const file = fileOf(workspace, board.id, key);
  if (!existsSync(file)) return null;
  try {
    const parsed = calibrationSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success && parsed.data.key === key ? parsed.data : null;
  } catch {
    // A table that cannot be read is as good as none: it is measured again.
    return null;
  }
}

/** Whether there is any table of a board: only then is it worth while to find out which one it would be. */
function hasTables(workspace: string, boardId: string): boolean {
  const folder = join(workspace, 'latency');
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(`${boardId}-`));
}

/** Keeps a board's table in a workspace, where its searches, builds and the lab's pre-flight find it. */
export function keepCalibration(calibration: Calibration, workspace: string): void {
  writeFileAtomic(fileOf(workspace, calibration.boardId, calibration.key), `${JSON.stringify(calibration)}\n`);
}

export interface CalibrateOptions extends LongCall {
  readonly hardware?: HardwareChoice;
  readonly seconds?: number;
  readonly images?: number;
  /** Where the table is kept; absent: in the default workspace. */
  readonly workspace?: string;
}

/**
 * Measures a board's kernels, in less than two minutes, and keeps the table in the workspace.
 *
 * @throws StudioError `board.unknown`, and of toolchain, probe and link
 */
export async function calibrate(boardId: string, options: CalibrateOptions = {}): Promise<Calibration> {
  const board = findBoard(boardId);
  const key = await calibrationKey(board);
  const began = performance.now();
  const measured = await measureKernels({ board, ...options });
  const seconds = (performance.now() - began) / 1000;
  const calibration = calibrationOf(measured, { boardId, key, measuredAt: Date.now(), seconds });
  keepCalibration(calibration, options.workspace ?? defaultWorkspaceFolder());
  return calibration;
}
