import { z } from 'zod';

/** What one layer cost on the board. On a virtual board instructions are counted and cycles are an estimate. */
export const layerProfileSchema = z.object({
  index: z.int(),
  name: z.string(),
  kind: z.string(),
  outputShape: z.array(z.int()),
  macs: z.int(),
  instructions: z.number().nullable(),
  cycles: z.number().nullable(),
  microseconds: z.number().nullable(),
  /** The kernel that does it: a function of the generated C. */
  kernel: z.string().nullable().default(null),
  /** What the planner expected, before anything was built: an estimate. */
  predictedCycles: z.number().nullable().default(null),
});
export type LayerProfile = z.infer<typeof layerProfileSchema>;

/**
 * How a latency is measured: after `warmup` runs it is repeated at least `least` times, and on until half the width of the
 * mean's 95 % confidence interval is within `withinPercent` of the mean, or `most` runs were made.
 */
export const protocolSchema = z
  .strictObject({
    warmup: z.int().nonnegative().max(1000),
    least: z.int().min(2).max(10_000),
    most: z.int().min(2).max(10_000),
    withinPercent: z.number().positive().max(100),
  })
  .refine(({ least, most }) => least <= most, 'least must not be more than most');
export type Protocol = z.infer<typeof protocolSchema>;

/** What repeated runs of one input took, in milliseconds. */
export const latencyStatisticsSchema = z.object({
  warmup: z.int(),
  repeats: z.int(),
  medianMs: z.number(),
  meanMs: z.number(),
  p95Ms: z.number(),
  minMs: z.number(),
  maxMs: z.number(),
  stdevMs: z.number(),
  /** Half the width of the mean's 95 % confidence interval. */
  confidenceMs: z.number(),
});
export type LatencyStatistics = z.infer<typeof latencyStatisticsSchema>;

/** What a board said about one model. */
export const profileSchema = z.object({
  boardId: z.string(),
  boardName: z.string(),
  /** The build that answered, from the board's HELLO. */
  buildId: z.string(),
  clockHz: z.number(),
  /** True where cycles and times are estimated from counted instructions, as on a virtual board. */
  estimated: z.boolean(),
  /** How the estimate is made, or how the time was measured, in one sentence. */
  method: z.string(),
  invocations: z.int(),
  instructions: z.number().nullable(),
  cycles: z.number().nullable(),
  latencyMs: z.number().nullable(),
  /** Of repeated runs, where they were asked for. */
  statistics: latencyStatisticsSchema.nullable().default(null),
  /** The most stack that was used while the model ran. */
  stackBytes: z.int().nullable(),
  /** How much of the model's arena was ever written, from its beginning on. */
  arenaUsedBytes: z.int().nullable().default(null),
  layers: z.array(layerProfileSchema),
});
export type Profile = z.infer<typeof profileSchema>;

/** How often the board's answer equals the reference interpreter's, in every byte. */
export const agreementSchema = z.object({
  compared: z.int(),
  equal: z.int(),
  /** The first samples that differ. */
  differing: z.array(z.string()),
});
export type Agreement = z.infer<typeof agreementSchema>;

/** A test sample with what the board said about it. */
export const shownSampleSchema = z.object({
  id: z.string(),
  label: z.int(),
  predicted: z.int(),
  /** The board's score of the predicted class, 0 to 1 where the model ends in a softmax. */
  score: z.number(),
  /** The sample as a PNG, base64. */
  png: z.string().nullable(),
});
export type ShownSample = z.infer<typeof shownSampleSchema>;

export const evaluationSchema = z.object({
  boardId: z.string(),
  dataset: z.string(),
  split: z.string(),
  classes: z.array(z.string()),
  samples: z.int(),
  correct: z.int(),
  accuracy: z.number(),
  /** `confusion[label][predicted]` counts samples. */
  confusion: z.array(z.array(z.int())),
  agreement: agreementSchema,
  shown: z.array(shownSampleSchema),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/** One point of a learning curve: an epoch that ended. */
export const curvePointSchema = z.object({
  epoch: z.number(),
  trainLoss: z.number(),
  trainAccuracy: z.number().nullable(),
  validationLoss: z.number().nullable(),
  validationAccuracy: z.number().nullable(),
  learningRate: z.number(),
  elapsedMs: z.number(),
  samplesPerSecond: z.number().nullable(),
});
export type CurvePoint = z.infer<typeof curvePointSchema>;

export const trainingSummarySchema = z.object({
  dataset: z.string(),
  architecture: z.string(),
  backend: z.string(),
  workers: z.int(),
  parameters: z.int(),
  macs: z.int(),
  /** Passes over the training split; a fraction where time ran out. */
  epochs: z.number(),
  elapsedMs: z.number(),
  curve: z.array(curvePointSchema),
  /** On so many test samples, in float, with the weights that were kept. */
  floatAccuracy: z.number().nullable(),
  testSamples: z.int(),
  /** Float and int8 on the same samples: what quantization cost. */
  compared: z.object({ samples: z.int(), floatAccuracy: z.number(), int8Accuracy: z.number() }).nullable(),
});
export type TrainingSummary = z.infer<typeof trainingSummarySchema>;
