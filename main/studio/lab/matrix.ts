import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import {
  describeIssues,
  labMatrixSchema,
  StudioError,
  type LabBoard,
  type LabMatrix,
  type LabOption,
  type Protocol,
} from '../../contract/index.ts';

/** How often a cell is repeated where the matrix does not say. */
export const defaultProtocol: Protocol = { warmup: 1, least: 5, most: 50, withinPercent: 1 };

/** One place of a matrix, by its number. */
export interface MatrixCell {
  readonly index: number;
  /** Which of the matrix's models. */
  readonly modelIndex: number;
  readonly model: string;
  readonly board: LabBoard;
  readonly option: LabOption;
}

/** The cells in the order in which they are done: model by model, with each option on each board. */
export function cellsOf({ models, boards, options = [{}] }: LabMatrix): MatrixCell[] {
  return models
    .flatMap((model, modelIndex) =>
      options.flatMap((option) => boards.map((board) => ({ modelIndex, model: modelName(model), board, option }))),
    )
    .map((cell, index) => ({ ...cell, index }));
}

/** After its file, without the ending. */
export const modelName = (path: string): string => basename(path).replace(/\.(tflite|onnx)$/i, '');

/** `auto -O3` */
export const optionName = ({ plan = 'auto', optimization = '-O3' }: LabOption): string => `${plan} ${optimization}`;

/**
 * Reads a `MATRIX.json`. A board may be written as its id alone; paths in the file are relative to it and come back
 * absolute.
 *
 * @throws StudioError `lab.no-matrix` for what cannot be read, `lab.bad-matrix` with the field that is wrong
 */
export function readMatrix(file: string): LabMatrix {
  const document = readDocument(file);
  const parsed = labMatrixSchema.safeParse(withBoards(document));
  if (!parsed.success) throw badMatrix(file, describeIssues(parsed.error), parsed.error);
  const { models, dataset, ...rest } = parsed.data;
  const from = dirname(resolve(file));
  return {
    ...rest,
    models: models.map((model) => resolve(from, model)),
    ...(dataset === undefined ? {} : { dataset: /^generated:/.test(dataset) ? dataset : resolve(from, dataset) }),
  };
}

function readDocument(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new StudioError({
      code: 'lab.no-matrix',
      message: `The matrix ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      remedy: 'Check the path.',
      details: { file },
      cause: error,
    });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badMatrix(file, `it is not JSON (${error instanceof Error ? error.message : String(error)})`, error);
  }
}

/** `"nucleo-f446re"` → `{ "id": "nucleo-f446re" }` */
function withBoards(document: unknown): unknown {
  if (typeof document !== 'object' || document === null || !('boards' in document)) return document;
  const { boards } = document;
  if (!Array.isArray(boards)) return document;
  return { ...document, boards: boards.map((board: unknown) => (typeof board === 'string' ? { id: board } : board)) };
}

const badMatrix = (file: string, why: string, cause: unknown): StudioError =>
  new StudioError({
    code: 'lab.bad-matrix',
    message: `${file} is no matrix of a lab session: ${why}.`,
    remedy: 'Correct the field named; docs/lab.md shows a whole matrix.',
    details: { file, why },
    cause,
  });
