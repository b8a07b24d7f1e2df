import { z } from 'zod';
import { splitNames } from '../dataset.ts';
import { errorReportSchema } from '../errors.ts';

/** A photo of a telephone is about half of it; it leaves room below the socket's 16 MiB when coded as text. */
export const mostFrameBytes = 8 * 1024 * 1024;

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes');

/** What is shown to the network: a picture's or a recording's file, or a sample of the dataset. */
export const liveFrameSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('file'),
    /** A whole PNG, JPEG, WebP, GIF or BMP picture, or a whole WAV recording. */
    bytes: bytes.refine(
      ({ length }) => length > 0 && length <= mostFrameBytes,
      `expected 1 to ${mostFrameBytes} bytes`,
    ),
  }),
  z.strictObject({ kind: z.literal('sample'), split: z.enum(splitNames), index: z.int().nonnegative() }),
]);
export type LiveFrame = z.infer<typeof liveFrameSchema>;

/** What a board runs, and what it wants to be shown. */
export const liveInfoSchema = z.object({
  liveId: z.string(),
  runId: z.string(),
  boardId: z.string(),
  boardName: z.string(),
  virtual: z.boolean(),
  buildId: z.string(),
  model: z.string(),
  /** Names of the classes, or their numbers where no dataset names them. */
  classes: z.array(z.string()),
  /** Which files can be shown; a series only comes from its dataset. */
  kind: z.enum(['images', 'audio', 'series']),
  shape: z.object({ height: z.int(), width: z.int(), channels: z.int() }),
  /** How long a recording must be, in seconds; null for pictures. */
  seconds: z.number().nullable(),
  /** How a file becomes the network's input, in one sentence. */
  preprocessing: z.string(),
  /** The dataset whose samples can be shown; null where there is none. */
  dataset: z.string().nullable(),
  /** How times come about: measured on the board, or estimated from counted instructions. */
  estimated: z.boolean(),
  clockHz: z.number(),
  /** From the plan: what the model's memory is, all of it. */
  sramBytes: z.int(),
  stackTotalBytes: z.int(),
});
export type LiveInfo = z.infer<typeof liveInfoSchema>;

/** What the board said about one frame. */
export const liveResultSchema = z.object({
  predicted: z.int(),
  /** One for each class, 0 to 1 where the model ends in a softmax. */
  scores: z.array(z.number()),
  /** What it is, where it is a sample of the dataset. */
  label: z.int().nullable(),
  /** The board's own time for the network; see `estimated` of the session. */
  latencyMs: z.number(),
  instructions: z.number().nullable(),
  cycles: z.number().nullable(),
  stackBytes: z.int(),
  /** Whether the reference interpreter answers the same, in every byte. */
  equal: z.boolean(),
  /** Time on this computer, from the frame's arrival to the answer, link and all. */
  elapsedMs: z.number(),
  /** What the network was given, drawn as a PNG. */
  png: bytes,
});
export type LiveResult = z.infer<typeof liveResultSchema>;

/** How a session stands. `lost`: the board went away, and is tried again. `closed` is the last word. */
export const liveStatusSchema = z.object({
  state: z.enum(['ready', 'lost', 'closed']),
  error: errorReportSchema.nullable(),
});
export type LiveStatus = z.infer<typeof liveStatusSchema>;
