import type { BuildParams } from '../../contract/index.ts';
import { findBoard, type Board } from '../../boards/index.ts';
import type { Trip } from '../jobs/index.ts';
import type { MemoryLimits } from './compile.ts';
import { compileStep, type Compilation } from './compileStep.ts';
import { imageStep, type Image } from './imageStep.ts';
import { takeModel, type TakenModel } from './modelStep.ts';

/** A model that was built for a board. */
export interface Built {
  readonly board: Board;
  readonly model: TakenModel;
  readonly compilation: Compilation;
  readonly image: Image;
}

interface BuildHooks {
  /** Looks at the model before the long steps, so that what is wrong is told at once. */
  readonly check?: (model: TakenModel) => void;
  /** What to call the model, where it is not after its file. */
  readonly name?: string;
  /** What the model may take, where that is less than the board leaves to it. */
  readonly limits?: MemoryLimits;
}

/** From a model file to an image. */
export async function build(
  params: Pick<BuildParams, 'model' | 'boardId' | 'plan' | 'inputMode' | 'optimization'>,
  trip: Trip,
  { check = () => undefined, name, limits = {} }: BuildHooks = {},
): Promise<Built> {
  const board = findBoard(params.boardId);
  const model = await takeModel(trip, params.model, name);
  check(model);
  const compilation = await compileStep(trip, model, board, {
    plan: params.plan ?? 'auto',
    input: params.inputMode ?? 'whole',
    limits,
  });
  const image = await imageStep(trip, board, compilation, params.optimization);
  return { board, model, compilation, image };
}
