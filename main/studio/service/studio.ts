import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  jobParamsSchema,
  StudioError,
  toErrorReport,
  type Dispose,
  type Job,
  type JobParams,
  type StudioHandlers,
} from '../../contract/index.ts';
import { captureSample, countCaptured, discardSample } from '../../datasets/index.ts';
import { networkUse, onNetworkUse, removeStaleScratch } from '../../processes/index.ts';
import { readRunLog, Workspace } from '../../store/index.ts';
import { findBoard } from '../../boards/index.ts';
import { calibrate, storedCalibration, summaryOf } from '../calibration/index.ts';
import { listBoards } from '../boards.ts';
import { checkUp } from '../doctor.ts';
import { exportInThread } from '../exportModel.ts';
import { flashBoard, unlockBoard } from '../flash.ts';
import { isEnded, JobQueue, type DoJob } from '../jobs/index.ts';
import { LiveSessions } from '../live/index.ts';
import { modelInfo, openModel, runModelInThread } from '../models/index.ts';
import { doJob, hardwareOf } from '../pipeline/index.ts';
import { serialLines } from '../serialLines.ts';
import { smokeTest } from '../smoke.ts';
import { inspectProject, openProject, packProject } from '../projects/index.ts';
import { isCellOf, preflight, readMatrix, sessionAt, sessionTable } from '../lab/index.ts';
import { listReferences } from '../references.ts';
import { readReport, tableFile } from '../report/index.ts';
import { studioVersion } from '../version.ts';
import { ByHand } from './byHand.ts';
import { datasetSamples, inspectDataset } from './datasets.ts';
import { boardsOf, describeJob } from './describeJob.ts';
import { listFolder, wholePath } from './files.ts';
import { readRunArtefact } from './runArtefact.ts';
import { runsAskedFor, runsTable } from './runsTable.ts';

/** How often runs that another process writes are looked for, while somebody listens. */
const runsEveryMs = 2000;
/** How often the boards that are plugged in are looked for, while somebody listens. */
const boardsEveryMs = 1000;

/** How often the lines to boards are looked at, while somebody listens. */
const serialEveryMs = 1000;

/** The service itself: one workspace, its runs, its queue of jobs. Hosts serve `handlers` to their clients. */
export class Studio {
  readonly handlers: StudioHandlers;
  readonly #workspace: Workspace;
  readonly #queue: JobQueue;
  readonly #live = new LiveSessions();
  readonly #byHand = new ByHand();
  /** Those of the job that is being done. */
  #boardsInUse: readonly string[] = [];

