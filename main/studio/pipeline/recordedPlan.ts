import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StudioError } from '../../contract/index.ts';

/** How a training in minutes went on (`PacePlan`), as a step's answer keeps it. */
export const paceSchema = z.array(
  z.object({ step: z.number(), until: z.number(), progress: z.number(), perStep: z.number() }),
);

const recordedSchema = z.object({
  space: z.object({ spaces: z.array(z.object({ sampled: z.int() })) }),
  largest: z.object({ pace: paceSchema }),
  supernet: z.object({ pace: paceSchema }),
  evolve: z.object({ generations: z.int(), heatTrainings: z.int() }),
  train: z.object({ pace: paceSchema }),
});

/**
 * What the clock decided in a search that is finished: how many networks of each space were sampled, the pace of each
 * training, how many generations and trainings alone there were. A search with the same seed that follows it ends as that one did.
 */
export type RecordedPlan = z.infer<typeof recordedSchema>;

/** What of the plan belongs to one board: the search's own, or a further one, whose steps are named `evolve@BOARD`. */
export type RecordedPart = Pick<RecordedPlan, 'evolve' | 'train'>;

/** Reads the plan of a search from its run's folder. @throws StudioError `search.no-plan` */
export const readRecordedPlan = (folder: string): RecordedPlan => readSteps(folder, '', recordedSchema);

/** What a search did for one of its further boards. @throws StudioError `search.no-plan` */
export const readRecordedPart = (folder: string, boardId: string): RecordedPart =>
  readSteps(folder, `@${boardId}`, recordedSchema.pick({ evolve: true, train: true }));

/** @param of what stands behind the names of the steps' files */
function readSteps<T extends z.ZodObject>(folder: string, of: string, schema: T): z.infer<T> {
  const answerOf = (step: string): unknown =>
    (JSON.parse(readFileSync(join(folder, 'steps', `${step}${of}.json`), 'utf8')) as { output: unknown }).output;
  try {
    const steps = Object.keys(schema.shape);
    return schema.parse(Object.fromEntries(steps.map((step) => [step, answerOf(step)])));
  } catch (cause) {
    throw new StudioError({
      code: 'search.no-plan',
      message: `${folder} holds no finished search${of === '' ? '' : ` for ${of.slice(1)}`} to repeat.`,
      remedy: 'Name the folder of a search that has trained its network to the end, for the same boards.',
      details: { folder },
      cause,
    });
  }
}
