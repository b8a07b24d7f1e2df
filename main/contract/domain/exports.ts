import { z } from 'zod';
import { runFilterSchema } from './runs.ts';

export const exportFormatSchema = z.enum(['csv', 'json', 'md', 'html']);
export type TableFormat = z.infer<typeof exportFormatSchema>;

/** The columns that a table of runs can have, in the order in which they are shown where nobody says otherwise. */
export const runColumns = [
  'title',
  'kind',
  'state',
  'board',
  'model',
  'dataset',
  'floatAccuracy',
  'int8Accuracy',
  'boardAccuracy',
  'latencyMs',
  'instructions',
  'sramBytes',
  'flashBytes',
  'macs',
  'parameters',
  'createdAt',
] as const;
export const runColumnSchema = z.enum(runColumns);
export type RunColumn = z.infer<typeof runColumnSchema>;

/** Which runs, which columns, in what form. */
export const exportRequestSchema = z.strictObject({
  format: exportFormatSchema,
  columns: z.array(runColumnSchema).min(1),
  /** These runs; absent: all that the filter leaves. */
  ids: z
    .array(z.string().regex(/^[a-z0-9-]{1,80}$/))
    .min(1)
    .max(1000)
    .optional(),
  filter: runFilterSchema.omit({ offset: true, limit: true }).optional(),
  /** Whether published figures stand below them, labelled as such. */
  references: z.boolean(),
});
export type ExportRequest = z.infer<typeof exportRequestSchema>;

/** A file to take away. */
export const exportedSchema = z.object({ file: z.string(), mediaType: z.string(), text: z.string() });
export type Exported = z.infer<typeof exportedSchema>;

/** What a model can be made into, to be taken to other firmware. */
export const modelFormatSchema = z.enum(['c', 'arduino', 'cmsis-pack', 'tflite']);
export type ModelFormat = z.infer<typeof modelFormatSchema>;

/** Files that were written into a folder. */
export const writtenModelSchema = z.object({
  format: modelFormatSchema,
  folder: z.string(),
  files: z.array(z.object({ path: z.string(), bytes: z.int() })),
});
export type WrittenModel = z.infer<typeof writtenModelSchema>;

/** What the reference interpreter answered to files of raw int8. */
export const interpretedFilesSchema = z.object({
  samples: z.array(z.object({ input: z.string(), output: z.string(), sha256: z.string() })),
});
export type InterpretedFiles = z.infer<typeof interpretedFilesSchema>;
