import { boardTimer, type Board } from '../../boards/index.ts';
import { StudioError, type LongCall } from '../../contract/index.ts';
import type { LatencyPoint } from '../../core/engine/index.ts';
import { createRandom } from '../../core/random/index.ts';
import { buildImage } from '../../firmware/index.ts';
import { withScratch } from '../../processes/index.ts';
import { startOnBoard, type HardwareChoice } from '../pipeline/board.ts';
import { doInThread } from '../threads/index.ts';
import type { CalibrationTask, CompiledSubject } from './messages.ts';
import type { Subject } from './subjects.ts';

/** What one image said about its kernels. Cycles of the board, or what a virtual board estimates from instructions. */
export interface MeasuredSubject {
  readonly points: readonly LatencyPoint[];
  /** Of one inference, all in. */
  readonly cycles: number;
  readonly steps: number;
  readonly movingCycles: number;
  readonly estimated: boolean;
}

/** Images that are measured at most, and how long no further one is begun. */
const MOST_IMAGES = 8;
/** A calibration stays below two minutes: after this nothing new is begun. */
export const MOST_SECONDS = 100;

export interface MeasureKernelsOptions extends LongCall {
  readonly board: Board;
  readonly hardware?: HardwareChoice;
  /** Time that there is; at least one image is measured. Default `MOST_SECONDS`. */
  readonly seconds?: number;
  readonly images?: number;
}

export interface MeasuredKernels {
  readonly subjects: readonly MeasuredSubject[];
  /** False where time was over before all images were measured. */
  readonly complete: boolean;
}

/**
 * Builds networks with random weights, runs each once on the board, and reads what each of its operators took.
 *
 * @throws StudioError of the toolchain, the probe and the link
 */
export async function measureKernels(options: MeasureKernelsOptions): Promise<MeasuredKernels> {
  const { board, seconds = MOST_SECONDS, images = MOST_IMAGES, onProgress } = options;
  const signal = options.signal ?? new AbortController().signal;
  const began = performance.now();
  const passed = (): number => (performance.now() - began) / 1000;
  const inThread = <T>(task: CalibrationTask): Promise<T> =>
    doInThread<CalibrationTask, T>('calibration.worker', import.meta.url, task, signal);
  const subjects = await inThread<readonly Subject[]>({ kind: 'subjects', board, count: images });
  if (subjects.length === 0) throw nothingFits(board);
  const measured: MeasuredSubject[] = [];
  let longest = 0;
  for (const subject of subjects) {
    const start = passed();
    if (measured.length > 0 && start + longest > seconds) break;
    onProgress?.({
      stage: 'measuring kernels',
      done: measured.length,
      total: subjects.length,
      remainingMs:
        measured.length === 0 ? null : (1000 * start * (subjects.length - measured.length)) / measured.length,
    });
    const compiled = await inThread<CompiledSubject>({ kind: 'compile', board, subject });
    measured.push(await measureSubject(board, compiled, options.hardware ?? {}, signal));
    longest = Math.max(longest, passed() - start);
  }
  onProgress?.({ stage: 'measuring kernels', done: subjects.length, total: subjects.length, remainingMs: 0 });
  return { subjects: measured, complete: measured.length === subjects.length };
}

async function measureSubject(
  board: Board,
  { files, kernels, operators, movingCycles }: CompiledSubject,
  hardware: HardwareChoice,
  signal: AbortSignal,
): Promise<MeasuredSubject> {
  return withScratch('calibrate', async (outDir) => {
    const model = files.map(([path, text]) => ({ path, text }));
    const image = await buildImage({ board, model, outDir }, { signal });
    const running = await startOnBoard(board, image.flashImage, image.buildId, { signal }, hardware, operators);
    try {
      const { session } = running;
      const { inputBytes, clockHz } = session.hello();
      const timeOf = boardTimer(board, clockHz);
      const random = createRandom(1);
      const input = Int8Array.from({ length: inputBytes }, () => random.below(256) - 128);
      await session.load(input);
      const whole = timeOf((await session.invoke()).ticks);
      await session.load(input);
      const { operators: ticks } = await session.profile();
      const points = kernels.map((kernel, index) => ({ ...kernel, cycles: timeOf(ticks[index]?.ticks ?? 0).cycles }));
      return {
        // What has no cost has no factor.
        points: points.filter(({ estimate, cycles }) => estimate > 0 && cycles > 0),
        cycles: whole.cycles,
        steps: kernels.reduce((sum, { steps }) => sum + steps, 0),
        movingCycles,
        estimated: whole.estimated,
      };
    } finally {
      await running.close();
    }
  });
}

const nothingFits = (board: Board): StudioError =>
  new StudioError({
    code: 'calibration.nothing-fits',
    message: `None of the networks that a calibration measures fits ${board.name}.`,
    remedy: 'Search with the planner’s estimates: give --no-calibrate.',
    details: { board: board.id },
  });
