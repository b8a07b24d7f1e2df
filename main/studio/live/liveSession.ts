import { randomUUID } from 'node:crypto';
import {
  cancelled,
  StudioError,
  toErrorReport,
  type DatasetReport,
  type LiveFrame,
  type LiveInfo,
  type LiveResult,
  type LiveStatus,
  type LongCall,
} from '../../contract/index.ts';
import { boardTimer } from '../../boards/index.ts';
import { inputBytes, tensorAt } from '../../core/graph/index.ts';
import type { InputShape } from '../../core/architecture/index.ts';
import {
  encodeSample,
  openDataset,
  sampleAt,
  sampleReader,
  toBoardInput,
  type Dataset,
  type SampleReader,
} from '../../datasets/index.ts';
import { readImage } from '../../probes/index.ts';
import { InterpreterPool } from '../interpreter/index.ts';
import { startOnBoard, type HardwareChoice, type RunningBoard } from '../pipeline/index.ts';
import { datasetCache } from '../pipeline/datasetStep.ts';
import { inputShapeOf } from '../pipeline/evaluateStep.ts';
import { sameBytes } from '../pipeline/profileStep.ts';
import { largest } from '../pipeline/scores.ts';
import type { FinishedBuild } from './finishedBuild.ts';

/** Frames that may wait for the board; whoever shows more has not looked at the answers. */
const mostWaiting = 4;
/** A board that went away is looked for again after so long, and after ever longer up to the other. */
const firstRetryMs = 500;
const longestRetryMs = 8000;

export interface LiveOptions {
  /** Names the classes of a run that had no dataset of its own. */
  readonly dataset?: string | undefined;
  readonly hardware: HardwareChoice;
}

/** How a sample comes to be: from a file of its kind, or from the dataset. */
interface Source {
  readonly reader: SampleReader;
  readonly report: Pick<DatasetReport, 'kind' | 'shape' | 'spec'>;
  readonly classes: readonly string[];
  /** Null where there is no dataset. */
  readonly spec: string | null;
}

/**
 * A board that runs a finished build and is shown frames, one after the other. Should it go away (a cable pulled, an
 * emulator ended), every call tells why, and it is looked for until it is back or the session is closed.
 */
export class LiveSession {
  readonly info: LiveInfo;
  readonly #build: FinishedBuild;
  readonly #source: Source;
  readonly #hardware: HardwareChoice;
  readonly #interpreter: InterpreterPool;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(status: LiveStatus) => void>();
  #running: RunningBoard | null;
  #status: LiveStatus = { state: 'ready', error: null };
  #waiting = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #dataset: Promise<Dataset> | null = null;
  #recovering: Promise<void> = Promise.resolve();

  private constructor(build: FinishedBuild, source: Source, running: RunningBoard, hardware: HardwareChoice) {
    this.#build = build;
    this.#source = source;
    this.#running = running;
    this.#hardware = hardware;
    const { bytes, model } = build.opened;
    this.#interpreter = new InterpreterPool({ bytes, name: model.name }, 1);
    this.info = describe(build, source, running);
  }

  /**
   * Puts the build onto its board and waits for its greeting.
   * @throws StudioError `evaluate.no-image-input`, `live.other-classes`, `dataset.…`, `probe.…`, `link.…`
   */
  static async start(build: FinishedBuild, options: LiveOptions, call: LongCall = {}): Promise<LiveSession> {
    const source = await sourceOf(build, options.dataset, call);
    return new LiveSession(build, source, await putOnBoard(build, options.hardware, call), options.hardware);
  }

  get status(): LiveStatus {
    return this.#status;
  }

