import { z } from 'zod';
import { errorReportSchema } from '../errors.ts';

/** A board as the window and the command line show it. */
export const boardSummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  virtual: z.boolean(),
  mcu: z.string(),
  core: z.string(),
  clockHz: z.number(),
  sramBytes: z.int(),
  flashBytes: z.int(),
  memory: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['flash', 'ram']),
      start: z.int(),
      sizeBytes: z.int(),
      activations: z.boolean(),
    }),
  ),
  probes: z.array(z.string()),
  /** Whether the board's file says what it draws: only then is energy known. Reports of older versions do not tell. */
  powerKnown: z.boolean().default(false),
  /** Facts of the board file that are in doubt, a sentence each. */
  doubts: z.array(z.string()),
  /** Where it is plugged in, and why it cannot be opened there, if so; a virtual board always is. */
  connected: z.array(
    z.object({
      selector: z.string(),
      serialPath: z.string().nullable(),
      problem: errorReportSchema.nullable(),
    }),
  ),
});
export type BoardSummary = z.infer<typeof boardSummarySchema>;

/** What is known of how long the engine's kernels take on a board. */
export const calibrationSummarySchema = z.object({
  boardId: z.string(),
  /** Of board, engine and compiler: another key, and it would have to be measured again. */
  key: z.string(),
  measuredAt: z.number(),
  seconds: z.number(),
  images: z.int(),
  kernels: z.int(),
  /** False where time was over before all images were measured. */
  complete: z.boolean(),
  /** True where cycles are estimated from the instructions that a virtual board counted. */
  estimated: z.boolean(),
  /** How far the latency of an image foretold from the others was off at most, a fraction. */
  worstError: z.number().nullable(),
});
export type CalibrationSummary = z.infer<typeof calibrationSummarySchema>;

/** A serial line to a board: open now, or one of the last that were. */
export const serialLineSchema = z.object({
  id: z.int(),
  boardId: z.string(),
  boardName: z.string(),
  virtual: z.boolean(),
  openedAt: z.number(),
  closedAt: z.number().nullable(),
  /** What the firmware said of itself. */
  hello: z.object({
    buildId: z.string(),
    clockHz: z.number(),
    clockSource: z.string(),
    counter: z.string(),
    cpuId: z.int(),
    operators: z.int(),
    inputBytes: z.int(),
    outputBytes: z.int(),
    modelSramBytes: z.int(),
    stackBytes: z.int(),
  }),
  /** Null where the line has no rate. */
  baudRate: z.number().nullable(),
  answered: z.int(),
  resent: z.int(),
  damaged: z.int(),
  sentBytes: z.int(),
  receivedBytes: z.int(),
  /** The last of what came in and was no frame, as text. */
  rubbish: z.string(),
});
export type SerialLine = z.infer<typeof serialLineSchema>;

/** Where an image was written. */
export const flashedSchema = z.object({
  selector: z.string(),
  chip: z.string(),
  bytes: z.int(),
  /** Where the board answers; null where there is no serial port. */
  serialPath: z.string().nullable(),
});
export type FlashedImage = z.infer<typeof flashedSchema>;

/** What a board said at its first try. */
export const smokeSchema = z.object({
  buildId: z.string(),
  clockHz: z.number(),
  clockSource: z.string(),
  counter: z.string(),
  blinks: z.int(),
  /** By this computer's clock; null on a virtual board, whose time is not the computer's. */
  measuredClockHz: z.number().nullable(),
});
export type Smoke = z.infer<typeof smokeSchema>;
