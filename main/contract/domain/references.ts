import { z } from 'zod';

/** A figure that somebody else has published, with where it is from. Never measured by us. */
export const referenceSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  /** The network, by the name under which it was published. */
  model: z.string().min(1),
  /** What made the code: `TinyEngine`, `X-CUBE-AI 9`. */
  engine: z.string().min(1),
  /** The board or chip that it ran on. */
  board: z.string().min(1),
  core: z.string().min(1),
  clockHz: z.number().positive(),
  latencyMs: z.number().positive().nullable(),
  /** Latency × clock, in millions. */
  megacycles: z.number().positive().nullable(),
  sramBytes: z.number().positive().nullable(),
  flashBytes: z.number().positive().nullable(),
  /** 0 … 1, as published; null where the source gives none. */
  accuracy: z.number().min(0).max(1).nullable(),
  /** Whether cycles were counted by a model of the core instead of on a chip. */
  modelled: z.boolean(),
  /** Where it was published: who, what, when. */
  source: z.string().min(1),
});
export type Reference = z.infer<typeof referenceSchema>;