  onStatus(listener: (status: LiveStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * @throws StudioError `live.busy` where too many wait, `live.closed`, `live.no-sample`, `dataset.unreadable-frame`, and
   * `link.…` or `probe.…` while the board is away
   */
  async infer(frame: LiveFrame): Promise<LiveResult> {
    if (this.#waiting >= mostWaiting) throw busy();
    this.#waiting++;
    const answer = this.#queue.then(() => this.#inferNow(frame));
    this.#queue = answer.catch(() => undefined);
    try {
      return await answer;
    } finally {
      this.#waiting--;
    }
  }

  /** Lets go of the board; `error` says why, where nobody asked for it. Idempotent. */
  async close(error: StudioError | null = null): Promise<void> {
    if (this.#status.state === 'closed') return;
    this.#tell({ state: 'closed', error: error === null ? null : toErrorReport(error) });
    this.#listeners.clear();
    this.#stopping.abort(cancelled('the live session'));
    const running = this.#running;
    this.#running = null;
    await Promise.all([running?.close(), this.#interpreter.close(), this.#recovering]);
  }

  async #inferNow(frame: LiveFrame): Promise<LiveResult> {
    const arrived = performance.now();
    const { sample, label } = await this.#sampleOf(frame);
    const input = toBoardInput(sample);
    const running = this.#board();
    // Beside the board, not after it. Its failure is looked at below, also where the board fails first.
    const asked = this.#interpreter.run([input]);
    asked.catch(() => undefined);
    let output: Int8Array;
    let invocation: { ticks: number; stackBytes: number };
    try {
      const { session } = running;
      await session.load(input);
      invocation = await session.invoke();
      output = await session.output();
    } catch (error) {
      throw this.#lose(running, error);
    }
    const { shape, kind } = this.#source.report;
    const { ms, instructions, cycles } = boardTimer(running.board, running.session.hello().clockHz)(invocation.ticks);
    return {
      predicted: largest(output),
      scores: this.#scoresOf(output),
      label,
      latencyMs: ms,
      instructions,
      cycles,
      stackBytes: invocation.stackBytes,
      equal: sameBytes(output, await asked),
      elapsedMs: performance.now() - arrived,
      png: encodeSample(kind, shape, sample),
    };
  }

  #board(): RunningBoard {
    if (this.#running !== null) return this.#running;
    const { error } = this.#status;
    throw error === null ? closed() : new StudioError({ ...error, details: { ...error.details } });
  }

  async #sampleOf(frame: LiveFrame): Promise<{ sample: Uint8Array; label: number | null }> {
    if (frame.kind === 'file') return { sample: await this.#source.reader.read(frame.bytes), label: null };
    const dataset = await this.#openDataset();
    const split = dataset[frame.split];
    if (frame.index >= split.labels.length) throw noSample(frame.split, split.labels.length);
    return { sample: sampleAt(dataset.shape, split, frame.index), label: split.labels[frame.index] ?? null };
  }

  #openDataset(): Promise<Dataset> {
    const { spec, report } = this.#source;
    if (spec === null) return Promise.reject(noDataset());
    this.#dataset ??= openDataset(spec, {
      cacheDir: datasetCache(),
      shape: report.shape,
      signal: this.#stopping.signal,
    });
    this.#dataset.catch(() => (this.#dataset = null));
    return this.#dataset;
  }

  #scoresOf(output: Int8Array): number[] {
    const { model } = this.#build.opened;
    const { quantization } = tensorAt(model, model.outputs[0]);
    const [scale = 1, zeroPoint = 0] = [quantization?.scales[0], quantization?.zeroPoints[0]];
    return Array.from(output.subarray(0, this.#source.classes.length), (value) => scale * (value - zeroPoint));
  }

  /** The board is gone: says so, and looks for it until it is back. Gives what the caller is told. */
  #lose(running: RunningBoard, thrown: unknown): unknown {
    if (this.#running !== running) return thrown;
    this.#running = null;
    this.#tell({ state: 'lost', error: toErrorReport(thrown) });
    this.#recovering = this.#recover(running);
    return thrown;
  }

  async #recover(lost: RunningBoard): Promise<void> {
    const { signal } = this.#stopping;
    await lost.close();
    for (let pauseMs = firstRetryMs; !signal.aborted; pauseMs = Math.min(2 * pauseMs, longestRetryMs)) {
      await pause(pauseMs, signal);
      if (signal.aborted) return;
      try {
        const running = await putOnBoard(this.#build, this.#hardware, { signal });
        if (signal.aborted) return await running.close();
        this.#running = running;
        this.#tell({ state: 'ready', error: null });
        return;
      } catch (error) {
        if (!signal.aborted) this.#tell({ state: 'lost', error: toErrorReport(error) });
      }
    }
  }

  #tell(status: LiveStatus): void {
    this.#status = status;
    for (const listener of [...this.#listeners]) listener(status);
  }
}

function putOnBoard(build: FinishedBuild, hardware: HardwareChoice, call: LongCall): Promise<RunningBoard> {
  const { board, elfFile, image, compilation } = build;
  return startOnBoard(board, readImage(elfFile, board), image.buildId, call, hardware, compilation.operators);
}

async function sourceOf(build: FinishedBuild, wished: string | undefined, call: LongCall): Promise<Source> {
  const { model } = build.opened;
  const shape = inputShapeOf(model);
  const report = wished === undefined ? build.dataset : await reportOf(wished, shape, call);
  const outputs = tensorAt(model, model.outputs[0]).shape.reduce((product, size) => product * size, 1);
  if (report === null) {
    const nothing = { kind: 'images' as const, shape, spec: '' };
    const classes = Array.from({ length: outputs }, (_, index) => String(index));
    return { reader: sampleReader(nothing), report: nothing, classes, spec: null };
  }
  if (report.classes.length !== outputs) throw otherClasses(model.name, outputs, report);
  const inShape = { ...report, shape };
  return {
    reader: sampleReader(inShape),
    report: inShape,
    classes: report.classes.map(({ name }) => name),
    spec: report.spec,
  };
}

async function reportOf(spec: string, shape: InputShape, call: LongCall): Promise<DatasetReport> {
  return (await openDataset(spec, { cacheDir: datasetCache(), shape, ...call })).report;
}

function describe(build: FinishedBuild, { reader, report, classes, spec }: Source, running: RunningBoard): LiveInfo {
  const { board, image, compilation, runId, opened } = build;
  const hello = running.session.hello();
  const [bytes] = inputBytes(opened.model);
  if (bytes !== hello.inputBytes) throw new Error(`the board takes ${hello.inputBytes} bytes, the model ${bytes}`);
  return {
    liveId: randomUUID(),
    runId,
    boardId: board.id,
    boardName: board.name,
    virtual: board.virtual,
    buildId: image.buildId,
    model: opened.model.name,
    classes: [...classes],
    kind: reader.kind,
    shape: { ...report.shape },
    seconds: reader.seconds,
    preprocessing: `${reader.explained} The board gets each byte less 128.`,
    dataset: spec,
    estimated: board.virtual,
    clockHz: hello.clockHz,
    sramBytes: compilation.planned.sramBytes,
    stackTotalBytes: hello.stackBytes,
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}

const busy = (): StudioError =>
  new StudioError({
    code: 'live.busy',
    message: `The board has ${mostWaiting} frames to answer already.`,
    remedy: 'Show the next frame when an answer has come.',
  });

export const closed = (): StudioError =>
  new StudioError({
    code: 'live.closed',
    message: 'This live session has ended.',
    remedy: 'Start it again.',
  });

const noDataset = (): StudioError =>
  new StudioError({
    code: 'live.no-dataset',
    message: 'This run had no dataset whose samples could be shown.',
    remedy: 'Name a dataset when the session is started, or show a file.',
  });

const noSample = (split: string, count: number): StudioError =>
  new StudioError({
    code: 'live.no-sample',
    message: `The ${split} split has only ${count} samples.`,
    remedy: 'Show one of those.',
    details: { split, count },
  });

const otherClasses = (model: string, outputs: number, { name, classes }: DatasetReport): StudioError =>
  new StudioError({
    code: 'live.other-classes',
    message: `${model} tells ${outputs} classes apart, but ${name} has ${classes.length}.`,
    remedy: 'Take the dataset that the model was trained for.',
    details: { outputs, classes: classes.map((entry) => entry.name) },
  });
