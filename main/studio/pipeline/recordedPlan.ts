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
  evolve: z.object({ generations: z.int() }),
  train: z.object({ pace: paceSchema }),
});

/**
 * What the clock decided in a search that is finished: how many networks of each space were sampled, the pace of each
 * training, how many generations there were. A search with the same seed that follows it ends as that one did.
 */
export type RecordedPlan = z.infer<typeof recordedSchema>;

/** Reads the plan of a search from its run's folder. @throws StudioError `search.no-plan` */
export function readRecordedPlan(folder: string): RecordedPlan {
  const answerOf = (step: string): unknown =>
    (JSON.parse(readFileSync(join(folder, 'steps', `${step}.json`), 'utf8')) as { output: unknown }).output;
  try {
    const steps = Object.keys(recordedSchema.shape);
    return recordedSchema.parse(Object.fromEntries(steps.map((step) => [step, answerOf(step)])));
  } catch (cause) {
    throw new StudioError({
      code: 'search.no-plan',
      message: `${folder} holds no finished search to repeat.`,
      remedy: 'Name the folder of a search that has trained its network to the end.',
      details: { folder },
      cause,
    });
  }
}
