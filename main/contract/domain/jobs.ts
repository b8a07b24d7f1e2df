import { z } from 'zod';
import { errorReportSchema } from '../errors.ts';
import { progressSchema } from '../progress.ts';
import { labMatrixSchema } from './lab.ts';
import { inputModeSchema, optimizationSchema, planChoiceSchema } from './memory.ts';
import { curvePointSchema, protocolSchema } from './measurements.ts';
import { logLineSchema, stepRecordSchema } from './runs.ts';
import { candidateSchema, searchLimitsSchema } from './search.ts';

const path = z.string().min(1).max(4096);
const boardId = z.string().min(1).max(100);
/** The text form of a dataset: `generated:road-signs`, or a path to a folder, a zip or a file. */
const datasetSpec = z.string().min(1).max(4096);

/** Which probe and which serial port, where what is plugged in does not decide it. */
const hardware = { probe: z.string().min(1).max(4096).optional(), port: path.optional() };

/** Trains a network, makes an int8 model of it, and measures that on a board. */
export const trainParamsSchema = z.strictObject({
  kind: z.literal('train'),
  dataset: datasetSpec,
  boardId,
  /** For the training itself; building and measuring come on top. */
  minutes: z.number().positive().max(100_000),
  /** Path of an architecture's JSON file; absent: one is made for the dataset and the board. */
  architecture: path.optional(),
  backend: z.enum(['wasm', 'tensorflow']).optional(),
  workers: z.int().positive().max(256).optional(),
  seed: z.int().nonnegative().optional(),
  /** How many test samples are evaluated on the board. */
  evaluateLimit: z.int().positive().optional(),
  ...hardware,
});
export type TrainParams = z.infer<typeof trainParamsSchema>;

const limit = z.number().positive().optional();

/** Searches the network that fits a board best, trains it, and measures it there. */
export const searchParamsSchema = z.strictObject({
  kind: z.literal('search'),
  dataset: datasetSpec,
  boardId,
  /** Further boards, for which the same supernet is specialised too. */
  moreBoards: z.array(boardId).max(15).optional(),
  /** For all of it but building and measuring. */
  minutes: z.number().positive().max(100_000),
  /** Path of a search space's JSON file; absent: one is chosen among the published ones. */
  space: path.optional(),
  /** The folder of a finished search whose steps are followed instead of the clock: the same seed then ends the same. */
  repeat: path.optional(),
  /** Limits by hand, where they are narrower than the board's. */
  sramBytes: limit,
  flashBytes: limit,
  latencyMs: limit,
  energyMicrojoules: limit,
  /** The input's source (a camera, a microphone) can hand over row by row: then plans may do without the whole input. */
  rows: z.boolean().optional(),
  /** A training-free proxy that chooses among candidates before they are judged; none where absent. */
  proxy: z.enum(['computations', 'gradient', 'saliency']).optional(),
  /** False: what a board's kernels take is estimated, unless it was measured before. */
  calibrate: z.boolean().optional(),
  ...hardware,
  workers: z.int().positive().max(256).optional(),
  seed: z.int().nonnegative().optional(),
  evaluateLimit: z.int().positive().optional(),
});
export type SearchParams = z.infer<typeof searchParamsSchema>;

/** The whole job on a virtual board, with the generated dataset. */
export const demoParamsSchema = z.strictObject({
  kind: z.literal('demo'),
  dataset: datasetSpec.optional(),
  boardId: boardId.optional(),
  minutes: z.number().positive().max(100_000).optional(),
  seed: z.int().nonnegative().optional(),
  workers: z.int().positive().max(256).optional(),
  evaluateLimit: z.int().positive().optional(),
  ...hardware,
});
export type DemoParams = z.infer<typeof demoParamsSchema>;

export const buildParamsSchema = z.strictObject({
  kind: z.literal('build'),
  model: path,
  boardId,
  plan: planChoiceSchema.optional(),
  inputMode: inputModeSchema.optional(),
  optimization: optimizationSchema.optional(),
});
export type BuildParams = z.infer<typeof buildParamsSchema>;

export const profileParamsSchema = z.strictObject({
  kind: z.literal('profile'),
  model: path,
  boardId,
  plan: planChoiceSchema.optional(),
  inputMode: inputModeSchema.optional(),
  optimization: optimizationSchema.optional(),
  /** Repeats the measurement; absent: one run. */
  protocol: protocolSchema.optional(),
  /** Files with one sample each: the model's inputs one after the other, raw int8. */
  inputs: z.array(path).max(100_000).optional(),
  ...hardware,
});
export type ProfileParams = z.infer<typeof profileParamsSchema>;

export const evaluateParamsSchema = z.strictObject({
  kind: z.literal('evaluate'),
  model: path,
  boardId,
  dataset: datasetSpec,
  split: z.enum(['train', 'validation', 'test']).optional(),
  limit: z.int().positive().optional(),
  plan: planChoiceSchema.optional(),
  inputMode: inputModeSchema.optional(),
  optimization: optimizationSchema.optional(),
  /** Repeats the measurement; absent: one run. */
  protocol: protocolSchema.optional(),
  ...hardware,
});
export type EvaluateParams = z.infer<typeof evaluateParamsSchema>;

/** A lab session: every model of a matrix on every board with every option. */
export const benchParamsSchema = z.strictObject({ kind: z.literal('bench'), matrix: labMatrixSchema });
export type BenchParams = z.infer<typeof benchParamsSchema>;

export const jobParamsSchema = z.discriminatedUnion('kind', [
  demoParamsSchema,
  trainParamsSchema,
  searchParamsSchema,
  buildParamsSchema,
  profileParamsSchema,
  evaluateParamsSchema,
  benchParamsSchema,
]);
export type JobParams = z.infer<typeof jobParamsSchema>;

/** A run that is being done, or waits its turn. */
export const jobSchema = z.object({
  runId: z.string(),
  kind: z.string(),
  title: z.string(),
  state: z.enum(['queued', 'running', 'cancelling', 'done', 'failed', 'cancelled']),
  step: z.string().nullable(),
  progress: progressSchema.nullable(),
  error: errorReportSchema.nullable(),
});
export type Job = z.infer<typeof jobSchema>;

/** What a job tells while it runs. */
export const jobEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('step'), step: stepRecordSchema }),
  z.object({ type: z.literal('progress'), step: z.string(), progress: progressSchema }),
  z.object({ type: z.literal('log'), line: logLineSchema }),
  z.object({ type: z.literal('curve'), point: curvePointSchema }),
  /** What the network that is being trained says of the same few validation samples, after some epochs. */
  z.object({
    type: z.literal('predictions'),
    epoch: z.number(),
    classes: z.array(z.string()),
    samples: z.array(
      z.object({
        id: z.string(),
        label: z.int(),
        predicted: z.int(),
        png: z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes'),
      }),
    ),
  }),
  /** Networks that the search has judged, all so far, and the limits that they keep. */
  z.object({ type: z.literal('candidates'), candidates: z.array(candidateSchema), limits: searchLimitsSchema }),
  /** A test sample was answered by the board. */
  z.object({ type: z.literal('answer'), label: z.int(), predicted: z.int(), done: z.int(), total: z.int() }),
  z.object({
    type: z.literal('ended'),
    state: z.enum(['done', 'failed', 'cancelled']),
    error: errorReportSchema.nullable(),
  }),
]);
export type JobEvent = z.infer<typeof jobEventSchema>;
