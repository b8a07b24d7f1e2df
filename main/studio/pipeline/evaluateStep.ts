import { availableParallelism } from 'node:os';
import {
  evaluationSchema,
  StudioError,
  type Evaluation,
  type ShownSample,
  type SplitName,
} from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import type { InputShape } from '../../core/architecture/index.ts';
import { tensorAt, type Model } from '../../core/graph/index.ts';
import { previewSample, sampleAt, toBoardInput, type Dataset } from '../../datasets/index.ts';
import { InterpreterPool } from '../interpreter/index.ts';
import type { StepContext, Trip } from '../jobs/index.ts';
import { hardwareOf, startOnBoard, type RunningBoard } from './board.ts';
import type { Built } from './built.ts';
import { flashImage } from './imageStep.ts';
import { sameBytes } from './profileStep.ts';
import { largest, scoreOf } from './scores.ts';
import { steps } from './stepTitles.ts';

/** Virtual boards cost nothing but a processor each. */
const mostVirtualBoards = 4;
const mostShown = 14;
const mostShownWrong = 4;

export interface EvaluateWish {
  readonly split: SplitName;
  /** How many samples, from the split's first on (their order is mixed); absent: all. */
  readonly limit: number | undefined;
  /** What the interpreter has answered already; null where it has not. */
  readonly known?: (index: number) => Int8Array | null;
}

interface Answer {
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  readonly score: number;
  readonly equal: boolean;
}

/**
 * Runs a split's samples on the board, compares every answer with the reference interpreter's, and counts what is right.
 */
export async function evaluateStep(
  trip: Trip,
  built: Built,
  dataset: Dataset,
  wish: EvaluateWish,
): Promise<Evaluation> {
  const { board, image, model } = built;
  checkClasses(model.opened.model, dataset);
  const available = dataset[wish.split].labels.length;
  const count = Math.min(available, wish.limit ?? available);
  const evaluation = await trip.step({
    ...steps.evaluate,
    title: `Evaluating on ${board.name}`,
    version: 1,
    input: { image: image.elf.sha256, board, dataset: dataset.fingerprint, split: wish.split, count },
    output: evaluationSchema,
    run: async (context) => {
      if (count === 0) throw noSamples(wish.split, dataset);
      const answers = await answerAll(trip, built, dataset, wish, count, context);
      return summarize(board, dataset, wish.split, answers, show(dataset, wish.split, answers));
    },
  });
  trip.figures({ boardAccuracy: evaluation.accuracy });
  return evaluation;
}

/** The shape in which a dataset's samples must come for a model. @throws StudioError `evaluate.no-image-input` */
export function inputShapeOf(model: Model): InputShape {
  const [id, ...more] = model.inputs;
  const shape = id === undefined ? [] : tensorAt(model, id).shape;
  const [batch = 0, height = 0, width = 0, channels = 0] = shape;
  if (more.length === 0 && shape.length === 4 && batch === 1) return { height, width, channels };
  throw new StudioError({
    code: 'evaluate.no-image-input',
    message: `${model.name} takes ${model.inputs.length} inputs, the first of shape ${shape.join('×')}; a dataset gives one of height × width × channels.`,
    remedy: 'Take a model with one input of four dimensions, or run its samples with `mcunet profile --inputs`.',
    details: { inputs: model.inputs.map((input) => tensorAt(model, input).shape) },
  });
}

function checkClasses(model: Model, dataset: Dataset): void {
  const [id] = model.outputs;
  const outputs = id === undefined ? 0 : tensorAt(model, id).shape.reduce((product, size) => product * size, 1);
  if (model.outputs.length === 1 && outputs === dataset.classes.length) return;
  throw new StudioError({
    code: 'evaluate.other-classes',
    message: `${model.name} tells ${outputs} classes apart, but ${dataset.name} has ${dataset.classes.length}.`,
    remedy: 'Take the dataset that the model was trained for.',
    details: { outputs, classes: dataset.classes },
  });
}

