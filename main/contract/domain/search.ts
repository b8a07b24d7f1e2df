import { z } from 'zod';
import { inputModeSchema } from './memory.ts';

/** A network that the search has judged: with inherited weights or after a short training alone, by the planner's estimates. */
export const candidateSchema = z.object({
  key: z.string(),
  /** 0 … 1, on validation samples. */
  accuracy: z.number(),
  sramBytes: z.number(),
  flashBytes: z.number(),
  latencyMs: z.number(),
  energyMicrojoules: z.number().nullable(),
  /** Passes over the training split that it had alone when it was judged; absent: judged with inherited weights. */
  passesAlone: z.number().optional(),
  /** How its input is fed, by the plan that these figures are of. */
  inputMode: inputModeSchema.default('whole'),
  onFront: z.boolean(),
});
export type Candidate = z.infer<typeof candidateSchema>;

/** How much computation the networks of one space that fit can make use of: nine deciles of their MACs. */
export const spaceSummarySchema = z.object({
  name: z.string(),
  sampled: z.int(),
  fitting: z.int(),
  meanFlops: z.number(),
  macsDeciles: z.array(z.number()),
});
export type SpaceSummary = z.infer<typeof spaceSummarySchema>;

/** What a found network may cost at most; null where there is no limit. */
export const searchLimitsSchema = z.object({
  sramBytes: z.number().nullable(),
  flashBytes: z.number().nullable(),
  latencyMs: z.number().nullable(),
  energyMicrojoules: z.number().nullable(),
});
export type SearchLimits = z.infer<typeof searchLimitsSchema>;

/**
 * Where the latency of candidates comes from: cycles that a board was measured to take, instructions that a virtual board
 * counted (its cycles are estimates), or the planner's estimate alone.
 */
export const latencySourceSchema = z.object({
  kind: z.enum(['measured', 'counted', 'estimated']),
  /** In one sentence. */
  detail: z.string(),
  /** The same in codes and figures: from what it was measured or counted, or why not. Older reports have the sentence alone. */
  facts: z
    .discriminatedUnion('code', [
      z.object({
        code: z.literal('kernels'),
        board: z.string(),
        kernels: z.int(),
        images: z.int(),
        /** How far an image foretold from the others was off at most, a fraction. */
        worstError: z.number().nullable(),
      }),
      z.object({ code: z.literal('too-short') }),
      z.object({ code: z.literal('absent'), board: z.string() }),
      z.object({ code: z.literal('failed') }),
    ])
    .optional(),
});
export type LatencySource = z.infer<typeof latencySourceSchema>;

/**
 * Why a network is recommended: none that keeps every limit is more accurate, or it lacks little and is much faster, or it was
 * found for another of the search's boards and is, after its training, more accurate than what was found for this one.
 */
export const recommendationSchema = z.discriminatedUnion('code', [
  z.object({ code: z.literal('most-accurate') }),
  z.object({
    code: z.literal('faster'),
    /** Accuracy that it lacks, 0 … 1. */
    lost: z.number(),
    /** Of the latency of the most accurate, 0 … 1. */
    saved: z.number(),
  }),
  z.object({
    code: z.literal('of-another-board'),
    /** The board's name. */
    board: z.string(),
    /** After training, 0 … 1, on validation samples: this one's, and that of the network found for this board. */
    accuracy: z.number(),
    own: z.number(),
  }),
]);
export type RecommendationReason = z.infer<typeof recommendationSchema>;

/** A network to begin with, and why: in one sentence, and in codes and figures, which older reports do not have. */
export const recommendedSchema = z.object({
  key: z.string(),
  reason: z.string(),
  why: recommendationSchema.optional(),
});

/** What became of the search on one of its boards: what was promised beside what was found. */
export const specialisedSchema = z.object({
  boardId: z.string(),
  boardName: z.string(),
  limits: searchLimitsSchema,
  latency: latencySourceSchema,
  /** The recommended network, by the figures of the search. */
  promised: candidateSchema,
  reason: z.string(),
  why: recommendationSchema.optional(),
  macs: z.int(),
  parameters: z.int(),
  /** On test samples, after training, and of the int8 model by the reference interpreter. */
  floatAccuracy: z.number().nullable(),
  int8Accuracy: z.number().nullable(),
  sramBytes: z.number(),
  /** As linked, firmware and all. */
  flashBytes: z.number(),
  /** Measured there; null where the board was not there. */
  latencyMs: z.number().nullable(),
  latencyEstimated: z.boolean().nullable(),
  boardAccuracy: z.number().nullable(),
  /** The run's files of this board's network; null for those of the run itself. */
  folder: z.string().nullable(),
});
export type Specialised = z.infer<typeof specialisedSchema>;

/** What a search did and found. */
export const searchSummarySchema = z.object({
  spaces: z.array(spaceSummarySchema),
  chosenSpace: z.string(),
  limits: searchLimitsSchema,
  /** What each part of the search took of the budget. */
  seconds: z.object({ space: z.number(), supernet: z.number(), evolve: z.number() }).optional(),
  latency: latencySourceSchema.default({ kind: 'estimated', detail: '' }),
  supernetSteps: z.int(),
  judged: z.int(),
  generations: z.int(),
  front: z.array(candidateSchema),
  recommended: recommendedSchema,
  /** What the planner and the validation samples promised of the recommended network, before it was built. */
  promised: candidateSchema,
  /** Why the trained network takes more memory than the limits, where it does. */
  beyond: z.string().optional(),
  /** The network of each board, where there were several: one supernet, specialised for each. */
  boards: z.array(specialisedSchema).default([]),
});
export type SearchSummary = z.infer<typeof searchSummarySchema>;
