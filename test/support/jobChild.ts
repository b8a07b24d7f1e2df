// jobChild.ts WORKSPACE PARAMS: opens a workspace as the app does and does one job in it: goes on with an unfinished run of the
// same kind, or starts a new one. Exits with 0 when the job is done.
import { Studio } from '../../main/studio/index.ts';
import type { JobParams } from '../../main/contract/index.ts';

const [folder = '', text = ''] = process.argv.slice(2);
const params = JSON.parse(text) as JobParams;
const studio = new Studio(folder);
const { calls, events } = studio.handlers;
const call = { signal: new AbortController().signal, onProgress: () => undefined };

const { runs } = await calls['runs.list']({ kinds: [params.kind], limit: 1000 }, call);
const unfinished = runs.find(({ state }) => state !== 'done');
const { runId } =
  unfinished === undefined
    ? await calls['jobs.start']({ params }, call)
    : await calls['jobs.resume']({ runId: unfinished.id }, call);
await new Promise<void>((resolve) => {
  events.jobs({}, (jobs) => {
    const job = jobs.find((candidate) => candidate.runId === runId);
    if (job?.state === 'done' || job?.state === 'failed' || job?.state === 'cancelled') resolve();
  });
});
const { state, error } = await calls['runs.get']({ id: runId }, call);
await studio.close();
if (error !== null) process.stderr.write(`${error.message} (${error.code})\n`);
process.exit(state === 'done' ? 0 : 1);
