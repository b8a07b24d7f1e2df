import type { BuildParams } from '../../contract/index.ts';
import { findBoard, type Board } from '../../boards/index.ts';
import type { Trip } from '../jobs/index.ts';
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

/**
 * From a model file to an image.
 *
 * @param check looks at the model before the long steps, so that what is wrong is told at once
 */
export async function build(
  params: Pick<BuildParams, 'model' | 'boardId' | 'plan'>,
  trip: Trip,
  check: (model: TakenModel) => void = () => undefined,
): Promise<Built> {
  const board = findBoard(params.boardId);
  const model = await takeModel(trip, params.model);
  check(model);
  const compilation = await compileStep(trip, model, board, params.plan ?? 'auto');
  const image = await imageStep(trip, board, compilation);
  return { board, model, compilation, image };
}
