import {
  StudioError,
  toErrorReport,
  type Dispose,
  type Job,
  type JobEvent,
  type JobParams,
  type RunRecord,
} from '../../contract/index.ts';
import type { RunFolder } from '../../store/index.ts';
import { Trip } from './trip.ts';

/** Does one job on its trip. */
export type DoJob = (params: JobParams, trip: Trip) => Promise<unknown>;

interface Entry {
  readonly params: JobParams;
  readonly run: RunFolder;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
  readonly end: () => void;
  job: Job;
}

/** How many ended jobs stay in the list. */
const keptEnded = 20;
/** Progress reaches listeners at most this often; every other event at once. */
const progressEveryMs = 100;

/**
 * Jobs one after the other: each wants the whole machine, and measurements want it quiet. Every job is a run, whose
 * folder is held from being queued to its end.
 */
export class JobQueue {
  readonly #do: DoJob;
  readonly #entries = new Map<string, Entry>();
  readonly #listListeners = new Set<(jobs: Job[]) => void>();
  readonly #eventListeners = new Map<string, Set<(event: JobEvent) => void>>();
  #running: Entry | null = null;

  constructor(doJob: DoJob) {
    this.#do = doJob;
  }

  /** Puts a run into the queue. The queue closes the run's folder when it is through, or cannot take it. */
  add(params: JobParams, run: RunFolder): void {
    const { id, title } = run.record;
    const job: Job = { runId: id, kind: params.kind, title, state: 'queued', step: null, progress: null, error: null };
    run.begin({ state: 'queued', error: null });
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.#entries.delete(id);
    this.#entries.set(id, { params, run, controller: new AbortController(), ended, end, job });
    this.#changed();
    void this.#next();
  }

  list(): Job[] {
    return [...this.#entries.values()].map(({ job }) => job);
  }

  /** @throws StudioError `job.unknown` */
  cancel(runId: string): void {
    const entry = this.#entries.get(runId);
    if (entry === undefined || isEnded(entry.job))
      throw new StudioError({
        code: 'job.unknown',
        message: `No job of the run ${runId} is running or waiting.`,
        remedy: 'Look at the list of runs: it has ended already.',
      });
    entry.controller.abort();
    if (entry.job.state !== 'queued') return this.#set(entry, { state: 'cancelling' });
    this.#record(entry, { state: 'cancelled' });
    this.#close(entry, 'cancelled');
  }

  /** Resolves when the job has ended, however it ended. */
  async settled(runId: string): Promise<void> {
    await this.#entries.get(runId)?.ended;
  }

  onList(listener: (jobs: Job[]) => void): Dispose {
    this.#listListeners.add(listener);
    return () => this.#listListeners.delete(listener);
  }

  onEvent(runId: string, listener: (event: JobEvent) => void): Dispose {
    const listeners = this.#eventListeners.get(runId) ?? new Set();
    this.#eventListeners.set(runId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#eventListeners.delete(runId);
    };
  }

  /** Stops everything in order: each job ends as cancelled and can be resumed. */
  async close(): Promise<void> {
    const open = [...this.#entries.values()].filter(({ job }) => !isEnded(job));
    for (const { job } of open.reverse()) if (job.state !== 'cancelling') this.cancel(job.runId);
    await Promise.all(open.map(({ ended }) => ended));
  }

  async #next(): Promise<void> {
    if (this.#running !== null) return;
    const entry = [...this.#entries.values()].find(({ job }) => job.state === 'queued');
    if (entry === undefined) return;
    this.#running = entry;
    this.#set(entry, { state: 'running' });
    const trip = new Trip(entry.run, entry.controller.signal, this.#listener(entry));
    try {
      await this.#do(entry.params, trip);
      this.#close(entry, 'done');
    } catch (thrown) {
      const state = entry.controller.signal.aborted ? 'cancelled' : 'failed';
      const error = toErrorReport(thrown);
      // A job that failed before its first step has not written down how it ended.
      if (entry.run.record.state === 'queued') this.#record(entry, { state, error });
      this.#set(entry, { error });
      this.#close(entry, state);
    } finally {
      this.#running = null;
      void this.#next();
    }
  }

  #listener(entry: Entry): (event: JobEvent) => void {
    let lastProgress = 0;
    return (event) => {
      if (event.type === 'progress') {
        const { done, total } = event.progress;
        if (Date.now() - lastProgress < progressEveryMs && done !== total) return;
        lastProgress = Date.now();
        this.#set(entry, { step: event.step, progress: event.progress });
      }
      if (event.type === 'step' && event.step.state === 'running')
        this.#set(entry, { step: event.step.name, progress: null });
      for (const listener of this.#eventListeners.get(entry.job.runId) ?? []) listener(event);
    };
  }

  /** Writes down how a job ended. Where the disk refuses, its run still says `queued`, and can be resumed. */
  #record(entry: Entry, end: Partial<Pick<RunRecord, 'state' | 'error'>>): void {
    try {
      entry.run.update({ ...end, finishedAt: Date.now() });
    } catch (thrown) {
      this.#set(entry, { error: toErrorReport(thrown) });
    }
  }

  #close(entry: Entry, state: 'done' | 'failed' | 'cancelled'): void {
    try {
      entry.run.close();
    } catch (thrown) {
      // The lock is let go of all the same.
      this.#set(entry, { error: toErrorReport(thrown) });
    }
    this.#set(entry, { state, progress: null });
    entry.end();
    const ended = [...this.#entries.values()].filter(({ job }) => isEnded(job));
    for (const { job } of ended.slice(0, Math.max(0, ended.length - keptEnded))) this.#entries.delete(job.runId);
  }

  #set(entry: Entry, change: Partial<Job>): void {
    entry.job = { ...entry.job, ...change };
    this.#changed();
  }

  #changed(): void {
    const jobs = this.list();
    for (const listener of this.#listListeners) listener(jobs);
  }
}

export const isEnded = ({ state }: Job): boolean => state === 'done' || state === 'failed' || state === 'cancelled';
