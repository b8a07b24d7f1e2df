import { StudioError } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import { defaultArchitecture, type Architecture, type InputShape } from '../../core/architecture/index.ts';
import { quantizeNetwork } from '../../core/quantize/index.ts';
import { createRandom } from '../../core/random/index.ts';
import { initializeNetwork, sampleBytes } from '../../core/training/index.ts';
import { boardMemory, compileForBoard } from './compile.ts';

export interface DefaultTask {
  readonly shape: InputShape;
  readonly classes: number;
  readonly board: Board;
  /** What it may cost. */
  readonly macs: number;
}

/** The widest default that keeps to the budget and fits the board. @throws StudioError `model.does-not-fit` where none does */
export function defaultForBoard({ shape, classes, board, macs }: DefaultTask): Architecture {
  const { flashBytes } = boardMemory(board);
  const within = (budget: number): Architecture =>
    defaultArchitecture(shape, classes, { macs: budget, modelBytes: flashBytes * 0.8 });
  for (let budget = macs; ; budget *= 0.75) {
    const architecture = within(budget);
    try {
      tryOnBoard(architecture, board);
      return architecture;
    } catch (error) {
      const tooLarge = error instanceof StudioError && error.code === 'model.does-not-fit';
      if (!tooLarge || within(budget * 0.75).name === architecture.name) throw error;
    }
  }
}

/** Asks the planner, with a model that has everything but sensible weights. */
function tryOnBoard(architecture: Architecture, board: Board): void {
  const random = createRandom(0);
  const samples = Uint8Array.from({ length: 2 * sampleBytes(architecture.input) }, () => random.below(256));
  compileForBoard(quantizeNetwork(initializeNetwork(architecture, random), samples), board);
}
