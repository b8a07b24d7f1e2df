import { create } from 'zustand';
import {
  toErrorReport,
  type BoardSummary,
  type Candidate,
  type CurvePoint,
  type ErrorReport,
  type Job,
  type JobEvent,
  type LogLine,
  type SearchLimits,
  type SerialLine,
  type StepRecord,
  type StudioClient,
} from '../../main/contract/index.ts';

export type Predictions = Extract<JobEvent, { type: 'predictions' }>;

/** What the window knows of one job while it runs; what came before is read from the run. */
export interface LiveJob {
  readonly curve: readonly CurvePoint[];
  readonly steps: readonly StepRecord[];
  readonly answers: {
    readonly right: number;
    readonly done: number;
    readonly total: number;
    /** How often a sample of one class was answered with another: counts by `label,predicted`. */
    readonly counts: Readonly<Record<string, number>>;
  };
  /** What the network says of the same few samples, last heard. */
  readonly predictions: Predictions | null;
  readonly candidates: readonly Candidate[];
  /** How many lines of its log this window has heard. */
  readonly logged: number;
  /** What the candidates keep, once the search has told. */
  readonly limits: SearchLimits | null;
}

const noLife: LiveJob = {
  curve: [],
  steps: [],
  answers: { right: 0, done: 0, total: 0, counts: {} },
  predictions: null,
  candidates: [],
  logged: 0,
  limits: null,
};

/** Lines kept of a log; older ones are in the run's file. */
export const MOST_LINES = 2000;
/** A path is typed letter by letter: it is kept when no more come. */
const KEEP_AFTER_MS = 500;

interface StudioState {
  readonly client: StudioClient | null;
  /** Why there is no connection, once there should be one. */
  readonly lost: ErrorReport | null;
  readonly boards: readonly BoardSummary[];
  readonly boardId: string;
  /** The text form of the dataset that is worked with. */
  readonly dataset: string;
  /** Probes and ports chosen by hand, by board; none where what is plugged in decides. */
  readonly hardware: Readonly<Record<string, ChosenHardware>>;
  /** The lines to boards: open ones, and the last that were. */
  readonly lines: readonly SerialLine[];
  readonly jobs: readonly Job[];
  readonly live: Readonly<Record<string, LiveJob>>;
  readonly log: readonly LogLine[];
  readonly problems: readonly ErrorReport[];
  /** What last failed of what was asked for by hand, until it is dismissed. It is among the problems, too. */
  readonly failure: ErrorReport | null;
  /** Counts up whenever the runs on disk changed. */
  readonly runsVersion: number;
  readonly attach: (client: StudioClient) => void;
  readonly fail: (thrown: unknown) => void;
  readonly lose: (thrown: unknown) => void;
  readonly chooseBoard: (id: string) => void;
  readonly chooseDataset: (spec: string) => void;
  readonly setHardware: (boardId: string, chosen: ChosenHardware) => void;
  readonly dismissProblem: (index: number) => void;
  readonly dismissFailure: () => void;
}