  constructor(workspaceFolder: string, work: DoJob = doJob) {
    this.#workspace = Workspace.open(workspaceFolder);
    removeStaleScratch();
    this.#queue = new JobQueue(async (params, trip) => {
      this.#boardsInUse = boardsOf(params);
      try {
        // From now on nothing is begun by hand; what has been begun is waited for.
        await this.#byHand.ended(this.#boardsInUse, trip.signal);
        for (const board of this.#boardsInUse) await this.#live.releaseReal(board);
        return await work(params, trip);
      } finally {
        this.#boardsInUse = [];
      }
    });
    this.handlers = this.#makeHandlers();
  }

  /** Stops what runs, in order, and lets go of the workspace. */
  async close(): Promise<void> {
    await this.#live.close();
    await this.#queue.close();
    this.#workspace.close();
  }

  #makeHandlers(): StudioHandlers {
    const workspace = this.#workspace;
    const queue = this.#queue;
    return {
      calls: {
        'system.info': async () => ({
          version: studioVersion(),
          workspace: workspace.folder,
          platform: `${process.platform}-${process.arch}`,
          processors: availableParallelism(),
          offline: true as const,
          network: networkUse(),
        }),
        'doctor.check': () => checkUp(),
        'boards.list': () => listBoards(),
        'boards.calibration': async ({ boardId }) => {
          const stored = await storedCalibration(findBoard(boardId), workspace.folder);
          return stored === null ? null : summaryOf(stored);
        },
        'boards.calibrate': async ({ boardId, ...hardware }, call) => {
          const wish = { ...call, hardware: hardwareOf(hardware), workspace: workspace.folder };
          return summaryOf(await this.#withBoard(boardId, () => calibrate(boardId, wish)));
        },
        'boards.smoke': async ({ boardId, ...hardware }, call) => {
          const test = (): ReturnType<typeof smokeTest> => smokeTest(boardId, hardwareOf(hardware), call);
          const { hello, blinks, measuredClockHz } = await this.#withBoard(boardId, test);
          const { buildId, clockHz, clockSource, counter } = hello;
          return { buildId, clockHz, clockSource, counter, blinks, measuredClockHz };
        },
        'boards.flash': async ({ boardId, image, ...hardware }, call) => {
          const flash = (): ReturnType<typeof flashBoard> =>
            flashBoard(boardId, wholePath(image), hardwareOf(hardware), call);
          const { selector, chip, bytes, serialPath } = await this.#withBoard(boardId, flash);
          return { selector, chip: chip.name, bytes, serialPath };
        },
        'boards.unlock': async ({ boardId, confirmation, ...hardware }, call) => {
          await this.#withBoard(boardId, () => unlockBoard(boardId, confirmation, hardwareOf(hardware), call));
          return {};
        },
        'datasets.inspect': ({ spec }, call) => inspectDataset(spec, call),
        'datasets.samples': (params, call) => datasetSamples(params, call),
        'capture.add': async ({ folder, ...sample }) => captureSample({ folder: wholePath(folder), ...sample }),
        'capture.discard': async ({ folder, id }) => {
          discardSample(wholePath(folder), id);
          return {};
        },
        'capture.classes': async ({ folder }) => countCaptured(wholePath(folder)),
        'models.inspect': async ({ path }) => modelInfo(openModel(path)),
        'models.export': async (request, { signal }) => {
          const { format, folder, files } = await exportInThread({ ...request, out: wholePath(request.out) }, signal);
          return { format, folder, files: [...files] };
        },
        'models.run': async ({ model, inputs, out }, call) => {
          const { samples } = await runModelInThread({ model, inputs, out: wholePath(out) }, call);
          return { samples: [...samples] };
        },
        'runs.list': (filter) => workspace.listRuns(filter),
        'runs.get': async ({ id }) => workspace.readRun(id),
        'runs.log': async ({ id, from }) => readRunLog(workspace.folderOf(id), from),
        'runs.report': async ({ id }) => {
          const { bytes } = readRunArtefact(workspace.folderOf(id), 'report.json');
          return { ...readReport(bytes, join(workspace.folderOf(id), 'report.json')), runId: id };
        },
        'runs.artefact': async ({ id, name }) => readRunArtefact(workspace.folderOf(id), name),
        'runs.rename': async ({ id, title }) => {
          this.#expectIdle(id, 'renamed');
          workspace.renameRun(id, title);
          return {};
        },
        'runs.export': async ({ format, columns, references, ...wish }) => {
          const runs = await runsAskedFor(wish, workspace);
          return tableFile(runsTable(runs, columns, references ? listReferences() : []), format, 'runs');
        },
        'runs.remove': async ({ id }) => {
          this.#expectIdle(id, 'removed');
          workspace.removeRun(id);
          return {};
        },
        'references.list': async () => listReferences(),
        'lab.read': async ({ path }) => readMatrix(path),
        'lab.preflight': ({ matrix }, call) => preflight(matrix, { ...call, workspace: workspace.folder }),
        'lab.session': async ({ id }) => sessionAt(workspace.folderOf(id)),
        'lab.export': async ({ id, format }) => tableFile(sessionTable(sessionAt(workspace.folderOf(id))), format, id),
        'jobs.start': async ({ params, title }) => ({ runId: this.#start(params, title) }),
        'jobs.resume': async ({ runId }) => ({ runId: this.#resume(runId) }),
        'jobs.cancel': async ({ runId }) => {
          queue.cancel(runId);
          return {};
        },
        'jobs.list': async () => queue.list(),
        'live.start': async ({ runId, dataset, ...hardware }, call) => {
          const { boardId } = workspace.readRun(runId);
          const start = (): ReturnType<LiveSessions['start']> =>
            this.#live.start(workspace.folderOf(runId), { dataset, hardware: hardwareOf(hardware) }, call);
          return boardId === null ? start() : this.#withBoard(boardId, start);
        },
        'live.infer': ({ liveId, frame }) => this.#live.infer(liveId, frame),
        'live.stop': async ({ liveId }) => {
          await this.#live.stop(liveId);
          return {};
        },
        'projects.inspect': async ({ path }) => inspectProject(path),
        'projects.pack': (request, call) => packProject(workspace, request, call),
        'projects.open': ({ path }, call) => openProject(workspace, path, call),
        'settings.get': async () => workspace.settings,
        'settings.change': async ({ settings }) => workspace.changeSettings(settings),
        'files.list': async ({ folder }) => listFolder(folder),
      },
      events: {
        jobs: (_params, emit) => {
          emit(queue.list());
          return queue.onList(emit);
        },
        job: ({ runId }, emit) => queue.onEvent(runId, emit),
        runs: (_params, emit) => {
          const unsubscribe = workspace.onChange((changed) => emit({ changed: [...changed] }));
          const stop = every(runsEveryMs, async () => void (await workspace.refresh()));
          return () => {
            unsubscribe();
            stop();
          };
        },
        serial: (_params, emit) => {
          let before = '';
          return every(serialEveryMs, async () => {
            const lines = serialLines();
            const now = JSON.stringify(lines);
            if (now !== before) emit(lines);
            before = now;
          });
        },
        live: ({ liveId }, emit) => this.#live.listen(liveId, emit),
        network: (_params, emit) => {
          emit(networkUse());
          return onNetworkUse(emit);
        },
        boards: (_params, emit) => {
          let before = '';
          return every(boardsEveryMs, async () => {
            const boards = await listBoards();
            const now = JSON.stringify(boards);
            if (now !== before) emit(boards);
            before = now;
          });
        },
      },
    };
  }

  /** That no job of ours is about this run: its own, or the lab session whose cell it is. */
  #expectIdle(runId: string, wish: 'renamed' | 'removed'): void {
    const job = this.#queue.list().find((each) => !isEnded(each) && isOf(each, runId));
    if (job === undefined) return;
    const doing = job.state === 'queued' ? 'is waiting for its turn' : 'is being done';
    throw new StudioError({
      code: 'run.being-done',
      message: `${job.title} ${doing}, so the run ${runId} cannot be ${wish}.`,
      remedy: 'Wait until it has ended, or cancel it first.',
      details: { runId, job: job.runId, state: job.state },
    });
  }

  /** Does something with a board by hand, where nothing else is done with it. */
  async #withBoard<T>(boardId: string, work: () => Promise<T>): Promise<T> {
    this.#expectBoardFree(boardId);
    return this.#byHand.with(boardId, async () => {
      await this.#live.releaseReal(boardId);
      return work();
    });
  }

  /** That the job that is being done does not measure on this board. Of virtual boards there is always another. */
  #expectBoardFree(boardId: string | null): void {
    if (boardId === null || !this.#boardsInUse.includes(boardId)) return;
    const { name, virtual } = findBoard(boardId);
    const job = this.#queue.list().find(({ state }) => state === 'running' || state === 'cancelling');
    if (virtual || job === undefined) return;
    throw new StudioError({
      code: 'board.in-use',
      message: `${name} is taken by a job that is being done: ${job.title}.`,
      remedy: 'Wait until it has ended, or cancel it first.',
      details: { boardId, job: job.runId, state: job.state },
    });
  }

  #start(params: JobParams, title: string | undefined): string {
    const described = describeJob(params);
    const run = this.#workspace.createRun({
      ...described,
      title: title ?? described.title,
      kind: params.kind,
      params,
    });
    this.#queue.add(params, run);
    return run.record.id;
  }

  #resume(runId: string): string {
    const run = this.#workspace.openRun(runId);
    const params = jobParamsSchema.safeParse(run.record.params);
    if (!params.success) {
      run.close();
      throw new StudioError({
        code: 'job.not-resumable',
        message: `The run ${runId} was made with parameters that this version does not know.`,
        remedy: 'Start it anew.',
        details: { params: run.record.params },
      });
    }
    this.#queue.add(params.data, run);
    return runId;
  }
}

const isOf = (job: Job, runId: string): boolean =>
  job.runId === runId || (job.kind === 'bench' && isCellOf(job.runId, runId));

/**
 * Does something now and then. What fails may succeed the next time (a full disk, a drive that was pulled), and must not end
 * the jobs that are being done: it is told as a warning of the process, once until it changes.
 */
function every(ms: number, work: () => Promise<void>): Dispose {
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  let told = '';
  const turn = (): void => {
    void work()
      .catch((error: unknown) => {
        const { message, remedy } = toErrorReport(error);
        if (told !== message) process.emitWarning(`${message} ${remedy}`);
        told = message;
      })
      .finally(() => {
        if (!stopped) timer = setTimeout(turn, ms);
      });
  };
  turn();
  return () => {
    stopped = true;
    if (timer !== null) clearTimeout(timer);
  };
}
