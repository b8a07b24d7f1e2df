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