export const useStudio = create<StudioState>((set, get) => {
  const listening = new Set<string>();

  const follow = (client: StudioClient, runId: string): void => {
    if (listening.has(runId)) return;
    listening.add(runId);
    client.listen('job', { runId }, (event) => set((state) => applyEvent(state, runId, event)));
  };

  /** What is worked with belongs to the workspace: it is there again next time, and travels with a project. */
  const keep = (settings: Record<string, string>): void => {
    clearTimeout(keeping);
    unkept = { ...unkept, ...settings };
    keeping = setTimeout(() => {
      const kept = unkept;
      unkept = {};
      get().client?.call('settings.change', { settings: kept }).catch(get().fail);
    }, KEEP_AFTER_MS);
  };
  let keeping: ReturnType<typeof setTimeout> | undefined;
  let unkept: Record<string, string> = {};

  const recall = async (client: StudioClient): Promise<void> => {
    const { board, dataset } = await client.call('settings.get', {});
    if (typeof board === 'string') set({ boardId: board });
    if (typeof dataset === 'string') set({ dataset });
  };

  return {
    client: null,
    lost: null,
    boards: [],
    boardId: 'virtual-stm32f405',
    dataset: 'generated:road-signs',
    hardware: {},
    lines: [],
    jobs: [],
    live: {},
    log: [],
    problems: [],
    failure: null,
    runsVersion: 0,
    attach(client) {
      const before = get().client;
      set({ client, lost: null });
      before?.close();
      listening.clear();
      recall(client).catch(get().fail);
      const lose = (error: Error): void => {
        if (get().client === client) get().lose(error);
      };
      client.listen('boards', {}, (boards) => set({ boards }), lose);
      client.listen('serial', {}, (lines) => set({ lines }));
      client.listen('runs', {}, () => set((state) => ({ runsVersion: state.runsVersion + 1 })));
      client.listen('jobs', {}, (jobs) => {
        set({ jobs });
        for (const job of jobs) if (job.state === 'running' || job.state === 'queued') follow(client, job.runId);
      });
    },
    fail(thrown) {
      const failure = toErrorReport(thrown);
      set((state) => ({ failure, problems: [failure, ...state.problems].slice(0, 50) }));
    },
    lose: (thrown) => set({ client: null, lost: toErrorReport(thrown) }),
    chooseBoard(boardId) {
      set({ boardId });
      keep({ board: boardId });
    },
    chooseDataset(dataset) {
      set({ dataset });
      keep({ dataset });
    },
    setHardware: (boardId, chosen) =>
      set(({ hardware }) => ({ hardware: { ...hardware, [boardId]: { ...hardware[boardId], ...chosen } } })),
    dismissProblem: (index) => set((state) => ({ problems: state.problems.filter((_, i) => i !== index) })),
    dismissFailure: () => set({ failure: null }),
  };
});

/** What an event of a job changes. */
function applyEvent(state: StudioState, runId: string, event: JobEvent): Partial<StudioState> {
  const life = state.live[runId] ?? noLife;
  const become = (change: Partial<LiveJob>): Partial<StudioState> => ({
    live: { ...state.live, [runId]: { ...life, ...change } },
  });
  switch (event.type) {
    case 'curve':
      return become({ curve: [...life.curve, event.point] });
    case 'step': {
      const steps = [...life.steps.filter(({ name }) => name !== event.step.name), event.step];
      return become({ steps, ...(beginsTraining(event.step) && { curve: [], predictions: null }) });
    }
    case 'answer': {
      const before = event.done === 1 ? noLife.answers : life.answers;
      const right = before.right + (event.label === event.predicted ? 1 : 0);
      const cell = `${event.label},${event.predicted}`;
      const counts = { ...before.counts, [cell]: (before.counts[cell] ?? 0) + 1 };
      return become({ answers: { right, done: event.done, total: event.total, counts } });
    }
    case 'predictions':
      return become({ predictions: event });
    case 'candidates':
      return become({ candidates: event.candidates, limits: event.limits });
    case 'log':
      return { ...become({ logged: life.logged + 1 }), log: [...state.log, event.line].slice(-MOST_LINES) };
    case 'ended':
      // Who has cancelled a job knows.
      return event.error === null || event.state !== 'failed'
        ? {}
        : { problems: [event.error, ...state.problems].slice(0, 50) };
    case 'progress':
      return {};
  }
}

/** A run that is gone on with, and each board of a search, trains from the first epoch; a stage that begins is none of that. */
const beginsTraining = ({ name, state, stages }: StepRecord): boolean =>
  name.split('@')[0] === 'train' && state === 'running' && stages.length === 0;

/** The job that the top bar shows: the one that is running, else the first that waits. */
export const currentJob = (jobs: readonly Job[]): Job | null =>
  jobs.find(({ state }) => state === 'running' || state === 'cancelling') ??
  jobs.find(({ state }) => state === 'queued') ??
  null;

export const liveJob = (state: StudioState, runId: string | null): LiveJob =>
  runId === null ? noLife : (state.live[runId] ?? noLife);

/** What was chosen by hand for a board; empty texts are no choice. */
export interface ChosenHardware {
  readonly probe?: string;
  readonly port?: string;
}

/** What a job is told of the hardware: what was chosen for its board by hand, if anything. */
export function hardwareOf({ hardware }: Pick<StudioState, 'hardware'>, boardId: string): ChosenHardware {
  const { probe = '', port = '' } = hardware[boardId] ?? {};
  return { ...(probe === '' ? {} : { probe }), ...(port === '' ? {} : { port }) };
}
