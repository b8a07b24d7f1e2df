import { z } from 'zod';

/**
 * All that can be under way, as short phrases. A window in another language than the service's has words of its own for
 * each.
 */
export const stages = [
  'compiling',
  'downloading',
  'drawing samples',
  'erasing',
  'evaluating',
  'greeting',
  'inferring',
  'interpreting',
  'linking',
  'measuring',
  'measuring kernels',
  'measuring layers',
  'measuring spaces',
  'packing',
  'planning',
  'reading samples',
  'repeating',
  'running samples',
  'searching',
  'sending',
  'training',
  'training the supernet',
  'unpacking',
  'verifying',
  'writing',
] as const;

export type StageName = (typeof stages)[number];

/** One of a lab session's cells. */
const cellStageSchema = z.templateLiteral(['cell ', z.int(), ' of ', z.int()]);
const stageSchema = z.union([z.enum(stages), cellStageSchema]);
export type Stage = z.infer<typeof stageSchema>;

/** One report of a long piece of work. Whoever draws it decides how. */
export interface Progress {
  readonly stage: Stage;
  /** Work done and work in all, in any one unit; `total` is null where it cannot be known. */
  readonly done: number;
  readonly total: number | null;
  /** Estimated milliseconds until this stage ends, or null before there is a basis for one. */
  readonly remainingMs: number | null;
  /** A short line with what there is to see by now: `epoch 3, validation 71.2 %`. */
  readonly note?: string;
}

export const progressSchema = z.object({
  stage: stageSchema,
  done: z.number(),
  total: z.number().nullable(),
  remainingMs: z.number().nullable(),
  note: z.string().optional(),
});

export type ReportProgress = (progress: Progress) => void;

/** What every long call takes: where to report, and how to be stopped. */
export interface LongCall {
  readonly onProgress?: ReportProgress;
  readonly signal?: AbortSignal;
}
