import { z } from 'zod';
import { latencySourceSchema, StudioError, type LatencySource } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import { latencyTableSchema } from '../../core/engine/index.ts';
import { listBoards } from '../boards.ts';
import { calibrate, calibrationKey, MOST_SECONDS, storedCalibration, type Calibration } from '../calibration/index.ts';
import type { StepContext, Trip } from '../jobs/index.ts';
import { workspaceOf } from '../service/workspaceFolder.ts';
import { hardwareOf } from './board.ts';
import { steps } from './stepTitles.ts';

/** How long kernels are known to take on a board, and how that is known. */
const knownLatencySchema = z.object({ source: latencySourceSchema, table: latencyTableSchema.nullable() });
export type KnownLatency = z.infer<typeof knownLatencySchema>;

/** Of a search's minutes, what measuring kernels may take. */
const SHARE = 0.1;
/** In less than this not even one image is built and measured. */
const LEAST_SECONDS = 10;

export interface LatencyWish {
  /** The whole search's. */
  readonly minutes: number;
  /** Whether a board that was not measured yet is; otherwise only a table that is there already is taken. */
  readonly calibrate: boolean;
}

/**
 * The latency model of a board: the table in the workspace; or one that is measured now, where the board is there and the
 * time suffices; or none, and then the planner estimates.
 */
export async function latencyStep(trip: Trip, board: Board, wish: LatencyWish): Promise<KnownLatency> {
  const seconds = wish.calibrate ? Math.min(MOST_SECONDS, SHARE * 60 * wish.minutes) : 0;
  return trip.step({
    ...steps.latency,
    title: `Measuring kernels on ${board.name}`,
    version: 1,
    input: { key: await calibrationKey(board), seconds: Math.round(seconds) },
    output: knownLatencySchema,
    run: async (context) => {
      const known = await knownLatency(board, seconds, context, trip);
      context.log(known.source.detail);
      return known;
    },
  });
}

async function knownLatency(board: Board, seconds: number, context: StepContext, trip: Trip): Promise<KnownLatency> {
  const workspace = workspaceOf(trip.run.folder);
  const stored = await storedCalibration(board, workspace);
  if (stored !== null && (stored.complete || stored.seconds >= seconds)) return measured(board, stored);
  if (seconds < LEAST_SECONDS)
    return stored === null
      ? estimated('the time is too short to measure kernels', { code: 'too-short' })
      : measured(board, stored);
  if (!(await isThere(board)))
    return estimated(`no ${board.name} is plugged in`, { code: 'absent', board: board.name });
  try {
    const hardware = hardwareOf(trip.run.record.params);
    return measured(board, await calibrate(board.id, { ...context, seconds, hardware, workspace }));
  } catch (error) {
    if (context.signal.aborted || !(error instanceof StudioError)) throw error;
    context.log(`${error.message} ${error.remedy}`, 'warning');
    return estimated('measuring kernels failed', { code: 'failed' });
  }
}

/** Whether a board can be measured now. */
export const isThere = async (board: Board): Promise<boolean> =>
  board.virtual || (await listBoards()).some(({ id, connected }) => id === board.id && connected.length > 0);

function measured(board: Board, { table, images, estimated: counted, worstError }: Calibration): KnownLatency {
  const how = counted ? 'counted instructions of' : 'measured cycles of';
  const error =
    worstError === null ? '' : `; each image foretold from the others to ${(100 * worstError).toFixed(1)} %`;
  const kernels = table.points.length;
  return {
    source: {
      kind: counted ? 'counted' : 'measured',
      detail: `Latency from ${how} ${kernels} kernels on ${board.name} (images: ${images})${error}.`,
      facts: { code: 'kernels', board: board.name, kernels, images, worstError },
    },
    table,
  };
}

const estimated = (why: string, facts: LatencySource['facts']): KnownLatency => ({
  source: { kind: 'estimated', detail: `Latency is the planner's estimate: ${why}.`, facts } satisfies LatencySource,
  table: null,
});
