import { z } from 'zod';
import { linkedMemorySchema, plannedMemorySchema } from './memory.ts';
import { agreementSchema, evaluationSchema, profileSchema, trainingSummarySchema } from './measurements.ts';
import { modelInfoSchema } from './models.ts';
import { boardSummarySchema } from './boards.ts';
import { stepRecordSchema } from './runs.ts';
import { searchSummarySchema } from './search.ts';

/** Everything that a report shows; the JSON beside the HTML. A part is null where the run did not have it. */
export const reportSchema = z.object({
  format: z.literal(2),
  title: z.string(),
  runId: z.string(),
  kind: z.string(),
  createdAt: z.number(),
  board: boardSummarySchema,
  model: modelInfoSchema,
  planned: plannedMemorySchema,
  linked: linkedMemorySchema,
  profile: profileSchema.nullable(),
  training: trainingSummarySchema.nullable(),
  evaluation: evaluationSchema.nullable(),
  /** How the network was found, where it was searched for. */
  search: searchSummarySchema.nullable().default(null),
  /** Of the inputs that were given to `profile`, where it was not a dataset. */
  agreement: agreementSchema.nullable(),
  steps: z.array(stepRecordSchema),
  environment: z.record(z.string(), z.string()),
});
export type Report = z.infer<typeof reportSchema>;
