import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobParams } from '../../main/contract/index.ts';
import type { Random } from '../../main/core/random/index.ts';
import { readRecord, sha256, Workspace } from '../../main/store/index.ts';

/** What is killed: a job in a workspace, or any program that leaves no run (flashing). */
export type Victim =
  | { readonly name: string; readonly params: JobParams }
  | { readonly name: string; readonly command: readonly string[] };

export interface KillResult {
  readonly name: string;
  readonly kills: number;
  /** Starts that ended before their moment came. */
  readonly finishedBefore: number;
  /** Steps that were finished when a kill came, and that a later start took as they were. */
  readonly stepsKept: number;
  /** Moments at which runs stood when they were killed, by the step that was being done. */
  readonly during: ReadonlyMap<string, number>;
  /** What was not as it must be, a sentence each. */
  readonly wrong: readonly string[];
}

const child = join(import.meta.dirname, 'jobChild.ts');
const mark = 'MCUNET_KILL_TRIAL';

interface Started {
  readonly killed: boolean;
  readonly exitCode: number | null;
  readonly stderr: string;
}

/** Processes whose environment carries a mark: a start's own, and all that descends from it. */
function marked(value: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return (
          readFileSync(`/proc/${name}/environ`, 'latin1').includes(`${mark}=${value}`) &&
          !/\) Z /.test(readFileSync(`/proc/${name}/stat`, 'latin1'))
        );
      } catch {
        return false;
      }
    });
}

async function start(command: readonly string[], env: NodeJS.ProcessEnv, killAfterMs: number | null): Promise<Started> {
  const [program = '', ...args] = command;
  const running = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  running.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const timer = killAfterMs === null ? null : setTimeout(() => running.kill('SIGKILL'), killAfterMs);
  const [exitCode, signal] = (await once(running, 'exit')) as [number | null, NodeJS.Signals | null];
  if (timer !== null) clearTimeout(timer);
  return { killed: signal === 'SIGKILL', exitCode, stderr };
}

/** The finished steps of a run, whose files are all as they were when the step ended. */
function finishedSteps(folder: string): Map<string, string> {
  const steps = join(folder, 'steps');
  const found = new Map<string, string>();
  for (const name of existsSync(steps) ? readdirSync(steps) : []) {
    if (!name.endsWith('.json')) continue;
    const text = readFileSync(join(steps, name), 'utf8');
    const { inputHash, artefacts } = JSON.parse(text) as {
      inputHash: string;
      artefacts: { file: string; sha256: string }[];
    };
    for (const { file, sha256: expected } of artefacts)
      if (sha256(readFileSync(join(folder, file))) !== expected) throw new Error(`${file} of ${name} was changed`);
    found.set(name.replace('.json', ''), inputHash);
  }
  return found;
}

/**
 * Starts a victim again and again in one workspace and kills it with SIGKILL at a random moment, so many times; after each kill
 * looks at what is left, and at the end lets it come to its end.
 */
export async function killAgainAndAgain(
  victim: Victim,
  { workspace, kills, random }: { workspace: string; kills: number; random: Random },
): Promise<KillResult> {
  const trial = randomUUID();
  const env = { ...process.env, [mark]: trial, MCUNET_WORKSPACE: workspace };
  const command =
    'params' in victim
      ? [process.execPath, '--import', 'tsx', child, workspace, JSON.stringify(victim.params)]
      : victim.command;
  const wrong: string[] = [];
  const during = new Map<string, number>();
  let finishedBefore = 0;
  let stepsKept = 0;
  let done = 0;
  let known = new Map<string, Map<string, string>>();

  // An undisturbed start says how long one takes, and that it can be done at all.
  const since = performance.now();
  const first = await start(command, env, null);
  if (first.exitCode !== 0)
    return { name: victim.name, kills: 0, finishedBefore, stepsKept, during, wrong: [first.stderr] };
  const horizonMs = performance.now() - since;

  const look = async (): Promise<void> => {
    const opened = Workspace.open(workspace);
    try {
      const { runs } = await opened.listRuns({ limit: 1000 });
      const now = new Map<string, Map<string, string>>();
      for (const { id, state } of runs) {
        const steps = finishedSteps(opened.folderOf(id));
        now.set(id, steps);
        for (const step of known.get(id)?.keys() ?? []) if (!steps.has(step)) wrong.push(`${id} lost its step ${step}`);
        if (state !== 'done' && state !== 'interrupted') wrong.push(`${id} says ${state}, and nobody is doing it`);
        const record = readRecord(opened.folderOf(id));
        if (state === 'done') continue;
        const step = record.steps.find((candidate) => candidate.state === 'running')?.name ?? 'between steps';
        during.set(step, (during.get(step) ?? 0) + 1);
      }
      for (const id of known.keys()) if (!now.has(id)) wrong.push(`the run ${id} is gone`);
      known = now;
    } finally {
      opened.close();
    }
  };
  const countKept = (before: typeof known): void => {
    for (const [id, steps] of before) {
      if (!existsSync(join(workspace, 'runs', id, 'run.json'))) continue;
      const { steps: records } = readRecord(join(workspace, 'runs', id));
      for (const { name, reused } of records) if (reused && steps.has(name)) stepsKept++;
    }
  };

  while (done < kills) {
    const before = known;
    const { killed, exitCode, stderr } = await start(command, env, random.next() * horizonMs);
    if (killed) done++;
    else finishedBefore++;
    if (!killed && exitCode !== 0) wrong.push(`a start after a kill failed: ${stderr.slice(-500)}`);
    for (let wait = 0; wait < 200 && marked(trial).length > 0; wait++) await sleep(100);
    if (marked(trial).length > 0) wrong.push(`${marked(trial).length} processes were left`);
    if ('params' in victim) {
      countKept(before);
      await look();
    }
  }
  const before = known;
  const last = await start(command, env, null);
  if (last.exitCode !== 0) wrong.push(`the last start failed: ${last.stderr.slice(-500)}`);
  countKept(before);
  return { name: victim.name, kills: done, finishedBefore, stepsKept, during, wrong };
}
