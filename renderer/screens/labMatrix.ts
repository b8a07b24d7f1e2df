import { type LabMatrix, type LabOption } from '../../main/contract/index.ts';

/** A matrix while it is being put together: what the form shows, and what is kept between visits. */
export interface MatrixDraft {
  readonly title: string;
  readonly models: readonly string[];
  readonly boards: LabMatrix['boards'];
  readonly options: readonly Required<LabOption>[];
  readonly protocol: NonNullable<LabMatrix['protocol']>;
  readonly dataset: string;
  readonly evaluateLimit: number;
}

type Protocol = MatrixDraft['protocol'];

/** At least so many repeats are at most as many: where they are not, the number that was `kept` brings the other along. */
export function reconciled(protocol: Protocol, kept: keyof Protocol): Protocol {
  const { least, most } = protocol;
  if (least <= most) return protocol;
  return kept === 'most' ? { ...protocol, least: most } : { ...protocol, most: least };
}

export const emptyDraft: MatrixDraft = {
  title: '',
  models: [],
  boards: [],
  options: [{ plan: 'auto', optimization: '-O3' }],
  protocol: { warmup: 1, least: 5, most: 50, withinPercent: 1 },
  dataset: '',
  evaluateLimit: 200,
};

/** The cells of a matrix as a table: a row for each model with each option, a column for each board. */
export interface MatrixTable {
  readonly boards: readonly string[];
  readonly rows: readonly { readonly model: string; readonly option: string; readonly cells: readonly number[] }[];
}

export function matrixOf(draft: MatrixDraft): LabMatrix {
  const { title, models, boards, options, protocol, dataset, evaluateLimit } = draft;
  return {
    format: 1,
    ...(title === '' ? {} : { title }),
    models: [...models],
    boards,
    options: [...options],
    protocol: reconciled(protocol, 'least'),
    ...(dataset === '' ? {} : { dataset, evaluateLimit }),
  };
}

export function draftOf(matrix: LabMatrix): MatrixDraft {
  const options = matrix.options ?? [{}];
  return {
    title: matrix.title ?? '',
    models: matrix.models,
    boards: matrix.boards,
    options: options.map(({ plan = 'auto', optimization = '-O3' }) => ({ plan, optimization })),
    protocol: matrix.protocol ?? emptyDraft.protocol,
    dataset: matrix.dataset ?? '',
    evaluateLimit: matrix.evaluateLimit ?? emptyDraft.evaluateLimit,
  };
}

export const cellCount = ({ models, boards, options }: MatrixDraft): number =>
  models.length * boards.length * options.length;

export const fileName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

/** Where each cell of a matrix stands in its table; cells are numbered model by model, option by option, board by board. */
export function tableOf({ models, boards, options = [{}] }: LabMatrix): MatrixTable {
  const rows = models.flatMap((path) =>
    options.map(({ plan = 'auto', optimization = '-O3' }) => ({
      model: fileName(path).replace(/\.(tflite|onnx)$/i, ''),
      option: `${plan} ${optimization}`,
    })),
  );
  return {
    boards: boards.map(({ id }) => id),
    rows: rows.map((row, at) => ({ ...row, cells: boards.map((_, board) => at * boards.length + board) })),
  };
}
