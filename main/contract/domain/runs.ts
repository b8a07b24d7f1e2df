import { z } from 'zod';
import { errorReportSchema } from '../errors.ts';

export const runKinds = ['demo', 'train', 'search', 'build', 'profile', 'evaluate', 'bench'] as const;
export const runKindSchema = z.enum(runKinds);
export type RunKind = z.infer<typeof runKindSchema>;

/** `interrupted`: the process that did it is gone, and it can be resumed. */
export const runStateSchema = z.enum(['queued', 'running', 'done', 'failed', 'cancelled', 'interrupted']);
export type RunState = z.infer<typeof runStateSchema>;

/** Times are milliseconds since 1970, UTC. */
const time = z.number();

/** A part of a step, as its progress tells: compiling, linking, writing, verifying. */
const stageSchema = z.object({ name: z.string(), startedAt: time, finishedAt: time.nullable() });

/**
 * The steps that runs have. A window in another language than the service's has a title of its own for each: what is not
 * named here is no step, and what is named here and has no words there does not compile.
 */
export type StepName =
  | 'dataset'
  | 'architecture'
  | 'latency'
  | 'space'
  | 'largest'
  | 'supernet'
  | 'evolve'
  | 'train'
  | 'rounding'
  | 'quantize'
  | 'model'
  | 'compile'
  | 'image'
  | 'judge'
  | 'profile'
  | 'evaluate'
  | 'report'
  | 'models'
  | 'preflight';

/** A cell of a lab session is a step whose title, of model, board and option, is the same in every language. */
export type CellStepName = `cell-${string}`;

export const stepRecordSchema = z.object({
  /** `StepName` or `CellStepName`; `NAME@ID` for a part of a job. Records of older versions may hold others. */
  name: z.string(),
  title: z.string(),
  /** Of which part of the job it is, where there are several: a board's name. */
  part: z.string().optional(),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  /** SHA-256 over all that the step takes; a resumed run skips a step that was done with the same. */
  inputHash: z.string().nullable(),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  /** Whether the result of an earlier trip was taken. */
  reused: z.boolean(),
  note: z.string().nullable(),
  /** In the order in which they were begun; none where the step has no parts. */
  stages: z.array(stageSchema).default([]),
});
export type StepRecord = z.infer<typeof stepRecordSchema>;

/** The figures by which runs are listed and compared; null where a run does not have one. */
export const runFiguresSchema = z.object({
  floatAccuracy: z.number().nullable(),
  int8Accuracy: z.number().nullable(),
  boardAccuracy: z.number().nullable(),
  latencyMs: z.number().nullable(),
  /** Whether the latency is an estimate of a virtual board. */
  latencyEstimated: z.boolean().nullable(),
  instructions: z.number().nullable(),
  sramBytes: z.number().nullable(),
  flashBytes: z.number().nullable(),
  macs: z.number().nullable(),
  parameters: z.number().nullable(),
});
export type RunFigures = z.infer<typeof runFiguresSchema>;

export const noFigures: RunFigures = {
  floatAccuracy: null,
  int8Accuracy: null,
  boardAccuracy: null,
  latencyMs: null,
  latencyEstimated: null,
  instructions: null,
  sramBytes: null,
  flashBytes: null,
  macs: null,
  parameters: null,
};

/** What a user calls a run: one line that says something. */
export const runTitleSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, 'expected one line');

/** A file that a run made, named relative to the run's folder with forward slashes. */
export const artefactSchema = z.object({
  name: z.string(),
  file: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  step: z.string(),
});
export type Artefact = z.infer<typeof artefactSchema>;

/** What a table of runs shows of one. */
export const runSummarySchema = z.object({
  id: z.string(),
  kind: runKindSchema,
  title: z.string(),
  state: runStateSchema,
  createdAt: time,
  updatedAt: time,
  finishedAt: time.nullable(),
  boardId: z.string().nullable(),
  model: z.string().nullable(),
  dataset: z.string().nullable(),
  figures: runFiguresSchema,
});
export type RunSummary = z.infer<typeof runSummarySchema>;

/** All that a run took, and where it stands. What it gave are its artefacts. */
export const runRecordSchema = runSummarySchema.extend({
  /** The job's parameters, as they were given. */
  params: z.record(z.string(), z.unknown()),
  steps: z.array(stepRecordSchema),
  artefacts: z.array(artefactSchema),
  error: errorReportSchema.nullable(),
  /** Of the linked image (ELF): the same model, board and compiler give the same on every machine. Null before there is one. */
  imageSha256: z.string().nullable(),
  /** Versions and hashes of what took part: app, Node, compiler, QEMU, operating system. */
  environment: z.record(z.string(), z.string()),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

export const logLineSchema = z.object({
  at: time,
  level: z.enum(['info', 'warning', 'error']),
  step: z.string().nullable(),
  message: z.string(),
});
export type LogLine = z.infer<typeof logLineSchema>;

export const runFilterSchema = z.object({
  text: z.string().max(200).optional(),
  kinds: z.array(runKindSchema).optional(),
  states: z.array(runStateSchema).optional(),
  boardId: z.string().optional(),
  sortBy: z.enum(['createdAt', 'title', 'boardAccuracy', 'latencyMs', 'sramBytes', 'flashBytes']).optional(),
  descending: z.boolean().optional(),
  offset: z.int().nonnegative().optional(),
  limit: z.int().positive().max(1000).optional(),
});
export type RunFilter = z.infer<typeof runFilterSchema>;
