import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { searchParamsSchema, StudioError, type SearchParams } from '../../contract/index.ts';

/** How a training in minutes went on (`PacePlan`), as a step's answer keeps it. */
export const paceSchema = z.array(
  z.object({ step: z.number(), until: z.number(), progress: z.number(), perStep: z.number() }),
);

const recordedSchema = z.object({
  dataset: z.object({ fingerprint: z.string() }),
  /** How many networks of each space were sampled, for each board. */
  space: z.object({ sampled: z.array(z.array(z.int())) }),
  largest: z.object({ pace: paceSchema }),
  supernet: z.object({ pace: paceSchema }),
  evolve: z.object({ generations: z.int(), heatTrainings: z.int() }),
  train: z.object({ pace: paceSchema, workers: z.int() }),
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
    throw noPlan(folder, of, cause);
  }
}

const noPlan = (folder: string, of: string, cause: unknown): StudioError =>
  new StudioError({
    code: 'search.no-plan',
    message: `${folder} holds no finished search${of === '' ? '' : ` for ${of.slice(1)}`} to repeat.`,
    remedy: 'Name the folder of a search that has trained its network to the end, for the same boards.',
    details: { folder },
    cause,
  });

/** What decides how a search ends, beside its dataset, and how that is called. */
const SAME = {
  boardId: 'the board',
  moreBoards: 'the list of further boards',
  minutes: 'the number of minutes',
  sramBytes: 'the limit of SRAM in bytes',
  flashBytes: 'the limit of Flash in bytes',
  latencyMs: 'the limit of latency in milliseconds',
  energyMicrojoules: 'the limit of energy in microjoules',
  rows: 'feeding row by row',
  proxy: 'the proxy',
  seed: 'the seed',
  workers: 'the number of workers',
} as const satisfies Partial<Record<keyof SearchParams, string>>;
const NAMES = Object.keys(SAME) as (keyof typeof SAME)[];

/**
 * The wishes of a search that repeats another: those of the other, so that only what matters to the user has to be said again.
 *
 * @throws StudioError `search.repeat-differs` where a wish is another; `search.no-plan`
 */
export function wishesOfRepeated(params: SearchParams, folder: string, { train }: RecordedPlan): SearchParams {
  const recorded = readParams(folder);
  const was: SearchParams = { ...recorded, seed: recorded.seed ?? 1, workers: train.workers };
  for (const name of NAMES) {
    if (params[name] === undefined || isDeepStrictEqual(params[name], was[name])) continue;
    const say = (value: unknown): string => (value === undefined ? 'not given' : [value].flat().join(', '));
    throw differs(folder, `${SAME[name]} was ${say(was[name])}, and is ${say(params[name])} now`);
  }
  // The run keeps the space that was searched; the file that it came from may be gone.
  const space = params.space ?? (recorded.space === undefined ? undefined : join(folder, 'space.json'));
  const same = Object.fromEntries(NAMES.flatMap((name) => (was[name] === undefined ? [] : [[name, was[name]]])));
  return { ...params, ...same, ...(space !== undefined && { space }) };
}

/** @throws StudioError `search.repeat-differs` where the dataset is another than that of the search that is repeated */
export function checkRepeatedDataset(fingerprint: string, folder: string, { dataset }: RecordedPlan): void {
  if (dataset.fingerprint !== fingerprint) throw differs(folder, 'its dataset had other samples');
}

function readParams(folder: string): SearchParams {
  try {
    const { params } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as { params: unknown };
    return searchParamsSchema.parse(params);
  } catch (cause) {
    throw noPlan(folder, '', cause);
  }
}

const differs = (folder: string, what: string): StudioError =>
  new StudioError({
    code: 'search.repeat-differs',
    message: `The search in ${folder} cannot be repeated like that: ${what}.`,
    remedy: 'Leave out what is to be as it was, or start a new search.',
    details: { folder },
  });
