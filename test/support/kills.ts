import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobParams } from '../../main/contract/index.ts';
import type { Random } from '../../main/core/random/index.ts';
import { readRecord, sha256, Workspace } from '../../main/store/index.ts';

/** What is killed: a job in a workspace, or any program that leaves no run (flashing). */
export type Victim =
  | { readonly name: string; readonly params: JobParams }
  | { readonly name: string; readonly command: readonly string[] };

/** How far a trial has come: plain JSON, so that it can be gone on with by another process. */
export interface KillProgress {
  readonly name: string;
  /** How long an undisturbed start takes; a moment is drawn from it. Null before it was done. */
  horizonMs: number | null;
  kills: number;
  /** Starts that ended before their moment came. */
  finishedBefore: number;
  /** Steps that were finished when a kill came, and that a later start took as they were. */
  stepsKept: number;
  /** Moments at which runs stood when they were killed, by the step that was being done. */
  during: Record<string, number>;
  /** What was not as it must be, a sentence each. */
  wrong: string[];
  /** The finished steps of each run, as they were last seen: step → hash of its input. */
  known: Record<string, Record<string, string>>;
  /** After all kills, a last start came to its end. */
  done: boolean;
}

export interface KillTrial {
  /** Holds the victim's workspace and its temporary files. */
  readonly folder: string;
  readonly kills: number;
  /** Each start draws its moment from a fork of its own: a trial that is gone on with draws the same. */
  readonly random: Random;
  readonly progress?: KillProgress;
  /** Called after every start; what it is given may be kept. */
  readonly onProgress?: (progress: KillProgress) => void;
  /** Ends the start that is going on, and the trial with it. */
  readonly signal?: AbortSignal;
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

/** @throws what the signal was aborted with, when the program is gone */
async function start(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  killAfterMs: number | null,
  signal: AbortSignal | undefined,
): Promise<Started> {
  signal?.throwIfAborted();
  const [program = '', ...args] = command;
  const running = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = (): void => void running.kill('SIGKILL');
  let stderr = '';
  running.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const timer = killAfterMs === null ? null : setTimeout(kill, killAfterMs);
  signal?.addEventListener('abort', kill, { once: true });
  const [exitCode, by] = (await once(running, 'exit')) as [number | null, NodeJS.Signals | null];
  if (timer !== null) clearTimeout(timer);
  signal?.removeEventListener('abort', kill);
  signal?.throwIfAborted();
  return { killed: by === 'SIGKILL', exitCode, stderr };
}

/** The finished steps of a run, whose files are all as they were when the step ended. */
function finishedSteps(folder: string): Record<string, string> {
  const steps = join(folder, 'steps');
  const found: Record<string, string> = {};
  for (const name of existsSync(steps) ? readdirSync(steps) : []) {
    if (!name.endsWith('.json')) continue;
    const text = readFileSync(join(steps, name), 'utf8');
    const { inputHash, artefacts } = JSON.parse(text) as {
      inputHash: string;
      artefacts: { file: string; sha256: string }[];
    };
    for (const { file, sha256: expected } of artefacts)
      if (sha256(readFileSync(join(folder, file))) !== expected) throw new Error(`${file} of ${name} was changed`);
    found[name.replace('.json', '')] = inputHash;
  }
  return found;
}

/** Opens the workspace, as the next start would, and compares it with what was known of it. */
async function look(workspace: string, progress: KillProgress): Promise<void> {
  const { known, during, wrong } = progress;
  const opened = Workspace.open(workspace);
  try {
    const { runs } = await opened.listRuns({ limit: 1000 });
    const now: KillProgress['known'] = {};
    for (const { id, state } of runs) {
      const steps = finishedSteps(opened.folderOf(id));
      now[id] = steps;
      for (const step of Object.keys(known[id] ?? {})) if (!(step in steps)) wrong.push(`${id} lost its step ${step}`);
      if (state !== 'done' && state !== 'interrupted') wrong.push(`${id} says ${state}, and nobody is doing it`);
      const record = readRecord(opened.folderOf(id));
      if (state === 'done') continue;
      const step = record.steps.find((candidate) => candidate.state === 'running')?.name ?? 'between steps';
      during[step] = (during[step] ?? 0) + 1;
    }
    for (const id of Object.keys(known)) if (!(id in now)) wrong.push(`the run ${id} is gone`);
    progress.known = now;
  } finally {
    opened.close();
  }
}

function countKept(workspace: string, before: KillProgress['known']): number {
  let kept = 0;
  for (const [id, steps] of Object.entries(before)) {
    if (!existsSync(join(workspace, 'runs', id, 'run.json'))) continue;
    const { steps: records } = readRecord(join(workspace, 'runs', id));
    kept += records.filter(({ name, reused }) => reused && name in steps).length;
  }
  return kept;
}

/** What killed starts left lying about, and the last one should have removed. */
function leftovers(temporary: string, workspace: string): string[] {
  const scratch = readdirSync(temporary).filter((name) => /^(mcunet-|cc\w{6}\.)/.test(name));
  const halves = readdirSync(workspace, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tmp$/.test(name));
  return [...scratch, ...halves];
}

/**
 * Starts a victim again and again in one workspace and kills it with SIGKILL at a random moment, so many times; after each kill
 * looks at what is left, and at the end lets it come to its end.
 */
export async function killAgainAndAgain(victim: Victim, trial: KillTrial): Promise<KillProgress> {
  const { folder, kills, random, signal } = trial;
  const [workspace, temporary] = [join(folder, 'workspace'), join(folder, 'temporary')];
  for (const made of [workspace, temporary]) mkdirSync(made, { recursive: true });
  const value = randomUUID();
  const env = { ...process.env, [mark]: value, MCUNET_WORKSPACE: workspace, TMPDIR: temporary };
  const isJob = 'params' in victim;
  const command = isJob
    ? [process.execPath, '--import', 'tsx', child, workspace, JSON.stringify(victim.params)]
    : victim.command;
  const progress: KillProgress = trial.progress ?? {
    ...{ name: victim.name, horizonMs: null, kills: 0, finishedBefore: 0, stepsKept: 0 },
    ...{ during: {}, wrong: [], known: {}, done: false },
  };
  const told = (): void => trial.onProgress?.(progress);

  if (progress.horizonMs === null) {
    // An undisturbed start says how long one takes, and that it can be done at all.
    const since = performance.now();
    const first = await start(command, env, null, signal);
    if (first.exitCode !== 0) throw new Error(`${victim.name} cannot be done at all: ${first.stderr}`);
    progress.horizonMs = performance.now() - since;
    if (isJob) await look(workspace, progress);
    told();
  }
  while (progress.kills < kills) {
    const moment = random.fork(`${progress.kills}-${progress.finishedBefore}`).next() * progress.horizonMs;
    const { killed, exitCode, stderr } = await start(command, env, moment, signal);
    if (killed) progress.kills++;
    else progress.finishedBefore++;
    if (!killed && exitCode !== 0) progress.wrong.push(`a start after a kill failed: ${stderr.slice(-500)}`);
    for (let wait = 0; wait < 200 && marked(value).length > 0; wait++) await sleep(100);
    if (marked(value).length > 0) progress.wrong.push(`${marked(value).length} processes were left`);
    if (isJob) {
      progress.stepsKept += countKept(workspace, progress.known);
      await look(workspace, progress);
    }
    told();
  }
  if (!progress.done) {
    const last = await start(command, env, null, signal);
    if (last.exitCode !== 0) progress.wrong.push(`the last start failed: ${last.stderr.slice(-500)}`);
    if (isJob) progress.stepsKept += countKept(workspace, progress.known);
    for (const name of leftovers(temporary, workspace)) progress.wrong.push(`${name} was left`);
    progress.done = true;
    told();
  }
  return progress;
}
