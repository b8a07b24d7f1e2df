import { z } from 'zod';
import type { CalibrationSummary } from '../../contract/index.ts';
import { CYCLES_PER_STEP, keyOf, latencyTableSchema, TableTiming, type LatencyTable } from '../../core/engine/index.ts';
import type { MeasuredKernels, MeasuredSubject } from './measureKernels.ts';

/** What is kept of a board's calibration. */
export const calibrationSchema = z.object({
  format: z.literal(1),
  boardId: z.string(),
  /** Of board, engine and compiler: see `calibrationKey`. */
  key: z.string(),
  measuredAt: z.number(),
  seconds: z.number(),
  images: z.int(),
  complete: z.boolean(),
  /** True where the cycles are a virtual board's, estimated from counted instructions. */
  estimated: z.boolean(),
  /** How far the prediction of each image's latency from the other images was off at most, a fraction; null for one image. */
  worstError: z.number().nullable(),
  table: latencyTableSchema,
});
export type Calibration = z.infer<typeof calibrationSchema>;

/** What of a calibration there is to show. */
export function summaryOf({ table, ...about }: Calibration): CalibrationSummary {
  const { boardId, key, measuredAt, seconds, images, complete, estimated, worstError } = about;
  const kernels = table.points.length;
  return { boardId, key, measuredAt, seconds, images, kernels, complete, estimated, worstError };
}

/** Kernels that are in several images count once, with their mean. */
export function tableOf(subjects: readonly MeasuredSubject[]): LatencyTable {
  const byKernel = new Map<string, { point: LatencyTable['points'][number]; cycles: number; count: number }>();
  for (const point of subjects.flatMap(({ points }) => points)) {
    const known = byKernel.get(keyOf(point.kernel, point.steps));
    if (known === undefined) byKernel.set(keyOf(point.kernel, point.steps), { point, cycles: point.cycles, count: 1 });
    else {
      known.cycles += point.cycles;
      known.count++;
    }
  }
  const points = [...byKernel.values()].map(({ point, cycles, count }) => ({
    ...point,
    cycles: Math.round(cycles / count),
  }));
  return { points, cyclesPerStep: cyclesPerStepOf(subjects) };
}

/**
 * What images took beside their kernels is so much for each step, and a share of what moving tensors was thought to take:
 * the least squares of both, neither below nothing.
 */
function cyclesPerStepOf(subjects: readonly MeasuredSubject[]): number {
  let [ss, sm, mm, sd, md] = [0, 0, 0, 0, 0];
  for (const { cycles, points, steps, movingCycles } of subjects) {
    const driver = cycles - points.reduce((sum, point) => sum + point.cycles, 0);
    ss += steps * steps;
    sm += steps * movingCycles;
    mm += movingCycles * movingCycles;
    sd += steps * driver;
    md += movingCycles * driver;
  }
  const determinant = ss * mm - sm * sm;
  // Images that are all alike cannot tell the two apart: then moves are believed to take what they were thought to, and
  // where that leaves nothing for the steps, the steps are.
  if (determinant <= 1e-6 * ss * mm) return ss === 0 ? 0 : sd > sm ? (sd - sm) / ss : CYCLES_PER_STEP;
  const moving = (ss * md - sm * sd) / determinant;
  const both = (mm * sd - sm * md) / determinant;
  return Math.max(0, moving < 0 ? sd / ss : both);
}

/** The largest error among the images when each is predicted from the others: an honest guess of what to expect. */
export function worstErrorOf(subjects: readonly MeasuredSubject[]): number | null {
  if (subjects.length < 2) return null;
  const errors = subjects.map((left) => {
    const timing = new TableTiming(tableOf(subjects.filter((each) => each !== left)));
    return Math.abs(timing.predict(left.points) + left.movingCycles - left.cycles) / left.cycles;
  });
  return Math.max(...errors);
}

/** All that a calibration found, as it is kept. */
export function calibrationOf(
  { subjects, complete }: MeasuredKernels,
  about: Pick<Calibration, 'boardId' | 'key' | 'measuredAt' | 'seconds'>,
): Calibration {
  return {
    format: 1,
    ...about,
    images: subjects.length,
    complete,
    estimated: subjects.some(({ estimated }) => estimated),
    worstError: worstErrorOf(subjects),
    table: tableOf(subjects),
  };
}
