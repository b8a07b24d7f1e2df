import { z } from 'zod';
import { errorReportSchema } from '../errors.ts';
import { latencyStatisticsSchema, protocolSchema } from './measurements.ts';
import { optimizationSchema, planChoiceSchema } from './memory.ts';
import { runStateSchema } from './runs.ts';
import { latencySourceSchema } from './search.ts';

/** A board of a matrix; probe and port only where what is plugged in does not decide it. */
export const labBoardSchema = z.strictObject({
  id: z.string().min(1).max(100),
  probe: z.string().min(1).max(4096).optional(),
  port: z.string().min(1).max(4096).optional(),
});
export type LabBoard = z.infer<typeof labBoardSchema>;

/** One way to build: which plan, and how hard the compiler tries. */
export const labOptionSchema = z.strictObject({
  plan: planChoiceSchema.optional(),
  optimization: optimizationSchema.optional(),
});
export type LabOption = z.infer<typeof labOptionSchema>;

/** The most cells that one session takes. */
export const mostLabCells = 400;

/**
 * What is measured in a lab session: every model on every board with every option. `MATRIX.json` holds exactly this; paths in
 * the file are relative to it.
 */
export const labMatrixSchema = z
  .strictObject({
    format: z.literal(1),
    title: z.string().min(1).max(200).optional(),
    /** Paths of int8 models, `.tflite` or `.onnx`. */
    models: z.array(z.string().min(1).max(4096)).min(1).max(100),
    boards: z.array(labBoardSchema).min(1).max(100),
    /** Absent: one, the fastest plan that fits, compiled with -O3. */
    options: z.array(labOptionSchema).min(1).max(20).optional(),
    /** How often each cell is repeated. */
    protocol: protocolSchema.optional(),
    /** Where accuracy is wanted too: a dataset, and how many of its test samples. */
    dataset: z.string().min(1).max(4096).optional(),
    evaluateLimit: z.int().positive().optional(),
  })
  .refine(
    ({ models, boards, options }) => models.length * boards.length * (options?.length ?? 1) <= mostLabCells,
    `models × boards × options must not be more than ${mostLabCells} cells`,
  );
export type LabMatrix = z.infer<typeof labMatrixSchema>;

/** What can be said of a cell before anything is compiled. All figures but SRAM are predictions. */
export const preflightSchema = z.object({
  fits: z.boolean(),
  sramBytes: z.number().nullable(),
  /** What the board leaves to a model beside our firmware. */
  sramLimitBytes: z.number(),
  /** Estimated: of the model, without the firmware. */
  flashBytes: z.number().nullable(),
  flashLimitBytes: z.number(),
  /** Predicted: from what the board's kernels were measured or counted to take, or the planner's estimate. */
  latencyMs: z.number().nullable(),
  /** What that is predicted from; sessions from before there were tables had the estimate. */
  latencyFrom: latencySourceSchema.shape.kind.default('estimated'),
  macs: z.number().nullable(),
  /** Why it cannot be built, where it cannot. */
  error: errorReportSchema.nullable(),
});
export type Preflight = z.infer<typeof preflightSchema>;

/** What a cell gave, measured on its board. */
export const labResultSchema = z.object({
  latencyMs: z.number().nullable(),
  /** Whether times are estimates from counted instructions, as on a virtual board. */
  estimated: z.boolean(),
  statistics: latencyStatisticsSchema.nullable(),
  instructions: z.number().nullable(),
  cycles: z.number().nullable(),
  clockHz: z.number(),
  macs: z.number(),
  sramBytes: z.number(),
  flashBytes: z.number(),
  stackBytes: z.number().nullable(),
  /** Outputs that equal the reference interpreter's in every byte, of how many. */
  agreement: z.object({ compared: z.int(), equal: z.int() }).nullable(),
  accuracy: z.number().nullable(),
  compiler: z.string(),
  buildId: z.string(),
  imageSha256: z.string(),
});
export type LabResult = z.infer<typeof labResultSchema>;

/**
 * `unfit`: does not fit the board and is not tried. `parked`: its board was lost, and it waits until the session is gone on
 * with. `failed`: something else went wrong.
 */
export const labCellStates = ['waiting', 'running', 'done', 'unfit', 'parked', 'failed', 'cancelled'] as const;

/** One place of a matrix: which model, board and option, and how it stands. */
export const labCellSchema = z.object({
  index: z.int().nonnegative(),
  model: z.string(),
  boardId: z.string(),
  /** `auto -O3` */
  option: z.string(),
  state: z.enum(labCellStates),
  /** The run that does it, once it was begun. */
  runId: z.string().nullable(),
  preflight: preflightSchema.nullable(),
  result: labResultSchema.nullable(),
  error: errorReportSchema.nullable(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
});
export type LabCell = z.infer<typeof labCellSchema>;

/** A lab session as it stands. */
export const labSessionSchema = z.object({
  id: z.string(),
  title: z.string(),
  state: runStateSchema,
  createdAt: z.number(),
  matrix: labMatrixSchema,
  cells: z.array(labCellSchema),
});
export type LabSession = z.infer<typeof labSessionSchema>;
