import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import {
  cancelled,
  toErrorReport,
  type Artefact,
  type CellStepName,
  type JobEvent,
  type LogLine,
  type Progress,
  type RunFigures,
  type RunRecord,
  type StepName,
  type StepRecord,
} from '../../contract/index.ts';
import { WALL_CLOCK, type BudgetClock } from '../../processes/index.ts';
import type { RunFolder } from '../../store/index.ts';
import { hashOf } from './canonical.ts';
import { withRemainingTime } from './remaining.ts';
import { Stages } from './stages.ts';

/** What a step is given while it works. */
export interface StepContext {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly log: (message: string, level?: LogLine['level']) => void;
  /** Tells whoever watches the job. */
  readonly emit: (event: JobEvent) => void;
  /** Where a file of the run stands. */
  readonly path: (file: string) => string;
  /**
   * Where work that is half done stands, for the step to go on with after it was stopped. It is found again by the same step
   * with the same input alone, and is gone when the step is done or begins with another input.
   */
  readonly unfinished: (file: string) => string;
  /** Writes a file that belongs to the step's result; written before its end it is there even if the step is stopped. */
  readonly write: (file: string, content: string | Uint8Array) => Artefact;
  /** Counts a file that the step has put into the run's folder among its results. */
  readonly keep: (file: string, name?: string) => Artefact;
}

/** One arrow of the pipeline, as a restartable step of a run. */
export interface Step<O> {
  readonly name: StepName | CellStepName;
  readonly title: string;
  /** Raised when the step comes to mean something else, so that old results are not taken for it. */
  readonly version: number;
  /** All that the answer depends on, as JSON: parameters, and hashes of what earlier steps gave. */
  readonly input: unknown;
  readonly output: z.ZodType<O>;
  /** Whether it is done on every trip: for what looks at the world, which may have changed. */
  readonly always?: boolean;
  readonly run: (context: StepContext) => Promise<O>;
}

/** A step as its run's record has it: named, and told, for the part of the job whose it is. */
type OwnedStep<O> = Omit<Step<O>, 'name'> & { readonly name: string; readonly part?: string };

/**
 * One trip through the pipeline: runs steps in turn, keeps what each gave in the run's folder, and takes what an
 * earlier, interrupted trip has already done with the same input.
 */
export class Trip {
  readonly run: RunFolder;
  readonly signal: AbortSignal;
  /** What the job's minutes are counted in. */
  readonly clock: BudgetClock;
  readonly #emit: (event: JobEvent) => void;
  /** Of which part of the job this is the trip; empty for the whole of it. */
  readonly #part: { readonly id: string; readonly title: string; readonly whole: Trip } | null;
  #steps: readonly StepRecord[] = [];

  constructor(
    run: RunFolder,
    signal: AbortSignal,
    emit: (event: JobEvent) => void,
    clock: BudgetClock = WALL_CLOCK,
    part: { readonly id: string; readonly title: string; readonly whole: Trip } | null = null,
  ) {
    this.#part = part;
    this.run = run;
    this.signal = signal;
    this.#emit = emit;
    this.clock = clock;
  }

