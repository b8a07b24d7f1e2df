import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  cancelled,
  StudioError,
  toErrorReport,
  type JobEvent,
  type JobParams,
  type RunRecord,
} from '../contract/index.ts';
import type { BudgetClock } from '../processes/index.ts';
import { newRecord, readRecord, removeInside, RunFolder, Workspace } from '../store/index.ts';
import { canonicalJson, Trip, type DoJob } from './jobs/index.ts';
import { defaultWorkspaceFolder, describeJob } from './service/index.ts';

export interface RunJobOptions {
  /** The run's folder; absent: a new one in the workspace. */
  readonly out?: string | undefined;
  /** Goes on with the workspace's newest run of the same parameters instead of beginning a new one. */
  readonly resume?: boolean;
  readonly signal: AbortSignal;
  readonly onEvent?: (event: JobEvent) => void;
  /** What the job's minutes are counted in; the wall's clock where absent. */
  readonly clock?: BudgetClock;
  /** Whether what ended the job leaves an answer all the same, which says why. */
  readonly keepGoing?: (thrown: unknown) => boolean;
}

export interface FinishedJob {
  readonly folder: string;
  readonly record: RunRecord;
}

/**
 * Does one job here and now, in a folder that the caller names or in the workspace. Where the folder holds the same job
 * unfinished, it is gone on with; another run of ours that is there is replaced.
 */
export async function runJob(work: DoJob, params: JobParams, options: RunJobOptions): Promise<FinishedJob> {
  const run = options.resume === true ? await findRun(params) : openRun(params, options.out);
  try {
    await work(params, new Trip(run, options.signal, options.onEvent ?? ((): void => undefined), options.clock));
    return { folder: run.folder, record: run.record };
  } catch (thrown) {
    if (!options.signal.aborted && options.keepGoing?.(thrown) === true)
      return { folder: run.folder, record: run.record };
    const error = options.signal.aborted ? cancelled(run.record.title) : thrown;
    if (run.record.state === 'queued') run.update({ state: 'failed', error: toErrorReport(error) });
    throw error;
  } finally {
    run.close();
  }
}

/** @throws StudioError `run.nothing-to-resume` */
async function findRun(params: JobParams): Promise<RunFolder> {
  const workspace = Workspace.open(defaultWorkspaceFolder());
  try {
    const { runs } = await workspace.listRuns({ kinds: [params.kind] });
    const same = runs.find(({ id }) => canonicalJson(workspace.readRun(id).params) === canonicalJson(params));
    if (same !== undefined) return workspace.openRun(same.id);
    throw new StudioError({
      code: 'run.nothing-to-resume',
      message: `No run in ${workspace.folder} has these parameters, so there is nothing to go on with.`,
      remedy: 'Start it without --resume.',
      details: { workspace: workspace.folder },
    });
  } finally {
    workspace.close();
  }
}

function openRun(params: JobParams, out: string | undefined): RunFolder {
  const newRun = { ...describeJob(params), kind: params.kind, params };
  if (out === undefined) {
    const workspace = Workspace.open(defaultWorkspaceFolder());
    try {
      return workspace.createRun(newRun);
    } finally {
      workspace.close();
    }
  }
  const folder = resolve(out);
  if (!existsSync(join(folder, 'run.json'))) return RunFolder.create(folder, newRecord(newRun));
  const before = readRecord(folder);
  if (before.state !== 'done' && canonicalJson(before.params) === canonicalJson(params)) return RunFolder.open(folder);
  clear(folder, before);
  return RunFolder.create(folder, newRecord(newRun));
}

/** Removes what an earlier run has put into a folder, and nothing else. */
function clear(folder: string, before: RunRecord): void {
  RunFolder.open(folder).close();
  removeInside(
    folder,
    before.artefacts.map(({ file }) => file),
  );
  for (const own of ['steps', 'unfinished', 'log.jsonl', 'run.json'])
    rmSync(join(folder, own), { recursive: true, force: true });
}
