import { z } from 'zod';

/** One report of a long piece of work. Whoever draws it decides how. */
export interface Progress {
  /** What is being done, as a short phrase: `training`, `flashing`. */
  readonly stage: string;
  /** Work done and work in all, in any one unit; `total` is null where it cannot be known. */
  readonly done: number;
  readonly total: number | null;
  /** Estimated milliseconds until this stage ends, or null before there is a basis for one. */
  readonly remainingMs: number | null;
  /** A short line with what there is to see by now: `epoch 3, validation 71.2 %`. */
  readonly note?: string;
}

export const progressSchema = z.object({
  stage: z.string(),
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