async function answerAll(
  trip: Trip,
  { board, image, model, compilation }: Built,
  dataset: Dataset,
  { split, known }: EvaluateWish,
  count: number,
  context: StepContext,
): Promise<Answer[]> {
  const { opened } = model;
  const boardCount = board.virtual ? Math.min(availableParallelism(), mostVirtualBoards, Math.ceil(count / 8)) : 1;
  const interpreter = new InterpreterPool({ bytes: opened.bytes, name: opened.model.name }, boardCount);
  const boards: RunningBoard[] = [];
  const answers: Answer[] = [];
  const { samples, labels } = { samples: dataset[split], labels: dataset[split].labels };
  let next = 0;
  const work = async ({ session }: RunningBoard): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      context.signal.throwIfAborted();
      const input = toBoardInput(sampleAt(dataset.shape, samples, index));
      const [output, expected] = await Promise.all([session.run(input), known?.(index) ?? interpreter.run([input])]);
      const predicted = largest(output);
      const label = labels[index] ?? 0;
      answers.push({ index, label, predicted, score: scoreOf(output, predicted), equal: sameBytes(output, expected) });
      context.emit({ type: 'answer', label, predicted, done: answers.length, total: count });
      const right = answers.filter((answer) => answer.label === answer.predicted).length;
      context.onProgress({
        stage: 'evaluating',
        done: answers.length,
        total: count,
        remainingMs: null,
        note: `${((100 * right) / answers.length).toFixed(1)} % right`,
      });
    }
  };
  try {
    const flashed = flashImage(trip, board, image);
    const hardware = hardwareOf(trip.run.record.params);
    for (let at = 0; at < boardCount; at++)
      boards.push(await startOnBoard(board, flashed, image.buildId, context, hardware, compilation.operators));
    await Promise.all(boards.map(work));
  } finally {
    await interpreter.close();
    await Promise.all(boards.map((running) => running.close()));
  }
  return answers.sort((a, b) => a.index - b.index);
}

function summarize(
  board: Board,
  dataset: Dataset,
  split: SplitName,
  answers: readonly Answer[],
  shown: ShownSample[],
): Evaluation {
  const confusion = dataset.classes.map(() => dataset.classes.map(() => 0));
  for (const { label, predicted } of answers) {
    const row = confusion[label];
    if (row !== undefined) row[predicted] = (row[predicted] ?? 0) + 1;
  }
  const correct = answers.filter(({ label, predicted }) => label === predicted).length;
  const differing = answers.filter(({ equal }) => !equal);
  return {
    boardId: board.id,
    dataset: dataset.report.spec,
    split,
    classes: [...dataset.classes],
    samples: answers.length,
    correct,
    accuracy: correct / answers.length,
    confusion,
    agreement: {
      compared: answers.length,
      equal: answers.length - differing.length,
      differing: differing.slice(0, 20).map(({ index }) => dataset[split].ids[index] ?? String(index)),
    },
    shown,
  };
}

/** Some wrong ones, then one of each class in turn. */
function show(dataset: Dataset, split: SplitName, answers: readonly Answer[]): ShownSample[] {
  const wrong = answers.filter(({ label, predicted }) => label !== predicted).slice(0, mostShownWrong);
  const seen = new Map<number, number>();
  const right = answers
    .filter(({ label, predicted }) => label === predicted)
    .map((answer) => {
      const turn = seen.get(answer.label) ?? 0;
      seen.set(answer.label, turn + 1);
      return { answer, turn };
    })
    .sort((a, b) => a.turn - b.turn || a.answer.label - b.answer.label)
    .map(({ answer }) => answer);
  return [...wrong, ...right].slice(0, mostShown).map(({ index, label, predicted, score }) => {
    const { id, png } = previewSample(dataset, split, index);
    return { id, label, predicted, score, png: Buffer.from(png).toString('base64') };
  });
}

const noSamples = (split: string, dataset: Dataset): StudioError =>
  new StudioError({
    code: 'evaluate.no-samples',
    message: `The ${split} split of ${dataset.name} has no samples.`,
    remedy: 'Choose another split.',
  });
