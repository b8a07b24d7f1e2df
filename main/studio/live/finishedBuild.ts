import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { StudioError, type DatasetReport } from '../../contract/index.ts';
import { findBoard, type Board } from '../../boards/index.ts';
import { pathInside, readRecord } from '../../store/index.ts';
import { openModel, type OpenModel } from '../models/index.ts';
import { compilationSchema, type Compilation } from '../pipeline/compileStep.ts';
import { imageSchema, type Image } from '../pipeline/imageStep.ts';

/** What a finished run has to be put onto a board again. */
export interface FinishedBuild {
  readonly runId: string;
  readonly folder: string;
  readonly board: Board;
  readonly opened: OpenModel;
  readonly compilation: Compilation;
  readonly image: Image;
  readonly elfFile: string;
  /** What opening its dataset had found; null for a run without one. */
  readonly dataset: DatasetReport | null;
}

const reportParts = z.object({ model: z.object({ name: z.string() }), board: z.object({ id: z.string() }) });

/**
 * Reads back what a run has built.
 * @throws StudioError `live.not-built`, `board.unknown`, and those of `readRecord`
 */
export function finishedBuild(folder: string): FinishedBuild {
  const { id } = readRecord(folder);
  const report = reportParts.safeParse(readJson(folder, 'report.json'));
  const compilation = outputOf(folder, 'compile', compilationSchema);
  const image = outputOf(folder, 'image', imageSchema);
  const modelFile = ['model.tflite', 'model.onnx']
    .map((name) => pathInside(folder, name))
    .find((file) => existsSync(file));
  if (!report.success || compilation === null || image === null || modelFile === undefined) throw notBuilt(id);
  const elfFile = pathInside(folder, image.elf.file);
  if (!existsSync(elfFile)) throw notBuilt(id);
  const dataset = readJson(folder, 'dataset.json');
  return {
    runId: id,
    folder,
    board: findBoard(report.data.board.id),
    opened: openModel(modelFile, report.data.model.name),
    compilation,
    image,
    elfFile,
    dataset: isReport(dataset) ? dataset : null,
  };
}

function outputOf<T>(folder: string, step: string, schema: z.ZodType<T>): T | null {
  const parsed = z.object({ output: schema }).safeParse(readJson(folder, `steps/${step}.json`));
  return parsed.success ? parsed.data.output : null;
}

/** Null where there is no such file, or none that can be read: then the run has not got so far. */
function readJson(folder: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(pathInside(folder, name), 'utf8'));
  } catch {
    return null;
  }
}

/** The run's own file; its samples are not in it. */
const isReport = (value: unknown): value is DatasetReport =>
  typeof value === 'object' && value !== null && 'spec' in value && 'classes' in value && 'shape' in value;

const notBuilt = (runId: string): StudioError =>
  new StudioError({
    code: 'live.not-built',
    message: `The run ${runId} has no finished image to put onto a board.`,
    remedy: 'Choose a run that was built to its end, or build the model now.',
    details: { runId },
  });