  /**
   * Does a whole job and writes down how it ended.
   *
   * @param plan the steps to come, for whoever wants to draw them
   * @throws what ended it, after the run's record says so
   */
  async go<T>(plan: readonly Pick<Step<unknown>, 'name' | 'title'>[], body: () => Promise<T>): Promise<T> {
    this.#steps = plan.map(({ name, title }) => waiting(name, title));
    this.run.update({ state: 'running', steps: [...this.#steps], error: null, finishedAt: null });
    try {
      const answer = await body();
      this.#end('done', null);
      return answer;
    } catch (thrown) {
      // Whatever a stopped step throws (a link that was closed, a process that was ended) says only that it was stopped.
      const stopped = this.signal.aborted;
      const error = stopped ? cancelled(this.run.record.title) : thrown;
      this.#end(stopped ? 'cancelled' : 'failed', error);
      throw error;
    }
  }

  /**
   * The trip of a part of the job: the same steps once more, beside those of the whole, with files of their own. Its
   * figures do not count as the run's.
   *
   * @param id names its steps (`train@ID`) and its folder (`parts/ID`)
   * @param title stands behind the steps' titles
   */
  within(id: string, title: string): Trip {
    return new Trip(this.run, this.signal, this.#emit, this.clock, { id, title, whole: this });
  }

  /** A file of this trip, as the run's folder names it; a name that an earlier step's artefact gives is that already. */
  file(name: string): string {
    const folder = this.#part === null ? '' : `parts/${this.#part.id}/`;
    return name.startsWith(folder) ? name : `${folder}${name}`;
  }

  async step<O>(step: Step<O>): Promise<O> {
    this.signal.throwIfAborted();
    const part = this.#part;
    if (part !== null) {
      const { whole, id, title } = part;
      const owned = { ...step, name: `${step.name}@${id}`, title: `${step.title} (${title})`, part: title };
      return whole.#stepIn(owned, this);
    }
    return this.#stepIn(step, this);
  }

  async #stepIn<O>(step: OwnedStep<O>, owner: Trip): Promise<O> {
    const inputHash = hashOf({ step: step.name, version: step.version, input: step.input });
    const earlier = step.always === true ? null : this.run.finishedStep(step.name, inputHash);
    const parsed = earlier === null ? null : step.output.safeParse(earlier.output);
    if (parsed?.success === true) {
      this.#change(step, { state: 'done', inputHash, reused: true });
      this.log(`${step.title}: taken from before`, step.name);
      return parsed.data;
    }
    return this.#work(step, inputHash, owner);
  }

  log(message: string, step: string | null = null, level: LogLine['level'] = 'info'): void {
    const line: LogLine = { at: Date.now(), level, step, message };
    this.run.log(line);
    this.#emit({ type: 'log', line });
  }

  /** Writes down figures by which runs are compared, as soon as they are known. */
  figures(
    figures: Partial<RunFigures>,
    more: Partial<Pick<RunRecord, 'model' | 'dataset' | 'boardId' | 'imageSha256'>> = {},
  ): void {
    if (this.#part !== null) return;
    this.run.update({ ...more, figures: { ...this.run.record.figures, ...figures } });
  }

  async #work<O>(step: OwnedStep<O>, inputHash: string, owner: Trip): Promise<O> {
    // A step may write a file again and again, as it comes to know better: its last state counts.
    const artefacts = new Map<string, Artefact>();
    const keep = (artefact: Artefact): Artefact => {
      artefacts.set(artefact.name, artefact);
      return artefact;
    };
    const half = this.#halfDone(step, inputHash, owner);
    const startedAt = Date.now();
    this.#change(step, { state: 'running', inputHash, startedAt, stages: [] });
    const stages = new Stages();
    this.log(step.title, step.name);
    try {
      const output = await step.run({
        signal: this.signal,
        onProgress: withRemainingTime((progress) => {
          if (stages.enter(progress.stage)) this.#change(step, { stages: stages.list() });
          this.#emit({ type: 'progress', step: step.name, progress });
        }),
        log: (message, level) => this.log(message, step.name, level),
        emit: this.#emit,
        path: (file) => this.run.path(owner.file(file)),
        unfinished: (file) => join(half.folder, file),
        write: (file, content) => keep(this.run.writeArtefact(step.name, owner.file(file), content)),
        keep: (file, name) => keep(this.run.artefact(step.name, owner.file(file), name && owner.file(name))),
      });
      this.signal.throwIfAborted();
      this.run.finishStep(step.name, { inputHash, artefacts: [...artefacts.values()], output });
      half.remove();
      this.#change(step, { state: 'done', finishedAt: Date.now(), stages: stages.end() });
      return output;
    } catch (error) {
      // What it wrote until then is there for the taking, though no later trip builds on it.
      this.run.keepArtefacts(step.name, [...artefacts.values()]);
      this.#change(step, { state: 'failed', finishedAt: Date.now() });
      throw error;
    }
  }

  /** The folder of a step's half-done work; what the same step left there with another input is worth nothing any more. */
  #halfDone(
    { name }: OwnedStep<unknown>,
    inputHash: string,
    owner: Trip,
  ): { readonly folder: string; readonly remove: () => void } {
    const all = this.run.path(owner.file(UNFINISHED));
    const [own] = name.split('@');
    const folder = `${own}.${inputHash.slice(0, HASH_LETTERS)}`;
    const remove = (isDoomed: (entry: string) => boolean): void => {
      if (!existsSync(all)) return;
      for (const entry of readdirSync(all).filter(isDoomed)) rmSync(join(all, entry), { recursive: true, force: true });
      if (readdirSync(all).length === 0) rmdirSync(all);
    };
    remove((entry) => entry.startsWith(`${own}.`) && entry !== folder);
    return { folder: join(all, folder), remove: () => remove((entry) => entry === folder) };
  }

  #change({ name, title, part }: OwnedStep<unknown>, change: Partial<StepRecord>): void {
    const before = this.#steps.find((step) => step.name === name) ?? waiting(name, title);
    const after = { ...before, title, ...(part !== undefined && { part }), ...change };
    this.#steps = this.#steps.includes(before)
      ? this.#steps.map((step) => (step === before ? after : step))
      : [...this.#steps, after];
    this.run.update({ steps: [...this.#steps] });
    this.#emit({ type: 'step', step: after });
  }

  #end(state: 'done' | 'failed' | 'cancelled', thrown: unknown): void {
    const error = thrown === null ? null : toErrorReport(thrown);
    if (error !== null) this.log(`${error.message} ${error.remedy}`, null, state === 'failed' ? 'error' : 'warning');
    this.run.update({ state, error, finishedAt: Date.now() });
    this.#emit({ type: 'ended', state, error });
  }
}

/** The folder of what steps have begun, with one of their own for each, named by step and input. */
const UNFINISHED = 'unfinished';
const HASH_LETTERS = 12;

const waiting = (name: string, title: string): StepRecord => ({
  name,
  title,
  state: 'waiting',
  inputHash: null,
  startedAt: null,
  finishedAt: null,
  reused: false,
  note: null,
  stages: [],
});
